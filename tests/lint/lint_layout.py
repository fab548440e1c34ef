#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The house in order: what may stand at the top, licence lines, sizes, and nothing of the machine it was built on."""
import os
import re

import lintlib

TOP_FOLDERS = {"controller", "policy", "netlink", "web", "tests"}
TOP_FILES = {"CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE"}
CODE = (".c", ".h", ".py", ".js", ".mjs", ".css", ".html", ".sh", ".cmake", ".yaml", ".service", ".socket")
LINES_MAX = 600

# In pieces, so that this file does not speak of them itself.
FOREIGN = [
    (re.compile(r"(?<![\w.])/" + r"work(?=/|\b)(?!-)"), "a path of one machine"),
    (re.compile(r"/tmp/" + r"bash_jobs"), "a path of one machine"),
    (re.compile(r"/home/" + r"[a-z]"), "somebody's home folder"),
    (re.compile(r"(registry\." + r"npmjs|deb\." + r"debian|snapshot\." + r"debian|deb\.node" + r"source)\."),
     "a package registry's host"),
    (re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE), "a merge left open"),
]


def is_script(root, path):
    with open(os.path.join(root, path), "rb") as file:
        return file.read(2) == b"#!"


def check_file(root, path):
    parts = path.split("/")
    if len(parts) == 1:
        if path not in TOP_FILES and not path.startswith("."):
            yield f"{path}: does not belong at the top level"
    elif parts[0] not in TOP_FOLDERS and not parts[0].startswith("."):
        yield f"{path}: {parts[0]}/ does not belong at the top level"
    if os.path.islink(os.path.join(root, path)) or path == "LICENSE":
        return
    text = lintlib.read(root, path)
    # an example is there to be copied into somebody's own file
    data = path.startswith(("tests/data/", "tests/fuzz/corpus/", "policy/examples/"))
    if not data and (path.endswith(CODE) or os.path.basename(path) == "CMakeLists.txt" or is_script(root, path)):
        if "SPDX-License-Identifier: GPL-3.0-or-later" not in "\n".join(text.split("\n")[:3]):
            yield f"{path}: no SPDX line"
    if path.endswith((".c", ".h")) and text.count("\n") > LINES_MAX:
        yield f"{path}: {text.count(chr(10))} lines, more than {LINES_MAX}"
    for pattern, what in FOREIGN:
        match = pattern.search(text)
        if match:
            yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group(0)!r}"


def check(root):
    paths = lintlib.files(root)
    if not paths:
        return ["no file found"]
    return [complaint for path in paths for complaint in check_file(root, path)]


GOOD = {
    "CMakeLists.txt": "# SPDX-License-Identifier: GPL-3.0-or-later\n",
    "README.md": "It works.\n",
    ".gitignore": "/build/\n",
    "policy/a.c": lintlib.SPDX + "/* a framework/work of art */\n",
    "tests/run": "#!/bin/bash\n# SPDX-License-Identifier: GPL-3.0-or-later\n",
    "tests/data/notes.txt": "bytes\n",
}
FAULTS = {
    "a stray file at the top": {"notes.txt": "later\n"},
    "a stray folder": {"src/a.c": lintlib.SPDX},
    "C without a licence": {"policy/b.c": "int b;\n"},
    "a header without a licence": {"policy/b.h": "int b;\n"},
    "a script without a licence": {"tests/demo": "#!/bin/bash\necho\n"},
    "a page without a licence": {"web/static/index.html": "<!doctype html>\n"},
    "a long file": {"policy/b.c": lintlib.SPDX + "\n" * LINES_MAX},
    "a machine's path": {"policy/b.c": lintlib.SPDX + "/* see /" + "work/main */\n"},
    "a job's path": {"README.md": "run /tmp/" + "bash_jobs.0/1\n"},
    "a registry's host": {"tests/browser/.npmrc": "registry=https://registry." + "npmjs.org/\n"},
    "an open merge": {"README.md": "<" * 7 + " HEAD\n"},
}

if __name__ == "__main__":
    lintlib.main(check, GOOD, FAULTS)
