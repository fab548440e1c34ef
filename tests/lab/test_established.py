# SPDX-License-Identifier: GPL-3.0-or-later
"""Established flows obey a decision at once, and those still allowed lose nothing: TCP, UDP and ICMP, both IP versions,
with the uplink's addresses translated (NAT), whatever the decision is: a policy, a pin, a quarantine."""

import re
import signal
import sys
import time

import pytest

import hospital as hospital_module
import ip6
import peers
from hospital import INTERNET, PUMP_SERVER, WINDOWS
from space import becomes, wait_for

PING = "  - { from: pcs, to: internet, allow: [ping], why: a series to be revoked }\n"
PUMPS_PING = "  - { from: pumps, to: pump-servers, allow: [ping], why: a series that stays }\n"
AT_ONCE_S = 1.0

# Of another program, and so not ours to touch: what leaves by the uplink bears the gateway's address.
NAT = """table inet nat {
	chain postrouting { type nat hook postrouting priority srcnat; oifname wan0 masquerade; }
}
"""


class Pings:
    """A series of echo requests: how many were lost, and when the last answer came."""

    def __init__(self, house, device, address):
        self.house, self.log = house, f"ping-{device.name}-{address.replace(':', '_')}.log"
        self.process = house.start_in(device.namespace, "ping", "-n", "-D", "-i", "0.01", address, log=self.log)

    def answers(self):
        return [(float(when), int(number)) for when, number in
                re.findall(r"^\[([0-9.]+)\] \d+ bytes from .*icmp_seq=(\d+)", self.house.read(self.log), re.MULTILINE)]

    @property
    def received(self):
        return len(self.answers())

    @property
    def last_back(self):
        found = self.answers()
        return time.monotonic() - (time.time() - found[-1][0]) if found else 0.0

    def finish(self):
        time.sleep(0.2)
        self.house.stop(self.process, signal.SIGINT)
        sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", self.house.read(self.log)).groups())
        return sent - received


def text(telemetry=True, pings=True, pins=()):
    return ip6.policy6(telemetry=telemetry, pins=pins, extra=PUMPS_PING + (PING if pings else ""))


@pytest.fixture(scope="module")
def house(isoward):
    house = hospital_module.Hospital()
    try:
        ip6.add(house.build())
        house.run_in(house.gateway, "nft", "-f", house.write("nat.nft", NAT), check=True)
        ip6.open_wards(house, text())
        house.echo.listen_tcp(house, house.internet, 7000, address=ip6.INTERNET6)
        house.echo.listen_udp(house, house.internet, 7000, address=ip6.INTERNET6)
        for name in ("pump-1", "pump-2", "pc-1"):
            device = house.devices[name]
            address = ip6.autoconfigure(house, device)[-1]
            wait_for(lambda d=device, a=address: ip6.guarded(house, d, a), 5, lambda a=address: f"{a} is bound")
        yield house
    finally:
        sys.stdout.write(f"\n--- isoward's log\n{house.read('isoward.log')[-3000:]}\n")
        house.close()


def load(house, policy):
    loaded = house.read("isoward.log").count("policy-loaded")
    house.reload(policy)
    wait_for(lambda: house.read("isoward.log").count("policy-loaded") > loaded, 5, "the policy is loaded")


def streams(house, name, servers, port):
    """TCP and UDP by both IP versions, and echo by both."""
    device = house.devices[name]
    source = ip6.addresses(house, device)[-1]
    started = [peers.Stream(house, device.namespace, server, port, protocol, source if ":" in server else None)
               for server in servers for protocol in ("tcp", "udp")]
    started += [Pings(house, device, server) for server in servers]
    wait_for(lambda: all(one.received > 30 for one in started), 15, lambda: f"{name}: {[one.received for one in started]}")
    return started


def stop_at_once(ended, start):
    """Whether nothing of ${ended} comes back any more, and since when, in seconds after ${start}."""
    stopped = becomes(lambda: all(time.monotonic() - one.last_back > AT_ONCE_S for one in ended), 8)
    lasted = [one.last_back - start for one in ended]
    for one in ended:
        one.finish()
    return stopped and max(lasted) < AT_ONCE_S, lasted


def lose_nothing(kept):
    resent = sum(one.retransmitted() for one in kept if isinstance(one, peers.Stream))
    lost = [one.finish() for one in kept]
    return not any(lost) and not resent, (lost, resent)


PUMP_SERVERS, INTERNETS = (PUMP_SERVER, ip6.PUMP_SERVER6), (INTERNET, ip6.INTERNET6)


def test_addresses_are_translated(house):
    """Or the rest would not show what it says."""
    shown = house.run_in(house.gateway, "nft", "list", "table", "inet", "nat").stdout
    assert "masquerade" in shown
    ear = house.socket_in(house.pumpsrv, kind=2)
    ear.bind((PUMP_SERVER, 3614))
    load(house, text().replace("alaris, udp/3613]", "alaris, udp/3613-3614]"))
    mouth = house.socket_in(house.devices["pump-1"].namespace, kind=2)
    mouth.sendto(b"who am I", (PUMP_SERVER, 3614))
    ear.settimeout(2)
    assert ear.recvfrom(64)[1][0] != house.devices["pump-1"].address
    ear.close()
    mouth.close()
    load(house, text())


def passed(house):
    """Packets that passed by the epoch: of settled flows, and of those whose first packets were not all told."""
    shown = house.run_in(house.gateway, "nft", "list", "table", "inet", "isoward", check=True).stdout
    return [int(re.search(rf'packets (\d+) bytes \d+ accept comment "flows judged in this epoch{end}"', shown).group(1))
            for end in (", and settled", "")]


def test_long_flows_settle(house):
    """Behind its first packets a flow passes by the first rule, whichever protocol, way and IP version, and no other does."""
    kept = streams(house, "pump-1", PUMP_SERVERS, 3613)
    settled, early = passed(house)
    before = [one.received for one in kept]
    wait_for(lambda: all(one.received >= old + 50 for one, old in zip(kept, before)), 15, "they go on")
    assert passed(house)[0] - settled >= 2 * 50 * len(kept)
    assert passed(house)[1] == early
    holds, seen = lose_nothing(kept)
    assert holds, seen


def test_a_tightened_policy(house):
    kept = streams(house, "pump-1", PUMP_SERVERS, 3613)
    revoked = streams(house, "pc-1", INTERNETS, 7000)
    start = time.monotonic()
    load(house, text(telemetry=False, pings=False))
    holds, lasted = stop_at_once(revoked, start)
    assert holds, lasted
    holds, seen = lose_nothing(kept)
    assert holds, seen
    load(house, text())


def test_a_pin_to_another_zone(house):
    """The pinned pump's flows end with its old zone; another pump's in the same rules do not notice."""
    moved, kept = streams(house, "pump-2", PUMP_SERVERS, 3613), streams(house, "pump-1", PUMP_SERVERS, 3613)
    start = time.monotonic()
    load(house, text(pins=[(house.devices["pump-2"].mac, "imaging", "not-a-pump")]))
    holds, lasted = stop_at_once(moved, start)
    assert holds, lasted
    holds, seen = lose_nothing(kept)
    assert holds, seen
    load(house, text())
    house.wait_zone(house.devices["pump-2"], "pumps")


def speak_as_windows(house, device):
    frame = (f"Ether(dst='ff:ff:ff:ff:ff:ff', src='{device.mac}')/IP(src='0.0.0.0', dst='255.255.255.255')"
             f"/UDP(sport=68, dport=67)/BOOTP(chaddr=mac2str('{device.mac}'), xid=7)/DHCP(options=[('message-type', 'discover'), "
             f"('hostname', b'DESKTOP-7H2K9QX'), ('vendor_class_id', b'MSFT 5.0'), ('param_req_list', {list(WINDOWS)}), 'end'])")
    house.run_in(device.namespace, "/usr/bin/python3", "-B", "-c",
                 f"from scapy.all import *; sendp({frame}, iface='eth0', verbose=0)", check=True)


def test_a_quarantine(house):
    """A pump that begins to speak like a Windows PC: two elements and a new epoch, no reload."""
    pump = house.devices["pump-2"]
    ended, kept = streams(house, "pump-2", PUMP_SERVERS, 3613), streams(house, "pump-1", PUMP_SERVERS, 3613)
    loaded = house.read("isoward.log").count("policy-loaded")
    speak_as_windows(house, pump)
    start = time.monotonic()
    wait_for(lambda: house.zone_of(pump) == "quarantine", 5, "it is held")
    holds, lasted = stop_at_once(ended, start)
    assert holds, lasted
    holds, seen = lose_nothing(kept)
    assert holds, seen
    assert house.read("isoward.log").count("policy-loaded") == loaded
    assert house.events("identity-conflict")
