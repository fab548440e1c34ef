#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts JUnit files and prints "N passed, N failed, N skipped".

A ctest entry that is a whole pytest run (--pytest ENTRY=FILE) is counted by its own tests where the file exists.
Exit 1 where a test failed, a file is missing or no test passed.
"""
import argparse
import os
import sys
import tempfile
import xml.etree.ElementTree as ElementTree


def count(path, nested):
    """Counts of one JUnit file as [passed, failed, skipped]; `nested` maps an entry's name to its own JUnit file."""
    counts = [0, 0, 0]
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        inner = nested.get(case.get("name"))
        # ctest marks by attribute, pytest by child element
        status = case.get("status", "run")
        if case.find("failure") is not None or case.find("error") is not None or status == "fail":
            outcome = 1
        elif status == "notrun" and not case.find("skipped").get("message", "").startswith("SKIP_"):
            # a test that chose to be skipped says SKIP_RETURN_CODE; one without its program has not been run
            outcome = 1
        elif case.find("skipped") is not None or status == "disabled":
            outcome = 2
        else:
            outcome = 0
        if inner and os.path.exists(inner):
            inside = count(inner, {})
            # a run that fell over without a failed test of its own is a failure all the same
            if outcome == 1 and inside[1] == 0:
                inside[1] = 1
            counts = [a + b for a, b in zip(counts, inside)]
        else:
            counts[outcome] += 1
    return counts


def total(paths, nested):
    """Sum over `paths`; a missing file counts as one failure."""
    counts = [0, 0, 0]
    for path in paths:
        if not os.path.exists(path):
            print(f"{path}: missing", file=sys.stderr)
            counts[1] += 1
            continue
        counts = [a + b for a, b in zip(counts, count(path, nested))]
    return counts


def self_test():
    ctest = (
        '<testsuite><testcase name="a" status="run"/><testcase name="b" status="fail"><failure/></testcase>'
        '<testcase name="c" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>'
        '<testcase name="d" status="notrun"><skipped message="Unable to find executable"/></testcase>'
        '<testcase name="lab" status="run"/></testsuite>'
    )
    inner = "<testsuites><testsuite><testcase name='x'/><testcase name='y'/><testcase name='z'><skipped/></testcase>"
    inner += "</testsuite></testsuites>"
    with tempfile.TemporaryDirectory() as folder:
        one, two = os.path.join(folder, "one.xml"), os.path.join(folder, "two.xml")
        for path, text in ((one, ctest), (two, inner)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        assert total([one], {}) == [2, 2, 1], total([one], {})
        assert total([one], {"lab": two}) == [3, 2, 2], total([one], {"lab": two})
        assert total([os.path.join(folder, "none.xml")], {}) == [0, 1, 0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--pytest", action="append", default=[])
    parser.add_argument("paths", nargs="*")
    arguments = parser.parse_args()
    if arguments.self_test:
        self_test()
        return 0
    passed, failed, skipped = total(arguments.paths, dict(entry.split("=", 1) for entry in arguments.pytest))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
