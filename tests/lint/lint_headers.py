#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every header compiles alone and twice, under gcc and clang, without a warning."""
import concurrent.futures
import subprocess

import lintlib

FLAGS = ["-std=gnu17", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wundef", "-Werror",
         "-fsyntax-only", "-D_GNU_SOURCE=", "-I.", "-x", "c", "-"]


def compile_alone(root, compiler, path):
    # twice: an include guard that does not guard shows as a redefinition
    source = f'#include "{path}"\n#include "{path}"\n'
    run = subprocess.run([compiler, *FLAGS], cwd=root, input=source, capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return None
    errors = [line for line in run.stderr.splitlines() if "error" in line]
    return f"{path}: does not compile alone with {compiler}: {errors[0] if errors else run.stderr.strip()}"


def check(root):
    headers = lintlib.files(root, ".h")
    if not headers:
        return ["no header found"]
    jobs = [(compiler, path) for path in headers for compiler in ("gcc", "clang")]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = pool.map(lambda job: compile_alone(root, *job), jobs)
    return [result for result in results if result]


GOOD = {"policy/a.h": "#ifndef A_H\n#define A_H\n#include <stdint.h>\nstruct a {\n\tuint8_t b;\n};\n#endif\n"}
FAULTS = {
    "a type from a header it does not include": {"policy/b.h": "uint8_t b(void);\n"},
    "no include guard": {"policy/b.h": "struct b {\n\tint c;\n};\n"},
    "a parameter list declares a struct": {"policy/b.h": "#pragma once\nint b(struct unknown *c);\n"},
    "a warning": {"policy/b.h": "#pragma once\nint b();\n"},
}

if __name__ == "__main__":
    lintlib.main(check, GOOD, FAULTS)
