# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lints share: which files there are, and a self-test that plants faults and expects red."""
import os
import subprocess
import sys
import tempfile

SKIPPED = ("build", ".git", "node_modules", "__pycache__", ".pytest_cache")
SPDX = "/* SPDX-License-Identifier: GPL-3.0-or-later */\n"


def files(root, *endings):
    """Paths below `root`, relative to it, that git tracks or would; without git, all but build folders."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=False,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": os.path.dirname(os.path.abspath(root))})
    if listing.returncode == 0:
        found = listing.stdout.splitlines()
    else:
        found = []
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if not name.startswith(SKIPPED)]
            found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(path for path in found
                  if (not endings or path.endswith(endings)) and os.path.isfile(os.path.join(root, path)))


def read(root, path):
    """Text of a file; bytes that are no UTF-8 are replaced."""
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def plant(root, tree):
    """Write the files of `tree`, a dict of path to text."""
    for path, text in tree.items():
        target = os.path.join(root, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)


def self_test(check, good, faults):
    """`check` must be silent on the tree `good` and must complain of each tree of `faults` laid over it."""
    bad = 0
    with tempfile.TemporaryDirectory() as root:
        plant(root, good)
        for complaint in check(root):
            print(f"self-test: complains of a good tree: {complaint}")
            bad += 1
    for name, tree in faults.items():
        with tempfile.TemporaryDirectory() as root:
            plant(root, {**good, **tree})
            complaints = check(root)
            # the complaint must name the planted file, or it is red for another reason
            if not any(path in complaint for complaint in complaints for path in tree):
                print(f"self-test: blind to: {name}; it said {complaints}")
                bad += 1
    print(f"self-test: {len(faults)} planted faults, {bad} wrong")
    return 1 if bad or not faults else 0


def main(check, good, faults):
    """The command line of every lint: ROOT or --self-test."""
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test(check, good, faults))
    if len(sys.argv) != 2:
        print(f"usage: {sys.argv[0]} ROOT | --self-test", file=sys.stderr)
        sys.exit(2)
    complaints = check(sys.argv[1])
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)
