# SPDX-License-Identifier: GPL-3.0-or-later
"""identification_data: the folder with the ground truth, the two tables of the scorer, and Isoward asked in bulk."""

import concurrent.futures
import csv
import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
REPLAY_TIMEOUT_S = 120


class Failed(Exception):
    """Isoward did not do what it was asked."""


def rows_of(path):
    """The rows of a table with a heading, each a dictionary. Nothing is quoted in them: csv would eat quotes."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        names = file.readline().rstrip("\n").split("\t")
        for line in file:
            if line.strip("\n"):
                yield dict(zip(names, line.rstrip("\n").split("\t") + [""] * len(names)))


def table_of(name):
    """The lines of one of the scorer's own tables, comments left out, as lists of words."""
    with open(os.path.join(HERE, name), encoding="utf-8", newline="") as file:
        for words in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if words and not words[0].startswith("#"):
                yield [word.strip() for word in words]


class Isoward:
    """The program that is measured."""

    def __init__(self, build, data, policy=None, rules=None):
        self.program = os.path.join(build, "isoward")
        self.data = data
        self.policy = (["--policy", policy] if policy else []) + (["--fingerprints", rules] if rules else [])
        self.rules = ["--fingerprints", rules] if rules else []
        self.replayed = {}
        self.broken = {}

    def replay(self, captures):
        """What replay prints of each of ${captures}, each in a run of its own: one must not learn from another."""
        todo = [capture for capture in captures if capture not in self.replayed]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for capture, found in zip(todo, pool.map(self.replay_one, todo)):
                self.replayed[capture] = found
        return {capture: self.replayed[capture] for capture in captures}

    def replay_one(self, capture):
        command = [self.program, "replay", *self.policy, "--json", "--observations", os.path.join(self.data, capture)]
        found = {"observation": [], "device": [], "finding": [], "flow": []}
        try:
            done = subprocess.run(command, capture_output=True, timeout=REPLAY_TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired:
            self.broken[capture] = f"no end after {REPLAY_TIMEOUT_S} s"
            return found
        if done.returncode != 0:
            self.broken[capture] = f"status {done.returncode}: {done.stderr.decode(errors='replace').strip()[-200:]}"
        for line in done.stdout.splitlines():
            told = json.loads(line)
            found.setdefault(told.get("type"), []).append(told)
        return found

    def identify(self, groups):
        """What Isoward makes of each of ${groups}, lists of (field, value)."""
        groups = list(groups)
        lines = ["".join(f"{field}\t{escape(value)}\n" for field, value in group) for group in groups]
        done = subprocess.run([self.program, "identify", "--json", *self.rules], input="\n".join(lines).encode("utf-8", "surrogateescape"),
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise Failed(f"isoward identify: {done.stderr.decode(errors='replace').strip()[-400:]}")
        found = [json.loads(line) for line in done.stdout.splitlines()]
        if len(found) != len(groups):
            raise Failed(f"isoward identify answers {len(found)} of {len(groups)} groups")
        return found


def escape(value):
    """As Isoward shows text: what is no printable ASCII, and the backslash, as \\xNN; UTF-8 stands as it is."""
    return "".join(f"\\x{ord(letter):02x}" if ord(letter) < 32 or letter in "\\\x7f" else letter for letter in value)


def within(found, wanted):
    """Whether class ${found} is ${wanted} or below it in the tree."""
    return found == wanted or found.startswith(wanted + "/")


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def print_table(title, heading, rows):
    """Left-aligned words, right-aligned numbers."""
    shown = [heading] + [[f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in shown) for i in range(len(heading))]
    print(f"\n{title}\n")
    for number, row in enumerate(shown):
        cells = [cell.rjust(width) if number and isinstance(rows[number - 1][i], (int, float)) else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  " + "  ".join(cells).rstrip())
