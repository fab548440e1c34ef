# SPDX-License-Identifier: GPL-3.0-or-later
"""What `isoward explain` says of a flow is what the kernel does with its packets."""

import json
import subprocess

import pytest

import hospital
from hospital import INFRA, INTERNET, PACS, PUMP_SERVER, Hospital, policy_text, staff
from space import run, wait_for

ZONES = {"pump-1": "pumps", "pump-2": "pumps", "ct-1": "imaging", "ct-2": "imaging", "pc-1": "pcs"}
RULES = """\
  - { name: one device, from: ct-2, to: pcs, allow: tcp/445, why: a rule of one device }
  - { name: to one device, from: pcs, to: ct-1, allow: tcp/80 }
  - { name: told, from: imaging, to: pumps, reject: [tcp/80, tcp/445] }
  - { name: seen, from: pcs, to: ct-2, allow: tcp/445, mode: observe }
  - { name: hidden, from: imaging, to: pumps, allow: tcp/20-30 }
  - { name: told too, from: pcs, to: internet, reject: udp/7000 }
  - { name: over, from: pumps, to: pumps, allow: any, until: 2020-12-31 }
"""
SERVICES = {PACS: ["tcp/11112"], PUMP_SERVER: ["tcp/3613", "udp/3613"], INFRA: ["udp/123"],
            INTERNET: ["tcp/80", "tcp/443", "tcp/7000", "udp/443", "udp/7000"]}


@pytest.fixture(scope="module")
def house(isoward):
    """Five pinned devices behind a daemon with rules of every kind."""
    house = Hospital()
    try:
        house.build()
        devices = [device for device in staff() if device.name in ZONES]
        pins = [(device.mac, ZONES[device.name], device.name) for device in devices]
        house.policy = policy_text(telemetry=False, pins=pins, extra=RULES)
        house.start_isoward(house.policy)
        for device in devices:
            house.join(device)
        for device in devices:
            house.wait_zone(device, ZONES[device.name])
        yield house
    finally:
        if house.daemon and house.daemon.poll() is None:
            house.stop_isoward()
        house.close()


def flows(house):
    """Every device to every other and to every server, for every port on which something answers."""
    for source in house.devices.values():
        for target in house.devices.values():
            if target is not source:
                yield from ((source, target.name, target.address, f"tcp/{port}") for port in target.ports)
        for address, services in SERVICES.items():
            yield from ((source, address, address, service) for service in services)


def explain(house, policy, source, target, service):
    done = run(hospital.ISOWARD, "explain", policy, "--from", source, "--to", target, "--service", service, "--json")
    return json.loads(done.stdout)


def kernel(house, source, address, service):
    """What became of a connection, or of a datagram and its answer: passed, told, silent."""
    protocol, port = service.split("/")
    seen = "silent"
    for _ in range(2):  # the first packet may wait for a neighbour to be found
        if protocol == "tcp":
            seen = house.tcp(source.namespace, address, int(port))
        elif port == "123":
            seen = house.ntp(source.namespace)
        else:
            seen = house.udp(source.namespace, address, int(port))
        if seen != "silent":
            break
    return {"open": "passed", "answered": "passed", "silent": "silent"}.get(seen, "told")


@pytest.fixture(scope="module")
def seen(house):
    return [(source.name, target, service, kernel(house, source, address, service))
            for source, target, address, service in flows(house)]


def differences(house, policy, seen):
    wrong = []
    for source, target, service, got in seen:
        verdict = explain(house, policy, source, target, service)["verdict"]
        fits = got == "passed" if verdict == "allow" else got == "told" if verdict == "reject" else got != "passed"
        if not fits:
            wrong.append((source, target, service, verdict, got))
    return wrong


def test_kernel_does_what_explain_says(house, seen):
    assert not differences(house, house.path("policy.yaml"), seen)


def test_every_kind_was_met(house, seen):
    answers = [explain(house, house.path("policy.yaml"), source, target, service)
               for source, target, service, _ in seen]
    deciding = {answer["rule"]["name"] for answer in answers if answer["rule"]}
    assert {answer["verdict"] for answer in answers} == {"allow", "deny", "reject"}
    assert {"one device", "to one device", "told", "hidden", "told too"} <= deciding and "over" not in deciding
    assert any(answer["observed"] and answer["observed"]["rule"]["name"] == "seen" for answer in answers)
    assert all(answer["mode"] == "enforce" for answer in answers)


@pytest.mark.parametrize("fault", [("reject: [tcp/80, tcp/445]", "allow: [tcp/80, tcp/445]"),
                                   ("from: ct-2, to: pcs", "from: ct-1, to: pcs"), (", mode: observe", ""),
                                   ("tcp/20-30", "tcp/20-21"), ("until: 2020-12-31", "until: 2999-12-31")])
def test_comparison_sees_a_fault(house, seen, fault):
    """The planted fault: the kernel has one policy and another one is explained."""
    assert fault[0] in house.policy
    other = house.write("other.yaml", house.policy.replace(*fault))
    assert differences(house, other, seen)


def test_a_policy_that_changes_is_explained_as_it_is_loaded(house):
    loaded = house.read("isoward.log").count("policy-loaded")
    house.reload(house.policy.replace(", mode: observe", ""))
    wait_for(lambda: house.read("isoward.log").count("policy-loaded") > loaded, 5, "the policy is loaded")
    pc, modality = house.devices["pc-1"], house.devices["ct-2"]
    assert explain(house, house.path("policy.yaml"), "pc-1", "ct-2", "tcp/445")["verdict"] == "allow"
    assert kernel(house, pc, modality.address, "tcp/445") == "passed"


@pytest.mark.parametrize("arguments,status", [
    (["--from", "pumps", "--to", "pacs", "--service", "dns"], 0),
    (["--from", "pumps", "--to", "pacs"], 2),
    (["--from", "pump", "--to", "pacs", "--service", "dns"], 2),
    (["--from", "pumps", "--to", "pacs", "--service", "any"], 2),
    (["--from", "pumps", "--to", "pacs", "--service", "dns", "--at", "noon"], 2),
    (["--from", "pumps", "--to", "pacs", "--service", "dns", "--colour"], 2),
])
def test_exit_status(house, arguments, status):
    path = house.path("policy.yaml")
    done = subprocess.run([hospital.ISOWARD, "explain", path, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == status, done.stderr
    assert (done.stdout == b"") == (status != 0)
    wrong = house.write("wrong.yaml", house.policy.replace("to: pacs", "to: pax"))
    done = subprocess.run([hospital.ISOWARD, "explain", wrong, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode in (1, status) and done.returncode != 0
