# SPDX-License-Identifier: GPL-3.0-or-later
"""isoward identify: what a device would be taken for, by what it says."""
import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ISOWARD = os.environ.get("ISOWARD", os.path.join(os.path.dirname(os.path.dirname(HERE)), "build", "isoward"))
RULES = """version: 1
rules:
  - { name: site-pump, source: host-name, glob: ["pump-*"], class: medical/infusion-pump, weight: 2.4, cite: "a site" }
  - { name: site-client, source: dhcp-vendor, match: "pump client", class: medical/infusion-pump, weight: 2.5, os: VxWorks, cite: "a site" }
  - { name: site-list, source: dhcp-parameters, match: "1,3,6", class: printer, weight: 3.5, cite: "a site" }
  - { name: site-maker, source: oui, mac: "02:11:22", vendor: Maker, cite: "a site" }
  - { name: site-odd, source: http-server, match: "a\\\\x0ab", class: camera, weight: 3.5, cite: "a site" }
"""


def identify(text, *arguments, rules=None):
    more = ["--fingerprints", str(rules)] if rules else []
    return subprocess.run([ISOWARD, "identify", *arguments, *more], input=text, capture_output=True, text=True, timeout=60, check=False)


def devices(text, rules=None):
    told = identify(text, "--json", rules=rules)
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


def site(tmp_path):
    (tmp_path / "site.yaml").write_text(RULES)
    return tmp_path


def test_what_was_said_is_weighed_and_every_reason_told(tmp_path):
    found, = devices("mac\t02:11:22:00:00:01\nhost-name\tpump-17\ndhcp-vendor\tpump client\n", site(tmp_path))
    assert (found["class"], found["vendor"], found["os"]) == ("medical/infusion-pump", "Maker", "VxWorks")
    assert found["confidence"] > 90
    reasons = {reason["field"]: reason for reason in found["evidence"]}
    assert {"host-name", "dhcp-vendor"} <= set(reasons)
    assert reasons["host-name"]["value"] == "pump-17" and reasons["host-name"]["weight"] == 2.4
    assert reasons["host-name"]["class"] == "medical/infusion-pump" and "site-pump" in reasons["host-name"]["why"]


def test_an_empty_line_ends_a_device(tmp_path):
    first, second, third = devices("host-name\tpump-1\n\n\ndhcp-parameters\t1,3,6\n\nhttp-server\ta\\x0ab\n", site(tmp_path))
    assert (first["class"], second["class"], third["class"]) == ("", "printer", "camera")


def test_nothing_said_is_nothing_told(tmp_path):
    assert devices("", site(tmp_path)) == []


def test_no_address_is_no_vendor():
    found, = devices("host-name\tx\n")
    assert found["vendor"] == ""


def test_words_for_a_person(tmp_path):
    told = identify("host-name\tpump-17\ndhcp-vendor\tpump client\n", rules=site(tmp_path)).stdout
    assert told.startswith("class   medical/infusion-pump (") and '+2.40 medical/infusion-pump: host-name "pump-17", site-pump' in told


def test_what_is_no_field_is_said_with_its_line():
    for text, what in (("host-name\tx\nhost-nam\ty\n", "line 2: there is no field"), ("host-name x\n", "line 1: a field, a tab and a value"),
                       ("mac\t12\n", "no MAC address"), ("dhcp-parameters\t1,,3\n", "not of the field's shape"),
                       ("dhcp-parameters\t256\n", "not of the field's shape"), ("dhcp6-duid\t0g\n", "not of the field's shape")):
        told = identify(text)
        assert told.returncode == 1 and what in told.stderr, text


def test_rules_that_are_not_there_are_an_error(tmp_path):
    told = identify("host-name\tx\n", rules=tmp_path / "nowhere")
    assert told.returncode == 1 and "nowhere" in told.stderr


def test_usage():
    assert identify("", "pump-17").returncode == 2
    assert identify("", "--colour").returncode == 2
