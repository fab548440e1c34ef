# SPDX-License-Identifier: GPL-3.0-or-later
"""isoward diff and isoward reach, as somebody at a terminal meets them."""
import json
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ISOWARD = os.environ.get("ISOWARD", os.path.join(ROOT, "build", "isoward"))
HOSPITAL = os.path.join(ROOT, "policy", "examples", "hospital.yaml")

SITE = """version: 1
gateway: { clinical: [pumps0], uplink: [wan0] }
zones:
  pumps: { networks: [10.1.0.0/16] }
  servers: { networks: [10.2.0.0/16] }
  pcs: { networks: [10.3.0.0/16] }
  quarantine: { default: true }
rules:
  - { from: pumps, to: servers, allow: [tcp/3613], why: its manual }
  - { from: servers, to: pcs, allow: [ssh], why: upkeep }
devices:
  - { mac: "02:00:00:00:00:01", zone: pumps, name: P-7 }
"""


def run(*arguments):
    return subprocess.run([ISOWARD, *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def write(tmp_path):
    def make(name, text):
        path = tmp_path / name
        path.write_text(text)
        return str(path)
    return make


# ---- diff ----

def test_a_policy_does_not_differ_from_itself():
    result = run("diff", HOSPITAL, HOSPITAL)
    assert (result.returncode, result.stdout, result.stderr) == (0, "nothing loosens: no difference\n", "")


def test_diff_tells_gains_and_loses_and_exits_by_them(write):
    old = write("old.yaml", SITE)
    new = write("new.yaml", SITE.replace("tcp/3613", "tcp/3614"))
    result = run("diff", old, new)
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        f"+ pumps → servers: tcp/3614  {new}:9",
        "- pumps → servers: tcp/3613",
        "loosens: 1 of 2 differences",
    ]
    tighter = write("tighter.yaml", SITE.replace("[ssh]", "[ssh], during: 'Mon-Fri 07:00-19:00'"))
    result = run("diff", old, tighter)
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "- servers → pcs: ssh (outside Mon-Fri 07:00-19:00)",
        "nothing loosens: 1 difference",
    ]


def test_diff_tells_what_moves(write):
    old = write("old.yaml", SITE)
    new = write("new.yaml", SITE.replace("zone: pumps", "zone: servers").replace("10.3.0.0/16", "10.3.0.0/17"))
    result = run("diff", old, new)
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "~ network 10.3.128.0/17: pcs → no zone",
        "~ device P-7: pumps → servers  (loosens)",
        "loosens: 1 of 2 differences",
    ]


def test_diff_as_json(write):
    old = write("old.yaml", SITE)
    new = write("new.yaml", SITE.replace("tcp/3613", "any"))
    result = run("diff", "--json", old, new)
    assert result.returncode == 1
    assert json.loads(result.stdout) == {"loosens": True, "differences": [{
        "kind": "gains", "loosens": True, "from": "pumps", "to": "servers", "subject": None,
        "services": "any but tcp/3613", "when": None, "file": new, "line": 9}]}
    assert json.loads(run("diff", "--json", old, old).stdout) == {"loosens": False, "differences": []}


def test_diff_of_a_wrong_policy_or_usage_is_2(write):
    old = write("old.yaml", SITE)
    wrong = write("wrong.yaml", SITE.replace("to: pcs", "to: pc"))
    for arguments in ([old, wrong], [wrong, old], [old], [old, old, old], [old, old + "x"], ["--jsn", old, old]):
        result = run("diff", *arguments)
        assert result.returncode == 2, arguments
        assert result.stderr and not result.stdout, arguments


# ---- reach ----

def test_reach_shows_the_table_within_a_terminal():
    result = run("reach", HOSPITAL)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert all(len(line) <= 120 for line in lines[1:])  # the first bears the file
    assert "16 zones" in lines[0]
    rows = [line.split() for line in lines if " | " in line or line.endswith("|")]
    assert len(rows) == 17
    assert all(len(row) == 7 + 16 for row in rows[1:])
    pumps = next(row for row in rows if row[1] == "pumps")
    assert pumps[7 + int(pumps[0]) - 1] == "."  # no pump gets at another one


def test_reach_from_a_zone_shows_the_ways(write):
    path = write("site.yaml", SITE)
    result = run("reach", path, "--from", "pumps")
    assert result.returncode == 0
    assert "reaches 2 of 4 zones" in result.stdout
    assert "It does not get at other members of its zone." in result.stdout
    assert "pumps → servers → pcs" in result.stdout
    assert "Not reached: quarantine" in result.stdout
    assert "reaches 0 of 4 zones" in run("reach", path, "--from", "pumps", "--service", "lateral").stdout
    assert "reaches 1 of 4 zones" in run("reach", path, "--from", "P-7", "--service", "tcp/3613").stdout


def test_reach_as_json(write):
    path = write("site.yaml", SITE)
    result = json.loads(run("reach", path, "--json").stdout)
    assert (result["file"], result["service"], result["zones"]) == (path, "any", 4)
    assert [entry["from"] for entry in result["reach"]] == ["pumps", "servers", "pcs", "quarantine"]
    assert result["reach"][0] == {
        "from": "pumps", "zone": "pumps", "direct": 1, "all": 2, "lateral_direct": 0, "lateral_all": 0,
        "reaches": [{"zone": "servers", "hops": 1, "path": ["pumps", "servers"]},
                    {"zone": "pcs", "hops": 2, "path": ["pumps", "servers", "pcs"]}]}


@pytest.mark.parametrize("arguments, says", [
    ([], "one policy file is needed"),
    ([HOSPITAL, "--from", "pump"], "did you mean 'pumps'?"),
    ([HOSPITAL, "--service", "tcp/x"], "tcp/x"),
    ([HOSPITAL, "--from"], "needs a value"),
])
def test_reach_of_wrong_usage_is_2(arguments, says):
    result = run("reach", *arguments)
    assert result.returncode == 2
    assert says in result.stderr and not result.stdout


def test_reach_shows_why_an_expectation_of_it_fails(write):
    path = write("site.yaml", SITE + "expect:\n  - { from: pumps, reach: 1 }\n")
    result = run("reach", path, "--from", "pumps")
    assert result.returncode == 1
    assert "expected a reach of 1" in result.stderr
    assert "pumps → servers → pcs" in result.stdout
