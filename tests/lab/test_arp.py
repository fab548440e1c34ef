# SPDX-License-Identifier: GPL-3.0-or-later
"""A thief on the pumps' own VLAN answers ARP for a pump's address: the pump's stream must not notice."""

import json
import socket

import pytest

import story
from hospital import PUMP_SERVER, VLANS, Device
from space import becomes, wait_for


@pytest.fixture(scope="module")
def settled(running):
    story.settle(running)
    return running


@pytest.fixture(scope="module")
def thief(settled):
    device = Device("thief", "pumps", "02:77:00:00:00:01", "udhcpc", "", "qx-79", (1, 3, 58))
    settled.join(device)
    settled.wait_zone(device, "quarantine")
    return device


def neighbour(house, address):
    return house.run_in(house.gateway, "ip", "neigh", "show", address).stdout


def lie_by_arp(house, thief, victim, times=20):
    """Tell the gateway, unasked and as an answer, that ${victim}'s address is ${thief}'s MAC."""
    from scapy import all as scapy
    gateway = json.loads(house.run_in(house.gateway, "ip", "-j", "link", "show", "pumps0").stdout)[0]["address"]
    lies = [bytes(scapy.Ether(src=thief.mac, dst=to) / scapy.ARP(op=op, hwsrc=thief.mac, psrc=victim.address,
                                                                  hwdst=gateway, pdst=f"{VLANS['pumps']}.1"))
            for to in (gateway, "ff:ff:ff:ff:ff:ff") for op in (1, 2)]
    sender = house.socket_in(thief.namespace, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sender.bind(("eth0", 0))
    for _ in range(times):
        for lie in lies:
            sender.send(lie)
    sender.close()


def test_arp_lies_move_nothing(settled, thief):
    pump = settled.devices["pump-1"]
    spoofs = sum(entry["count"] for entry in settled.events("spoof"))
    streams = [settled.stream(pump, PUMP_SERVER, 3613, protocol) for protocol in ("tcp", "udp")]
    wait_for(lambda: all(stream.received > 100 for stream in streams), 10, "the streams run")
    lie_by_arp(settled, thief, pump)
    received = [stream.received for stream in streams]
    assert becomes(lambda: all(stream.received > before + 200 for stream, before in zip(streams, received)), 5)
    lost = [stream.finish() for stream in streams]
    assert lost == [0, 0]
    assert pump.mac in neighbour(settled, pump.address) and "PERMANENT" in neighbour(settled, pump.address)
    assert becomes(lambda: sum(entry["count"] for entry in settled.events("spoof")) > spoofs, 5)


def test_entries_come_back_with_the_interface(settled):
    pump = settled.devices["pump-1"]
    settled.ip(settled.gateway, "link set pumps0 down")
    settled.ip(settled.gateway, "link set pumps0 up")
    assert becomes(lambda: "PERMANENT" in neighbour(settled, pump.address), 5), neighbour(settled, pump.address)
    assert becomes(lambda: settled.tcp(pump.namespace, PUMP_SERVER, 3613) == "open", 5)
