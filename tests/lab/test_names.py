# SPDX-License-Identifier: GPL-3.0-or-later
"""Destinations by DNS name: open once the answer of a name server that the policy allows came by, and not before."""

import json
import signal
import struct

import pytest

import story
from hospital import INFRA, INTERNET, policy_text
from space import becomes

SET = "names4.1"
ELSEWHERE = "203.0.113.66"
RULE = '  - { from: pumps, to: { names: ["*.vendor.example"], zone: internet }, allow: [telemetry], why: updates }\n'


@pytest.fixture(scope="module")
def settled(running):
    story.settle(running)
    loaded = running.api("status")["policy_loaded"]
    running.reload(policy_text(extra=RULE))
    assert becomes(lambda: running.api("status")["policy_loaded"] > loaded, 5)
    return running


def question(name, number):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, 1, 1)


def answer(name, number, address):
    """As a name server would: the question, and one address for it."""
    asked = question(name, number)
    return (struct.pack(">HHHHHH", number, 0x8180, 1, 1, 0, 0) + asked[12:] + struct.pack(">HHHIH", 0xc00c, 1, 1, 600, 4) +
            bytes(int(part) for part in address.split(".")))


def look_up(hospital, device, name, server=INFRA):
    """Ask ${server} by UDP; returns whether an answer came."""
    with hospital.socket_in(device.namespace, kind=2) as sock:
        sock.settimeout(2)
        try:
            sock.sendto(question(name, 7), (server, 53))
            return len(sock.recv(512)) > 12
        except OSError:
            return False


def known(hospital):
    return [key for key, _ in hospital.elements(SET)]


def forge(hospital, sender, target):
    """An answer in the name of the name server, sent by a device."""
    links = json.loads(hospital.run_in(hospital.gateway, "ip", "-j", "link", "show", "pumps0").stdout)
    payload = answer("forged.vendor.example", 7, ELSEWHERE)
    script = (f"from scapy.all import *; sendp(Ether(src='{sender.mac}', dst='{links[0]['address']}')"
              f"/IP(src='{INFRA}', dst='{target.address}')/UDP(sport=53, dport=5353)"
              f"/Raw(bytes.fromhex('{payload.hex()}')), iface='eth0', verbose=0)")
    done = hospital.run_in(sender.namespace, "/usr/bin/python3", "-B", "-c", script, timeout=30)
    assert done.returncode == 0, done.stderr


def test_nothing_is_open_before_an_answer(settled):
    pump = settled.devices["pump-1"]
    assert settled.tcp(pump.namespace, INTERNET, 7000) == "reset"
    assert known(settled) == []


def test_other_names_and_other_name_servers_open_nothing(settled):
    pump = settled.devices["pump-1"]
    assert look_up(settled, pump, "other.hospital.example")
    assert not look_up(settled, pump, "x.vendor.example", INTERNET), "no rule allows that name server"
    assert not becomes(lambda: known(settled), 2)
    assert settled.tcp(pump.namespace, INTERNET, 7000) == "reset"


def test_an_answer_that_came_by_opens_its_addresses(settled):
    pump = settled.devices["pump-1"]
    assert look_up(settled, pump, "updates.vendor.example")
    assert becomes(lambda: known(settled) == [INTERNET], 5), known(settled)
    assert settled.tcp(pump.namespace, INTERNET, 7000) == "open"
    assert settled.tcp(pump.namespace, INTERNET, 443) == "reset", "the rule's service and no other"
    assert settled.tcp(settled.devices["ct-1"].namespace, INTERNET, 7000) == "reset", "the rule's zone and no other"


def test_a_device_opens_nothing_by_a_forged_answer(settled):
    """While the name server is silent, to a device that asked it: the source guard drops it, before anybody reads it."""
    pump, other = settled.devices["pump-1"], settled.devices["pump-2"]
    settled.resolver.send_signal(signal.SIGSTOP)
    try:
        with settled.socket_in(pump.namespace, kind=2) as sock:
            sock.bind(("", 5353))
            sock.sendto(question("forged.vendor.example", 7), (INFRA, 53))
            for sender in (other, pump):
                forge(settled, sender, pump)
    finally:
        settled.resolver.send_signal(signal.SIGCONT)
    assert not becomes(lambda: ELSEWHERE in known(settled), 2)
    assert settled.tcp(pump.namespace, ELSEWHERE, 7000) == "reset"


def test_a_client_that_keeps_to_one_port_is_heard_on(settled):
    """Behind the first packets of its flow."""
    pump = settled.devices["pump-2"]
    with settled.socket_in(pump.namespace, kind=2) as sock:
        sock.settimeout(2)
        sock.bind(("", 5354))
        for number in range(40):
            name = "late.vendor.example" if number == 39 else "x.hospital.example"
            sock.sendto(question(name, number), (INFRA, 53))
            assert len(sock.recv(512)) > 12
    assert becomes(lambda: settled.query("SELECT 1 FROM known_name WHERE name='late.vendor.example'"), 8)


def test_what_is_known_outlives_a_reload(settled):
    pump = settled.devices["pump-1"]
    loaded = settled.api("status")["policy_loaded"]
    settled.reload(policy_text(extra=RULE))
    assert becomes(lambda: settled.api("status")["policy_loaded"] > loaded, 5)
    assert settled.tcp(pump.namespace, INTERNET, 7000) == "open"
    assert settled.api("status")["repairs"] == 0


def test_what_is_known_outlives_a_restart(settled):
    pump = settled.devices["pump-1"]
    settled.stop_isoward()
    settled.start_isoward(policy_text(extra=RULE))
    assert INTERNET in known(settled)
    assert settled.tcp(pump.namespace, INTERNET, 7000) == "open"
