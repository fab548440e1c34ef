# SPDX-License-Identifier: GPL-3.0-or-later
"""What a clinical device can reach on the gateway itself: DHCP, echo, DNS and NTP where the policy says so; nothing else."""

import pytest

import peers
import story
from hospital import VLANS, policy_text
from space import becomes, wait_for

GATEWAY = f"{VLANS['pumps']}.1"


@pytest.fixture(scope="module")
def settled(running):
    story.settle(running)
    return running


@pytest.fixture
def open_ports(settled):
    """Servers on every address of the gateway: reachable, were there no ward."""
    echo = peers.Echo()
    for port in (22, 53, 8080):
        echo.listen_tcp(settled, settled.gateway, port, address=GATEWAY)
    for port in (123, 161):
        echo.listen_udp(settled, settled.gateway, port, address=GATEWAY, answer=peers.ntp_answer)
    yield (22, 53, 8080)
    echo.close()


def test_ports_of_the_gateway_are_refused_and_listed(settled, open_ports):
    pump = settled.devices["pump-1"]
    assert settled.tcp(settled.gateway, GATEWAY, 22) == "open", "the planted server answers"
    for port in open_ports:
        assert settled.tcp(pump.namespace, GATEWAY, port) in ("reset", "unreachable")
    found = becomes(lambda: {entry["port"] for entry in settled.denied(pump, "to-gateway")} >= {22, 8080}, 5)
    assert found, settled.denied(pump)


def test_full_scan_finds_nothing(settled, open_ports):
    pump = settled.devices["pump-1"]
    done = settled.run_in(pump.namespace, "nmap", "-n", "-Pn", "-sS", "-T5", "--max-retries", "1", "-p", "1-65535",
                          "--host-timeout", "90s", "-oG", "-", GATEWAY)
    assert "Host:" in done.stdout and "/open/" not in done.stdout, done.stdout


def test_gateway_answers_ping(settled):
    assert settled.ping(settled.devices["pump-1"].namespace, GATEWAY) == "answered"


def test_time_of_the_gateway_where_the_policy_says_so(settled, open_ports):
    pump = settled.devices["pump-1"]
    assert settled.ntp(pump.namespace, GATEWAY) != "answered"
    settled.reload(policy_text().replace("networks: [10.1.0.53]", f"networks: [10.1.0.53, {GATEWAY}]"))
    try:
        assert becomes(lambda: settled.ntp(pump.namespace, GATEWAY) == "answered", 5)
        assert settled.udp(pump.namespace, GATEWAY, 161, b"\x23" + bytes(47)) != "answered"
    finally:
        settled.reload(policy_text())
    wait_for(lambda: settled.ntp(pump.namespace, GATEWAY) != "answered", 5, "the policy is the story's again")


def test_dns_of_the_gateway_where_the_policy_says_so(settled, open_ports):
    pump = settled.devices["pump-1"]
    assert settled.tcp(pump.namespace, GATEWAY, 53) != "open"
    settled.reload(policy_text().replace("networks: [10.1.0.53]", f"networks: [10.1.0.53, {GATEWAY}]"))
    try:
        assert becomes(lambda: settled.tcp(pump.namespace, GATEWAY, 53) == "open", 5)
        assert settled.tcp(pump.namespace, GATEWAY, 22) != "open"
    finally:
        settled.reload(policy_text())
    wait_for(lambda: settled.tcp(pump.namespace, GATEWAY, 53) != "open", 5, "the policy is the story's again")
