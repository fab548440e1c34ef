# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that need no daemon, as somebody at a terminal meets them."""
import json
import os
import re
import shutil
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ISOWARD = os.environ.get("ISOWARD", os.path.join(ROOT, "build", "isoward"))
HOSPITAL = os.path.join(ROOT, "policy", "examples", "hospital.yaml")
BAD = os.path.join(ROOT, "tests", "data", "policy", "bad")
TODAY = ["--today", "2026-11-24"]

SMALL = """version: 1
gateway: { clinical: [pumps0], uplink: [wan0] }
zones:
  pumps: { networks: [10.1.0.0/16] }
  servers: { networks: [10.2.0.0/16] }
  quarantine: { default: true }
rules:
  - { name: office hours, from: pumps, to: servers, allow: [tcp/3613], during: "Mon-Fri 07:00-19:00", why: its manual }
"""


def run(*arguments, **options):
    return subprocess.run([ISOWARD, *arguments], capture_output=True, text=True, timeout=60, check=False, **options)


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return str(path)


def commands():
    """The names that the help lists and that are commands of their own."""
    names = re.findall(r"^  ([a-z]+) ", run("--help").stdout.split("Options of run")[0], re.MULTILINE)
    return [name for name in names if name not in ("run", "clear", "help")]


# ---- help and usage ----

def test_help_lists_every_command_with_a_line():
    assert {"check", "plan", "services"} <= set(commands())
    for name in commands():
        assert re.search(rf"^  {name} +\S.{{10,}}$", run("--help").stdout, re.MULTILINE), name


def test_each_command_shows_its_details():
    for name in commands():
        shown = run(name, "--help")
        assert shown.returncode == 0 and re.match(rf"usage: isoward {name}\b", shown.stdout), name
        assert run("help", name).stdout == shown.stdout


@pytest.mark.parametrize("arguments, says", [
    ([], "a command is needed"),
    (["chekc"], "did you mean 'check'?"),
    (["check"], "a policy file is needed"),
    (["check", "--jsn", HOSPITAL], "--jsn"),
    (["check", "--today", "tomorrow", HOSPITAL], "2026-12-31"),
    (["check", "--today"], "needs a value"),
    (["check", "--print", "--json", HOSPITAL], "--print"),
    (["plan"], "one policy file is needed"),
    (["plan", HOSPITAL, HOSPITAL], "one policy file is needed"),
    (["plan", "--at", "noon", HOSPITAL], "2026-12-01 08:30"),
    (["services", "dicom", "dns"], "one word too many"),
])
def test_wrong_usage_is_told(arguments, says):
    result = run(*arguments)
    assert result.returncode == 2
    assert says in result.stderr
    assert result.stdout == ""


# ---- check ----

def test_the_example_is_correct():
    result = run("check", *TODAY, HOSPITAL)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r".*hospital\.yaml: correct: 16 zones, \d+ rules, \d+ expectations hold\n", result.stdout)


def bad_files():
    return sorted(name[:-5] for name in os.listdir(BAD) if name.endswith(".yaml"))


def test_there_are_bad_files():
    assert len(bad_files()) >= 60


def test_each_bad_file_is_refused_with_its_message():
    """Those that include others are held against their messages where the loader is tested."""
    for name in bad_files():
        result = run("check", f"{name}.yaml", cwd=BAD)
        assert result.returncode == 1, name
        with open(os.path.join(BAD, f"{name}.expected"), encoding="utf-8") as file:
            wanted = file.read()
        place, message = re.match(r"(\S+?:(?:\d+:\d+:)?) (.*)", wanted, re.DOTALL).groups()
        with open(os.path.join(BAD, f"{name}.yaml"), "rb") as file:
            if b"include" in file.read():
                continue
        assert f"{place} error: {message}" in result.stderr, name
        assert re.search(r": (at least )?\d+ errors?(, \d+ warnings?)?\n$", result.stdout), name


def test_a_missing_file_is_told():
    result = run("check", "/nowhere/policy.yaml")
    assert result.returncode == 1
    assert "/nowhere/policy.yaml: error: " in result.stderr


def test_several_errors_and_files_at_once(tmp_path, small):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(SMALL.replace("to: servers", "to: sevrers").replace("10.1.0.0/16", "10.1.0.1/16"))
    result = run("check", small, str(wrong))
    assert result.returncode == 1
    assert len(re.findall(r"^.*wrong\.yaml:\d+:\d+: error: ", result.stderr, re.MULTILINE)) == 2
    assert "did you mean 'servers'?" in result.stderr
    assert "small.yaml: correct: 3 zones, 1 rule\n" in result.stdout
    assert "wrong.yaml: 2 errors\n" in result.stdout


def test_a_failing_expectation_refuses(tmp_path):
    path = tmp_path / "expects.yaml"
    path.write_text(SMALL + "expect:\n  - { from: pumps, to: servers, service: any, verdict: deny }\n")
    result = run("check", str(path))
    assert result.returncode == 1
    assert "expects.yaml:10:5: error: " in result.stderr
    for command in ("plan",):
        refused = run(command, str(path))
        assert (refused.returncode, refused.stdout) == (1, "")


def test_warnings_leave_a_policy_correct(tmp_path):
    path = tmp_path / "late.yaml"
    path.write_text(SMALL.replace("why: its manual", "why: its manual, review_by: 2026-01-31"))
    assert run("check", "--today", "2026-01-31", str(path)).stderr == ""
    late = run("check", "--today", "2026-02-01", str(path))
    assert late.returncode == 0
    assert "late.yaml:8:5: warning: " in late.stderr
    assert late.stdout.endswith(", 1 warning\n")


def test_json_of_check(tmp_path, small):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(SMALL.replace("to: servers", "to: sevrers"))
    result = run("check", "--json", small, str(wrong))
    assert (result.returncode, result.stderr) == (1, "")
    right, refused = [json.loads(line) for line in result.stdout.splitlines()]
    assert right["valid"] and right["file"] == small and right["errors"] == []
    assert (right["counts"]["zones"], right["counts"]["rules"]) == (3, 1)
    assert not refused["valid"] and refused["counts"] is None
    error = refused["errors"][0]
    assert (error["file"], error["line"], error["column"]) == (str(wrong), 8, SMALL.splitlines()[7].index("servers") + 1)
    assert error["message"].startswith("there is no zone ")
    assert error["source"] == SMALL.splitlines()[7].replace("to: servers", "to: sevrers")


def test_json_of_every_bad_file_parses():
    for name in bad_files():
        result = run("check", "--json", os.path.join(BAD, f"{name}.yaml"))
        answer = json.loads(result.stdout)
        assert result.returncode == 1 and not answer["valid"] and answer["errors"], name


def test_a_name_that_is_no_utf8(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SMALL)
    result = subprocess.run([ISOWARD, "check", "--json", path], capture_output=True, timeout=60, check=False)
    assert json.loads(result.stdout)["file"].endswith("caf?.yaml")


def test_printed_policies_print_the_same_again(tmp_path):
    printed = run("check", "--print", *TODAY, HOSPITAL)
    assert printed.returncode == 0
    assert "include:" not in printed.stdout
    path = tmp_path / "canonical.yaml"
    path.write_text(printed.stdout)
    again = run("check", "--print", *TODAY, str(path))
    assert (again.returncode, again.stdout) == (0, printed.stdout)
    # it means the same: the same rules for the kernel, comments and head aside
    assert bare_plan(str(path)) == bare_plan(HOSPITAL)


def test_a_wrong_policy_is_not_printed(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text(SMALL.replace("to: servers", "to: sevrers"))
    assert run("check", "--print", str(path)).stdout == ""


# ---- plan ----

def bare_plan(path):
    text = run("plan", "--at", "2026-12-01 08:30", path).stdout
    return re.sub(r' comment "[^"]*"', "", text[text.index("define "):])


def test_nft_takes_the_plan():
    if not shutil.which("nft") or os.getuid() != 0:
        pytest.skip("needs nft, and root for a network namespace")
    plan = run("plan", HOSPITAL)
    assert plan.returncode == 0
    taken = subprocess.run(["unshare", "-n", "nft", "-c", "-f", "-"], input=plan.stdout, capture_output=True, text=True,
                           timeout=120, check=False)
    assert (taken.returncode, taken.stderr) == (0, "")
    broken = subprocess.run(["unshare", "-n", "nft", "-c", "-f", "-"], input=plan.stdout.replace("accept", "acept", 1),
                            capture_output=True, text=True, timeout=120, check=False)
    assert broken.returncode != 0


def test_the_same_plan_is_the_same_text():
    at = ["--at", "2026-12-01 08:30"]
    assert run("plan", *at, HOSPITAL).stdout == run("plan", *at, HOSPITAL).stdout


def test_a_plan_names_the_policy_and_its_lines(small):
    plan = run("plan", "--at", "2026-12-01 08:30", small).stdout
    assert plan.startswith("#") and small in plan.splitlines()[0]
    assert re.search(r'3613 .* comment "rule 8: tcp/3613', plan)
    assert "guard4" in plan.split("table inet")[0]


def test_a_plan_is_for_a_moment(small):
    monday = run("plan", "--at", "2026-11-30 08:30", small).stdout
    sunday = run("plan", "--at", "2026-11-29 08:30", small).stdout
    assert "not in force" not in monday and "not in force then: " + small + ":8 office hours" in sunday
    for plan in (monday, sunday):
        assert re.search(r"3613 meta time @hours\.1 counter goto admit_now", plan), "the kernel keeps the hours"
    assert '"2026-11-30 07:00:00"-"2026-11-30 18:59:59"' in run("plan", "--at", "2026-11-30 08:30", small, env={"TZ": "UTC"}).stdout


# ---- services ----

def test_services_are_listed_and_told():
    listed = run("services")
    assert listed.returncode == 0
    assert re.search(r"^dns +udp/53, tcp/53 +\S", listed.stdout, re.MULTILINE)
    told = run("services", "lateral")
    assert told.returncode == 0 and "  tcp/445\n" in told.stdout
    assert "did you mean 'dicom'?" in run("services", "dicon").stderr
    assert run("services", "dicon").returncode == 1


def test_services_as_json():
    services = {service["name"]: service for service in json.loads(run("services", "--json").stdout)["services"]}
    assert services["ftp"]["helper"] == "ftp" and services["dns"]["helper"] is None
    assert "tcp/104" in services["dicom"]["ports"]
    assert json.loads(run("services", "--json", "dns").stdout) == services["dns"]


def test_every_service_may_be_used(tmp_path):
    names = [service["name"] for service in json.loads(run("services", "--json").stdout)["services"]]
    path = tmp_path / "all.yaml"
    path.write_text(SMALL.replace("[tcp/3613]", "[" + ", ".join(names) + "]"))
    assert run("check", str(path)).returncode == 0


# ---- how files are found ----

def test_includes_are_found_beside_the_file_and_among_the_packs(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "b.yaml").write_text("version: 1\nzones: { bees: { networks: [10.4.0.0/16] } }\n")
    (tmp_path / "site" / "a.yaml").write_text("version: 1\nzones: { ants: { networks: [10.3.0.0/16] } }\n")
    path = tmp_path / "policy.yaml"
    path.write_text(SMALL.replace("version: 1\n", "version: 1\ninclude: [site/*.yaml]\n"))
    printed = run("check", "--print", str(path))
    assert printed.returncode == 0
    assert re.findall(r"^  (\w+):$", printed.stdout.split("zones:")[1].split("rules:")[0], re.MULTILINE) == [
        "ants", "bees", "pumps", "servers", "quarantine"]
    path.write_text(SMALL.replace("version: 1\n", "version: 1\ninclude: [./site/a.yaml, site/a.yaml]\n"))
    assert "is included already" in run("check", str(path)).stderr
    path.write_text(SMALL.replace("version: 1\n", "version: 1\ninclude: [packs/none.yaml]\n"))
    missing = run("check", str(path))
    assert missing.returncode == 1
    assert f"{path}:2:11: error: there is no file 'packs/none.yaml'" in missing.stderr


def test_a_full_disk_is_told():
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run([ISOWARD, "plan", HOSPITAL], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
                                check=False)
    assert result.returncode == 1
    assert "cannot be written" in result.stderr


# ---- fingerprints ----

RULE = """version: 1
rules:
  - { name: ours, source: dicom-role, match: stores ct, class: medical/imaging/ct, weight: 5, cite: biomed }
"""


def test_a_site_adds_its_own_rules(tmp_path):
    (tmp_path / "site.yaml").write_text(RULE)
    delivered = json.loads(run("fingerprints", "--json").stdout)["rules"]
    both = json.loads(run("fingerprints", str(tmp_path), "--json").stdout)["rules"]
    assert len(both) == len(delivered) + 1
    assert both[-1] == {"name": "ours", "source": "dicom-role", "class": "medical/imaging/ct", "weight": 5.0,
                        "vendor": "", "model": "", "os": "", "cite": "biomed"}
    (tmp_path / "vendors.yaml").write_text("version: 1\nrules: []\n")  # takes the place of the delivered one
    listed = run("fingerprints", str(tmp_path)).stdout
    assert "ours" in listed and "oui-grandstream" not in listed


def test_a_slip_in_a_rule_is_shown(tmp_path):
    (tmp_path / "site.yaml").write_text(RULE.replace("medical/imaging/ct,", "medical/imaging/cd,"))
    wrong = run("fingerprints", str(tmp_path))
    assert wrong.returncode == 1
    assert "site.yaml:3:" in wrong.stderr and "did you mean 'medical/imaging/ct'?" in wrong.stderr
    assert wrong.stderr.count("site.yaml:") == 1
    missing = run("fingerprints", str(tmp_path / "nowhere"))
    assert missing.returncode == 1 and "cannot be read" in missing.stderr


def test_all_mistakes_are_told_at_once(tmp_path):
    """Of every rule and entry the first, by place, in every file; and no rule of a file with one is taken."""
    (tmp_path / "a.yaml").write_text(RULE + """  - { name: second, source: dicom-rule, match: x, os: Linux, cite: biomed }
  - { name: third, source: dicom-role, match: x, os: Linux, cite: biomed }
  - { name: ours, source: dicom-role, match: y, os: Linux, cite: biomed }
  - { name: fourth, source: dicom-role, match: x, os: Linux }
support:
  - { name: Windows 3, ended: soon, source: us }
  - { name: Windows 4, ended: 2000-01-02, source: us }
""")
    (tmp_path / "b.yaml").write_text("version: 2\nrules: []\n")
    (tmp_path / "c.yaml").write_text(RULE)
    wrong = run("fingerprints", str(tmp_path))
    assert wrong.returncode == 1 and wrong.stdout == ""
    told = [line.split(": ")[0].rsplit("/", 1)[1] for line in wrong.stderr.splitlines() if line.startswith(str(tmp_path))]
    assert [place.rsplit(":", 1)[0] for place in told] == ["a.yaml:4", "a.yaml:6", "a.yaml:7", "a.yaml:9", "b.yaml:1"]
    assert "name: \"ours\" is taken" in wrong.stderr and "rule without cite" in wrong.stderr and "ended: must be a day" in wrong.stderr
    (tmp_path / "a.yaml").write_text("version: 1\nrules:\n" + "  - { name: x }\n" * 50)
    many = run("fingerprints", str(tmp_path)).stderr
    assert many.count("rule without source") == 32 and "these are the first 32" in many


def test_the_rules_fit_their_schema():
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("yaml")
    schema = json.loads(run("fingerprints", "--schema").stdout)
    folder = os.path.join(ROOT, "policy", "fingerprints")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".yaml"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                # a date stays text: that is what the reader of rules sees
                jsonschema.validate(yaml.load(file, Loader=yaml.BaseLoader) | {"version": 1}, relaxed(schema))


def relaxed(schema):
    """The same, where every scalar came as text."""
    schema = json.loads(json.dumps(schema))
    schema["properties"]["rules"]["items"]["properties"] |= {"weight": {"type": "string"}, "yields": {"enum": ["true", "false"]}}
    return schema
