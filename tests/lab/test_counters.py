# SPDX-License-Identifier: GPL-3.0-or-later
"""What is counted by rule and by pair of zones: exact, also over reloads of the policy under traffic."""

import socket
import threading
import urllib.request

import pytest

import story
from hospital import INTERNET, PUMP_SERVER, policy_text
from space import wait_for

DATAGRAMS = 500
PAYLOAD = b"counted by the kernel"
BYTES = len(PAYLOAD) + 28  # IPv4 and UDP
RELOADS = 12
PUMP_RULE = "alaris, udp/3613"
MORE_RULES = """\
  - { from: pumps, to: internet, deny: [udp/5101], log: false }
  - { from: pumps, to: internet, deny: [udp/5102], mode: observe }
  - { from: pumps, to: internet, allow: [udp/5103], rate: 5/hour }
"""


@pytest.fixture(scope="module")
def settled(running):
    """One-way flows to the pump server: an answer that crosses a reload is judged once more, and rightly counted."""
    story.settle(running)
    for name in (f"{PUMP_SERVER} 3613", f"{INTERNET} 5001"):
        running.udp(running.devices["pump-1"].namespace, name.split()[0], int(name.split()[1]))
    running.run_in(running.pumpsrv, "nft", "-f", "-", check=True, input="""table inet deaf { chain input {
        type filter hook input priority 0; udp dport 3613 udp sport 40000-64999 drop; }; }""")
    yield running
    running.run_in(running.pumpsrv, "nft", "delete", "table", "inet", "deaf")


def pair(house, origin="pumps", to="internet"):
    rows = [row for row in house.api("counters")["refused"] if (row["from"], row["to"]) == (origin, to)]
    assert len(rows) <= 1
    return rows[0] if rows else dict.fromkeys(("packets", "bytes", "default_packets", "default_bytes"), 0)


def rule(house, services=PUMP_RULE):
    (row,) = [row for row in house.api("counters")["rules"] if row["services"] == services]
    return row


def steady(house, read):
    """What ${read} tells once two readings of the kernel agree; nobody else sends."""
    last = None

    def same():
        nonlocal last
        before, last = last, read(house)
        return before == last
    wait_for(same, 20, "the counters stand", interval=2.5)
    return last


class Sender:
    """Datagrams of one flow, or with ${fresh} each a flow of its own."""

    def __init__(self, house, device, address, port):
        self.house, self.device, self.to = house, device, (address, port)
        self.sent = 0
        self.next_port = 40000

    def open(self):
        sock = self.house.socket_in(self.device.namespace, kind=socket.SOCK_DGRAM)
        sock.bind(("", self.next_port))
        self.next_port += 1
        return sock

    def send(self, count, flows=1):
        for _ in range(flows):
            with self.open() as sock:
                for _ in range(count):
                    assert sock.sendto(PAYLOAD, self.to) == len(PAYLOAD)
                    self.sent += 1


def grown(before, after, *keys):
    return tuple(after[key] - before[key] for key in keys)


def test_each_refused_packet_counts_and_one_report_tells(settled):
    pump = settled.devices["pump-1"]
    before = steady(settled, pair)
    zone = {row["name"]: row["refused_packets"] for row in settled.api("zones")["zones"]}["pumps"]
    Sender(settled, pump, INTERNET, 5002).send(DATAGRAMS)
    after = steady(settled, pair)
    assert grown(before, after, "packets", "default_packets", "bytes", "default_bytes") == \
        (DATAGRAMS, DATAGRAMS, DATAGRAMS * BYTES, DATAGRAMS * BYTES)
    assert {row["name"]: row["refused_packets"] for row in settled.api("zones")["zones"]}["pumps"] == zone + DATAGRAMS
    rows = [row for row in settled.denied(pump) if row["port"] == 5002]
    assert [(row["destination"], row["flows"]) for row in rows] == [(INTERNET, 1)]


def test_a_rule_counts_the_flows_it_allows(settled):
    before = steady(settled, rule)
    Sender(settled, settled.devices["pump-1"], PUMP_SERVER, 3613).send(10, flows=20)
    after = steady(settled, rule)
    assert grown(before, after, "allowed_packets", "allowed_bytes", "refused_packets") == (20, 20 * BYTES, 0)
    assert after["verdict"] == "allow" and not after["observe"]


def test_nothing_is_lost_or_counted_twice_over_reloads(settled):
    """Each with a line more or less before the rules that count: a rule is known again by what it says."""
    pump = settled.devices["pump-1"]
    before = steady(settled, lambda house: (pair(house), rule(house)))
    refused, allowed = Sender(settled, pump, INTERNET, 5003), Sender(settled, pump, PUMP_SERVER, 3613)
    allowed.next_port = 42000
    over = threading.Event()

    def flood():
        with refused.open() as sock:
            while not over.wait(0.0005):
                assert sock.sendto(PAYLOAD, refused.to)
                refused.sent += 1

    def flows():
        while not over.wait(0.001):
            allowed.send(1)
    threads = [threading.Thread(target=one) for one in (flood, flows)]
    for thread in threads:
        thread.start()
    try:
        for number in range(RELOADS):
            loaded = settled.read("isoward.log").count("policy-loaded")
            text = policy_text(telemetry=bool(number % 2))
            settled.reload(text if number % 3 else text.replace("rules:\n", "rules:\n  # a line more\n"))
            wait_for(lambda: settled.read("isoward.log").count("policy-loaded") > loaded, 5, "the policy is loaded")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    after = steady(settled, lambda house: (pair(house), rule(house)))
    assert min(refused.sent, allowed.sent) > 100
    assert grown(before[0], after[0], "packets", "bytes") == (refused.sent, refused.sent * BYTES)
    assert grown(before[1], after[1], "allowed_packets") == (allowed.sent,)


def test_refused_observed_and_above_a_rate_are_told_apart(settled):
    def read(house):
        return pair(house), *(rule(house, f"udp/{port}") for port in (5101, 5102, 5103))
    pump = settled.devices["pump-1"]
    loaded = settled.read("isoward.log").count("policy-loaded")
    settled.reload(policy_text(extra=MORE_RULES))
    wait_for(lambda: settled.read("isoward.log").count("policy-loaded") > loaded, 5, "the policy is loaded")
    wait_for(lambda: len(settled.api("counters")["rules"]) == 8, 10, "the new rules are told")
    before = steady(settled, read)
    Sender(settled, pump, INTERNET, 5101).send(20)
    Sender(settled, pump, INTERNET, 5102).send(30)
    Sender(settled, pump, INTERNET, 5103).send(1, flows=12)
    after = steady(settled, read)
    keys = "allowed_packets", "refused_packets", "observed_packets"
    told = [grown(one, other, *keys) for one, other in zip(before[1:], after[1:])]
    assert told == [(0, 20, 0), (0, 0, 30), (5, 7, 0)]
    assert grown(before[0], after[0], "packets", "default_packets") == (20 + 30 + 7, 30)
    settled.reload(policy_text())
    wait_for(lambda: len(settled.api("counters")["rules"]) == 5, 10, "the former rules are told")


def test_metrics_tell_the_same(settled):
    text = urllib.request.urlopen(f"http://127.0.0.1:{settled.port}/metrics", timeout=3).read().decode()
    assert f'isoward_refused_packets_total{{from="pumps",to="internet"}} {pair(settled)["packets"]}\n' in text
    told = rule(settled)
    assert f'isoward_rule_packets_total{{rule="{told["rule"]}",verdict="allow"}} {told["allowed_packets"]}\n' in text
    series = [line.split(" ")[0] for line in text.splitlines() if line.startswith("isoward_rule_packets_total")]
    assert len(series) == len(set(series)) == len(settled.api("counters")["rules"])
