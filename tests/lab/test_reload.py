# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies replaced under traffic of both IP versions: what both allow loses nothing, what both refuse never passes.

Four policies take turns. Between the first and the second, and the third and the fourth, only rules differ, and the sets of
devices stay; the third and fourth have a zone more in front, so that every zone has another number, and what was a pump's
is a scanner's in the former policy: their maps of zones are laid out anew.
"""

import os
import re
import socket
import threading

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

import hospital as hospital_module
import ip6
import peers
from hospital import INTERNET, PACS, PUMP_SERVER
from space import wait_for

SWAPS = 400 if os.environ.get("ISOWARD_LONG") else 40
PORTS = range(40000, 40032)  # of one kind of refused packets, each a flow of its own


def policies():
    spare = "zones:\n  spare: { networks: [192.0.2.0/24] }\n"
    plain = [ip6.policy6(telemetry=telemetry) for telemetry in (True, False)]
    return plain + [text.replace("zones:\n", spare) for text in reversed(plain)]


class Flood:
    """Frames that no policy lets through, of the pump's own addresses and of another's, and ears where they would arrive."""

    def __init__(self, house, pump, pump6, victim, victim6):
        self.sources = {socket.inet_aton(pump.address), socket.inet_aton(victim.address),
                        socket.inet_pton(socket.AF_INET6, pump6), socket.inet_pton(socket.AF_INET6, victim6)}
        ether = Ether(src=pump.mac, dst=ip6.gateway_mac(house, pump.vlan))
        self.frames = []
        for port in PORTS:
            udp, syn = UDP(sport=port, dport=443) / Raw(b"LEAKED"), TCP(sport=port, dport=104, flags="S")
            for packet in (IP(src=pump.address, dst=INTERNET) / udp, IPv6(src=pump6, dst=ip6.INTERNET6) / udp,
                           IP(src=pump.address, dst=PACS) / syn, IPv6(src=pump6, dst=ip6.PACS6) / syn,
                           IP(src=pump.address, dst=victim.address) / syn, IPv6(src=pump6, dst=victim6) / syn,
                           IP(src=victim.address, dst=INTERNET) / udp, IPv6(src=victim6, dst=ip6.INTERNET6) / udp):
                self.frames.append(bytes(ether / packet))
        self.ears = [self.ear(house, space, protocol) for space in (house.internet, house.pacs, victim.namespace)
                     for protocol in (0x0800, 0x86dd)]
        self.sender = house.socket_in(pump.namespace, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.sender.bind(("eth0", 0))
        self.sent = self.leaked = 0
        self.going = threading.Event()
        self.thread = threading.Thread(target=self._send, daemon=True)
        self.thread.start()

    @staticmethod
    def ear(house, space, protocol):
        ear = house.socket_in(space, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(protocol))
        ear.bind(("eth0", protocol))
        ear.setblocking(False)
        return ear

    def _send(self):
        while not self.going.wait(0.0005):
            try:
                self.sender.send(self.frames[self.sent % len(self.frames)])
                self.sent += 1
            except OSError:
                pass

    def listen(self):
        """Count what has arrived of TCP and UDP from a source of ours."""
        for ear in self.ears:
            while True:
                try:
                    packet, (_, protocol, kind, *_) = ear.recvfrom(2048)
                except BlockingIOError:
                    break
                source, carried = (packet[12:16], packet[9]) if protocol == 0x0800 else (packet[8:24], packet[6])
                outgoing = kind == socket.PACKET_OUTGOING
                self.leaked += not outgoing and source in self.sources and carried in (socket.IPPROTO_TCP, socket.IPPROTO_UDP)

    def close(self):
        self.going.set()
        self.thread.join(2)
        self.sender.close()
        self.listen()
        for ear in self.ears:
            ear.close()


@pytest.fixture(scope="module")
def house(isoward):
    house = hospital_module.Hospital()
    try:
        ip6.add(house.build())
        ip6.open_wards(house, policies()[-1])
        yield house
    finally:
        print(f"\n--- isoward's log\n{house.read('isoward.log')[-3000:]}")
        house.close()


def address6(house, name):
    device = house.devices[name]
    address = ip6.autoconfigure(house, device)[-1]
    wait_for(lambda: ip6.guarded(house, device, address), 5, lambda: f"{address} is bound")
    return address


def zone_map(house):
    """What the map of zones is called in the kernel now."""
    return re.search(r"map (zone4\S*) ", house.table()).group(1)


def swap(house, number):
    texts = policies()
    loaded = house.read("isoward.log").count("policy-loaded")
    house.reload(texts[number % len(texts)])
    wait_for(lambda: house.read("isoward.log").count("policy-loaded") > loaded, 5, "the policy is loaded")


@pytest.fixture(scope="module")
def swapped(house):
    """The streams and the flood after all swaps, and how many left the map of zones as it was."""
    one, two, victim = (house.devices[name] for name in ("pump-1", "pump-2", "pc-1"))
    one6, two6, victim6 = (address6(house, name) for name in ("pump-1", "pump-2", "pc-1"))
    streams = [peers.Stream(house, one.namespace, server, 3613, protocol, source=source)
               for server, source in ((PUMP_SERVER, one.address), (ip6.PUMP_SERVER6, one6)) for protocol in ("tcp", "udp")]
    wait_for(lambda: all(stream.received > 100 for stream in streams), 10, "the streams run")
    flood = Flood(house, two, two6, victim, victim6)
    kept = 0
    try:
        before = zone_map(house)
        for number in range(SWAPS):
            swap(house, number)
            flood.listen()
            after = zone_map(house)
            kept += before == after
            before = after
    finally:
        flood.close()
    retransmitted = [stream.retransmitted() for stream in streams]
    lost = [stream.finish() for stream in streams]
    print(f"{SWAPS} swaps: {sum(lost)} of {sum(stream.sent for stream in streams)} lost, {flood.leaked} of {flood.sent} leaked")
    return streams, lost, retransmitted, flood, kept


def test_nothing_allowed_is_lost(swapped):
    streams, lost, retransmitted, _, _ = swapped
    assert not any(lost) and not any(retransmitted), (lost, retransmitted)
    assert not any(stream.error for stream in streams)
    assert min(stream.sent for stream in streams) > SWAPS


def test_nothing_refused_leaks(swapped):
    _, _, _, flood, _ = swapped
    assert flood.sent > SWAPS * 8 and flood.leaked == 0, (flood.sent, flood.leaked)


def test_sets_of_devices_stay_where_they_can(swapped):
    _, _, _, _, kept = swapped
    assert kept == SWAPS // 2


def test_the_flood_would_be_heard(house, swapped):
    """Where a policy lets it through: else that none leaked says nothing."""
    two, victim = house.devices["pump-2"], house.devices["pc-1"]
    two6, victim6 = ip6.addresses(house, two)[-1], ip6.addresses(house, victim)[-1]
    house.reload(ip6.policy6(extra="  - { from: pumps, to: any, allow: any, why: a test }\n"))
    wait_for(lambda: house.tcp(two.namespace, INTERNET, 443) == "open", 5, "the policy is loaded")
    flood = Flood(house, two, two6, victim, victim6)
    try:
        wait_for(lambda: flood.listen() or flood.leaked > 100, 5, "the ears hear")
    finally:
        flood.close()
