# SPDX-License-Identifier: GPL-3.0-or-later
"""A daemon lives by its policy: several files, expectations that it must meet, single devices, tags, hours."""

import datetime
import os
import re
import signal
import time

import pytest

import story
from hospital import INTERNET, PUMP_SERVER, policy_text, staff
from space import becomes, wait_for
from test_bad_input import GOOD, Ward

PINS = [(device.mac, "imaging", "CT-2") for device in staff() if device.name == "ct-2"]
PUMP_TWO = next(device.mac for device in staff() if device.name == "pump-2")


@pytest.fixture(scope="module")
def settled(running):
    story.settle(running)
    return running


def load(house, text):
    """SIGHUP, and wait until the policy is in force."""
    loaded = house.read("isoward.log").count("policy-loaded")
    house.reload(text)
    wait_for(lambda: house.read("isoward.log").count("policy-loaded") > loaded, 5,
             lambda: f"the policy is loaded: {house.read('isoward.log')[-1500:]}")


def refuse(house, text):
    """SIGHUP, and wait until the policy is refused; tells what was said."""
    before = house.read("isoward.log")
    house.reload(text)
    wait_for(lambda: "policy-refused" in house.read("isoward.log")[len(before):], 5, "the policy is refused")
    return house.read("isoward.log")[len(before):]


def opens(house, name, port, address=INTERNET):
    return house.tcp(house.devices[name].namespace, address, port) == "open"


def write_site(house, name, rules):
    os.makedirs(house.path("site"), exist_ok=True)
    return house.write(f"site/{name}", f"version: 1\nrules:\n{rules}")


def refused_packets(house, zone):
    return next(row["refused_packets"] for row in house.api("zones")["zones"] if row["name"] == zone)


# ---- several files ----


def test_included_files_are_read_again_at_reload(settled):
    """Files of another folder, found by a pattern and read inside the sandbox."""
    text = policy_text(telemetry=False).replace("version: 1\n", "version: 1\ninclude: [\"site/*.yaml\"]\n")
    load(settled, text)  # a pattern may stand for no file
    assert not opens(settled, "pc-2", 7000)
    write_site(settled, "telemetry.yaml", "  - { name: telemetry, from: pcs, to: internet, allow: [tcp/7000], why: trial }\n")
    load(settled, text)
    assert opens(settled, "pc-2", 7000)
    write_site(settled, "telemetry.yaml", "  - { name: no-telemetry, from: pcs, to: internet, deny: [tcp/7000], why: over }\n")
    load(settled, text)
    assert not opens(settled, "pc-2", 7000)
    station = settled.devices["pc-2"]

    def named():
        return [row["why"] for row in settled.denied(station) if row["port"] == 7000 and "no-telemetry" in row["why"]]
    assert re.search(r"site/telemetry\.yaml:3", wait_for(named, 5, "the refusal names its rule")[0])
    assert "site/telemetry.yaml" in settled.api("status")["included_files"]
    refused = refused_packets(settled, "pcs")
    for _ in range(5):
        opens(settled, "pc-2", 7000)
    assert becomes(lambda: refused_packets(settled, "pcs") >= refused + 5, 5), "a rule's refusals count for the zone"


def test_wrong_included_file_keeps_the_old_rules(settled):
    before = settled.rules()
    write_site(settled, "telemetry.yaml", "  - { from: pcs, to: nowhere, allow: [tcp/7000], why: trial }\n")
    said = refuse(settled, policy_text().replace("version: 1\n", "version: 1\ninclude: [\"site/*.yaml\"]\n"))
    assert re.search(r"site/telemetry\.yaml:3:\d+: .*nowhere", said)
    assert settled.rules() == before
    assert becomes(lambda: "telemetry.yaml:3" in settled.api("status")["trouble"], 3)
    load(settled, policy_text())
    assert becomes(lambda: not settled.api("status")["trouble"], 3)


# ---- expectations ----

EXPECTS = """expect:
  - { from: pumps, to: pumps, verdict: deny }
  - { from: pcs, to: internet, service: tcp/443, verdict: %s }
canaries:
  serve: { from: pumps, to: pump-servers, service: tcp/3613 }
"""


def test_failing_expectation_keeps_the_old_rules_and_loses_nothing(settled):
    load(settled, policy_text() + EXPECTS % "allow")
    pump = settled.devices["pump-1"]
    streams = [settled.stream(pump, PUMP_SERVER, 3613, protocol) for protocol in ("tcp", "udp")]
    wait_for(lambda: all(stream.received > 100 for stream in streams), 10, "the streams run")
    before = settled.rules()
    said = refuse(settled, policy_text() + EXPECTS % "deny")
    assert re.search(r"policy\.yaml:\d+:\d+: ", said), said
    refuse(settled, (policy_text() + EXPECTS % "allow").replace("alaris, udp/3613", "udp/3613"))  # the canary stops
    assert settled.rules() == before
    actions = wait_for(lambda: [row["action"] for row in settled.query("SELECT action FROM audit ORDER BY id DESC LIMIT 2")]
                       == ["policy-refused", "policy-refused"], 5, "both refusals are in the audit trail")
    assert actions and "refused" in settled.api("status")["trouble"]
    sent = streams[0].sent
    wait_for(lambda: streams[0].sent > sent + 100, 5, "the stream goes on")
    assert not streams[0].retransmitted()
    assert not any(stream.finish() for stream in streams)
    load(settled, policy_text() + EXPECTS % "allow")


@pytest.mark.parametrize("text, word", [(GOOD + EXPECTS % "deny", "443"),
                                        ((GOOD + EXPECTS % "allow").replace("alaris, udp/3613", "udp/3613"), "serve")],
                         ids=["expectation", "canary"])
def test_failing_expectation_at_start(isoward, text, word):
    ward = Ward(isoward)
    try:
        status, said = ward.attempt(text)
        assert status == 1 and word in said and re.search(r"attempt\.yaml:\d+:\d+: ", said), said
        assert not ward.table()
    finally:
        ward.close()


# ---- devices by name, tags and vendors ----


def test_rule_for_one_device(settled):
    rule = "  - { from: CT-2, to: internet, allow: [tcp/80], why: its maker's service }\n"
    load(settled, policy_text(pins=PINS))
    settled.wait_zone(settled.devices["ct-2"], "imaging")
    assert not opens(settled, "ct-2", 80)
    load(settled, policy_text(pins=PINS, extra=rule))
    assert opens(settled, "ct-2", 80) and not opens(settled, "ct-1", 80)
    assert settled.zone_of(settled.devices["ct-2"]) == "imaging"
    groups = settled.zone_elements()
    assert groups[settled.devices["ct-1"].address] != groups[settled.devices["ct-2"].address]
    stream = settled.stream(settled.devices["ct-2"], INTERNET, 80, "tcp")
    load(settled, policy_text(pins=PINS))
    assert becomes(lambda: not opens(settled, "ct-2", 80), 3)
    stream.finish()


def test_tag_and_vendor_make_zones(settled):
    """A zone by tag takes a pump out of its class's zone, one by class and vendor takes one of two modalities."""
    vendor = settled.device_row(settled.devices["ct-2"].mac)["vendor"]
    other = settled.device_row(settled.devices["ct-1"].mac)["vendor"]
    assert vendor and other and vendor != other
    extra = (f'  loaners: {{ members: {{ tag: loaner }}, priority: 10 }}\n'
             f'  makers:  {{ members: {{ class: medical/imaging, vendor: "{vendor}" }}, priority: 5 }}\n  quarantine:')
    text = policy_text().replace("  quarantine:", extra) + f'devices:\n  - {{ mac: "{PUMP_TWO}", name: P-2, tags: [loaner] }}\n'
    load(settled, text)
    for name, zone in (("pump-2", "loaners"), ("pump-1", "pumps"), ("ct-2", "makers"), ("ct-1", "imaging")):
        settled.wait_zone(settled.devices[name], zone)
    assert not opens(settled, "pump-2", 3613, PUMP_SERVER) and opens(settled, "pump-1", 3613, PUMP_SERVER)
    why = settled.device_row(settled.devices["ct-2"].mac)["zone_why"]
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "makers:" in row)
    assert f"vendor '{vendor}'" in why and f"policy.yaml:{line}" in why
    load(settled, policy_text())
    settled.wait_zone(settled.devices["pump-2"], "pumps")
    assert becomes(lambda: opens(settled, "pump-2", 3613, PUMP_SERVER), 3)


# ---- what is only observed ----


def test_observed_flows_pass_and_are_told(settled):
    """An observing rule decides nothing; what it would have decided is told by rule, and not among the refused."""
    rules = ("  - { name: trial, from: pcs, to: internet, deny: [tcp/443], mode: observe, why: what would stop }\n"
             "  - { name: watched, from: pcs, to: internet, allow: [tcp/80], log: true, why: seen }\n")
    text = policy_text().replace("rules:\n", "rules:\n" + rules)
    station = settled.devices["pc-1"]
    load(settled, text)
    refused = len([row for row in settled.denied(station) if row["port"] in (80, 443)])
    assert opens(settled, "pc-1", 443) and opens(settled, "pc-1", 80)

    def told():
        found = {(row["kind"], row["port"]): row for row in settled.api("reported")["reported"] if row["mac"] == station.mac}
        return found if {("observed", 443), ("allowed", 80)} <= set(found) else None
    rows = wait_for(told, 5, lambda: f"both are told: {settled.api('reported')}")
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "name: trial" in row)
    assert re.search(rf"rule 'trial' at .*policy\.yaml:{line}$", rows["observed", 443]["rule"])
    assert "would be refused" in rows["observed", 443]["why"] and rows["observed", 443]["to_zone"] == "internet"
    assert {row["kind"]: row["devices"] for row in settled.api("reported")["by_rule"]} == {"observed": 1, "allowed": 1}
    assert len([row for row in settled.denied(station) if row["port"] in (80, 443)]) == refused
    load(settled, policy_text())


# ---- hours ----


def hours_ending_soon():
    """A moment before and the next full minute, some 10 to 70 seconds away."""
    now = datetime.datetime.now()
    if now.second > 50:
        time.sleep(60 - now.second)
        now = datetime.datetime.now()
    return now - datetime.timedelta(minutes=1), (now + datetime.timedelta(minutes=1)).replace(second=0, microsecond=0)


def hours_rule(name, port, first, last):
    return (f'  - {{ name: {name}, from: pcs, to: internet, allow: [tcp/{port}], during: "{first:%H:%M}-{last:%H:%M}", '
            f'why: a window }}\n')


def wall_clock(monotonic):
    return time.time() - (time.monotonic() - monotonic)


def test_rule_ends_with_its_hours(settled):
    """A window that ends with this minute or the next: its stream stops then, another loses nothing."""
    first, last = hours_ending_soon()
    load(settled, policy_text(telemetry=False, extra=hours_rule("hours", 7000, first, last)))
    pump, station = settled.devices["pump-1"], settled.devices["pc-1"]
    kept = settled.stream(pump, PUMP_SERVER, 3613, "tcp")
    timed = settled.stream(station, INTERNET, 7000, "tcp")
    wait_for(lambda: timed.received > 50 and kept.received > 50, 10, "the streams run")
    wait_for(lambda: time.time() > last.timestamp() - 2, 70, "the window is about to end")
    assert not settled.events("rules-by-time")
    before = kept.retransmitted()
    assert becomes(lambda: time.monotonic() - timed.last_back > 1.0, 6), "the stream outside its hours goes on"
    assert abs(wall_clock(timed.last_back) - last.timestamp()) < 0.2
    assert not opens(settled, "pc-1", 7000)
    wait_for(lambda: settled.events("rules-by-time"), 10, "it is told")
    assert "hours" in settled.events("rules-by-time")[0]["text"]
    assert kept.retransmitted() == before and not kept.finish()
    timed.finish()
    load(settled, policy_text())


def test_the_kernel_keeps_the_hours_alone(settled):
    """The daemon is dead when one window ends and another begins: both are kept to the second."""
    first, last = hours_ending_soon()
    rules = (hours_rule("ends", 7000, first, last) + hours_rule("begins", 7001, last, last + datetime.timedelta(hours=1)))
    settled.echo.listen_tcp(settled, settled.internet, 7001)
    load(settled, policy_text(telemetry=False, extra=rules))
    timed = settled.stream(settled.devices["pc-1"], INTERNET, 7000, "tcp")
    wait_for(lambda: timed.received > 50, 10, "the stream runs")
    assert not opens(settled, "pc-1", 7001)
    settled.stop_isoward(signal.SIGKILL)
    wait_for(lambda: time.time() > last.timestamp(), 70, "the hours change")
    assert becomes(lambda: time.monotonic() - timed.last_back > 1.0, 5), "the stream outside its hours goes on"
    assert abs(wall_clock(timed.last_back) - last.timestamp()) < 0.2
    assert opens(settled, "pc-1", 7001) and not opens(settled, "pc-1", 7000)
    timed.finish()
    settled.start_isoward(policy_text())


def test_the_daemon_ends_well(settled):
    assert settled.stop_isoward(signal.SIGTERM) == 0
