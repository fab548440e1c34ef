#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every C file is as clang-format leaves it."""
import os
import subprocess

import lintlib

STYLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".clang-format")


def check(root):
    paths = lintlib.files(root, ".c", ".h")
    if not paths:
        return ["no C file found"]
    run = subprocess.run(["clang-format", f"--style=file:{STYLE}", "--dry-run", "-Werror", *paths], cwd=root,
                         capture_output=True, text=True, check=False)
    complaints = [line for line in run.stderr.splitlines() if ": error:" in line]
    if run.returncode != 0 and not complaints:
        complaints = [f"clang-format failed: {run.stderr.strip()}"]
    return complaints


GOOD = {"policy/a.c": lintlib.SPDX + "int one(void);\n\nint one(void)\n{\n\treturn 1;\n}\n"}
FAULTS = {
    "spaces for a tab": {"policy/b.c": lintlib.SPDX + "int one(void)\n{\n    return 1;\n}\n"},
    "brace on the line of a function": {"policy/b.c": lintlib.SPDX + "int one(void) {\n\treturn 1;\n}\n"},
    "a header too": {"policy/b.h": lintlib.SPDX + "int  one( void );\n"},
}

if __name__ == "__main__":
    lintlib.main(check, GOOD, FAULTS)
