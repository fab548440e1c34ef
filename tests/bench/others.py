# SPDX-License-Identifier: GPL-3.0-or-later
"""others: the benches that are programs of their own, called as figures: the language, and identification."""

import json
import os
import subprocess
import sys
import tempfile

from figures import Figure

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77


def called(name, *argv):
    """(exit status, what it wrote as JSON, the end of what it printed); its own output goes to standard error."""
    with tempfile.TemporaryDirectory(prefix="isoward-bench-") as folder:
        path = os.path.join(folder, "figures.json")
        done = subprocess.run([os.path.join(HERE, name), *argv, "--json", path], stdout=sys.stderr, check=False)
        told = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                told = json.load(file)
    return done.returncode, told


def policy(options):
    status, told = called("policy", *(["--runs", str(options.runs)] if options.runs > 1 else []))
    rules = told.get("rules", {})
    yield Figure("policy", "ms of processor, MiB", {f"{part} at {count}": seen[part] for count, seen in rules.items()
                                                    for part in ("cpu_ms", "mib")},
                 {name: {"cpu_ms": seen["cpu_ms"], "mib": seen["mib"]} for name, seen in told.get("peers", {}).items()},
                 aim="10 000 rules in 100 ms and 64 MiB", met=status == 0, across="rules", runs=options.runs,
                 curves={"parse and compile": [(int(count), seen["cpu_ms"]) for count, seen in rules.items()]})


def identification(options):
    del options
    status, told = called("identification")
    yield Figure("identification", "", {"tables": len(told)} if status != SKIPPED else {}, aim="its own, see README.md",
                 met=None if status == SKIPPED else status == 0, note="no captures here" if status == SKIPPED else
                 "the tables are on the standard error")


FIGURES = {"policy": policy, "identification": identification}
