# SPDX-License-Identifier: GPL-3.0-or-later
"""A device that moves keeps its zone and leaves nothing behind; one that copies its MAC elsewhere gains nothing."""

import signal
import socket
import sys

import pytest

import hospital as hospital_module
import ip6
from hospital import PUMP_SERVER, VLANS, Device, staff
from space import becomes, wait_for

MOVER = Device("mover", "imaging", "00:c0:c3:00:00:77", "static", address="10.30.0.77", ports=(80,))


def port_of(house, device):
    return f"p{list(house.devices).index(device.name)}"


def carry(house, device, vlan):
    """Unplug the device and plug it in on another VLAN, as one carries a pump to another ward."""
    port = port_of(house, device)
    house.ip(house.switch, f"link set {port} nomaster", f"link set {port} master br-{vlan}",
             f"link set {port} type bridge_slave isolated on")


@pytest.fixture(scope="module")
def house(isoward):
    house = hospital_module.Hospital()
    try:
        ip6.add(house.build())
        house.start_isoward(ip6.policy6(pins=[(MOVER.mac, "pumps", "mover")]))
        ip6.advertise(house)
        pump = next(device for device in staff() if device.name == "pump-1")
        house.join(pump)
        house.wait_zone(pump, "pumps")
        house.join(MOVER)
        house.tcp(MOVER.namespace, PUMP_SERVER, 3613)
        house.wait_zone(MOVER, "pumps")
        yield house
    finally:
        sys.stdout.write(f"\n--- isoward's log\n{house.read('isoward.log')[-4000:]}\n")
        house.close()


def forged(house, sender, mac, address, times=20):
    """Whether a datagram from ${mac} and ${address}, sent by ${sender}, arrives at the pump server."""
    from scapy import all as scapy
    ear = house.socket_in(house.pumpsrv, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    ear.bind(("eth0", 0))
    ear.settimeout(0.5)
    packet = scapy.IP(src=address, dst=PUMP_SERVER) / scapy.UDP(sport=5151, dport=3613) / b"left behind"
    ip6.send_frames(house, sender, [scapy.Ether(src=mac, dst=ip6.gateway_mac(house, sender.vlan)) / packet] * times)
    try:
        while True:
            if b"left behind" in ear.recv(65536):
                return True
    except TimeoutError:
        return False
    finally:
        ear.close()


def moved(house, device):
    return [event for event in house.events("device-moved") if event["mac"] == device.mac]


def test_a_static_device_moves(house):
    """By ARP alone: it keeps its zone, and its old address is dead where it was."""
    assert house.tcp(MOVER.namespace, PUMP_SERVER, 3613) == "open"
    old = MOVER.address
    thief = Device("thief", "imaging", "02:77:00:00:00:01", "static", address="10.30.0.201")
    house.join(thief)
    carry(house, MOVER, "pcs")
    MOVER.vlan, MOVER.address = "pcs", "10.40.0.201"
    house.ip(MOVER.namespace, "addr flush dev eth0 scope global")
    house.join(MOVER)
    assert becomes(lambda: house.tcp(MOVER.namespace, PUMP_SERVER, 3613, seconds=0.3) == "open", 6), house.events("spoof")
    house.wait_zone(MOVER, "pumps")
    assert len(moved(house, MOVER)) == 1
    assert not any(MOVER.mac in str(key) and "imaging0" in str(key)
                   for name in ("guard4", "guard6") for key, _ in house.elements(name))
    assert old not in house.zone_elements()
    assert not forged(house, thief, MOVER.mac, old), "probe: nothing passes where it was"
    assert MOVER.mac not in house.run_in(house.gateway, "ip", "neigh", "show", "dev", "imaging0").stdout
    assert not [event for event in house.events("spoof") if event["mac"] == MOVER.mac and "alive" in event["text"]]


def test_an_ipv6_device_moves(house):
    """By its own autoconfigured addresses alone, back to where it came from."""
    house.ip(MOVER.namespace, "addr flush dev eth0 scope global")
    there = ip6.autoconfigure(house, MOVER)[-1]
    assert there.startswith("fd00:40:") and becomes(lambda: ip6.guarded(house, MOVER, there), 5)
    carry(house, MOVER, "imaging")
    MOVER.vlan = "imaging"
    here = ip6.autoconfigure(house, MOVER)[-1]
    assert here.startswith("fd00:30:")
    assert becomes(lambda: house.tcp(MOVER.namespace, ip6.PUMP_SERVER6, 3613, source=here, seconds=0.3) == "open", 8)
    assert not ip6.guarded(house, MOVER, there, "pcs") and ip6.zoned(house, there) is None
    assert len(moved(house, MOVER)) == 2
    assert house.zone_of(MOVER) == "pumps"


def test_a_copy_of_a_living_one_gains_nothing(house):
    """The pump is alive: whoever copies its MAC elsewhere is refused, told, and the pump notices nothing."""
    pump = house.devices["pump-1"]
    copy = Device("copy", "pcs", pump.mac, "static", address="10.40.0.202")
    streams = [house.stream(pump, PUMP_SERVER, 3613, protocol) for protocol in ("tcp", "udp")]
    wait_for(lambda: all(stream.received > 100 for stream in streams), 10, "the streams run")
    house.join(copy)
    address6 = "fd00:40::bad"
    house.ip(copy.namespace, f"addr add {address6}/64 dev eth0")
    for _ in range(12):
        assert house.tcp(copy.namespace, PUMP_SERVER, 3613, seconds=0.3) != "open"
        assert house.tcp(copy.namespace, ip6.PUMP_SERVER6, 3613, seconds=0.1) != "open"
    assert becomes(lambda: [event for event in house.events("spoof")
                            if event["mac"] == pump.mac and "is alive on pumps0" in event["text"]], 8), house.events("spoof")
    assert not moved(house, pump)
    assert not any("pcs0" in str(key) and pump.mac in str(key)
                   for name in ("guard4", "guard6") for key, _ in house.elements(name))
    assert [stream.finish() for stream in streams] == [0, 0]
    neighbour = house.run_in(house.gateway, "ip", "neigh", "show", pump.address).stdout
    assert pump.mac in neighbour and "PERMANENT" in neighbour, neighbour


def test_another_lease_ends_the_old_one(house):
    pump = house.devices["pump-1"]
    old = pump.address
    pump.process.send_signal(signal.SIGUSR2)  # udhcpc gives its lease back
    wait_for(lambda: f"DHCPRELEASE(pumps0) {old}" in house.read("dhcp.log"), 5, "the lease is given back")
    house.leave(pump)
    house.ip(pump.namespace, "addr flush dev eth0 scope global")
    wanted = f"{VLANS['pumps']}.88"
    house.join(pump, request=wanted)
    assert pump.address == wanted
    house.wait_zone(pump, "pumps")
    assert not house.guarded(pump, old) and old not in house.zone_elements()
    assert not forged(house, pump, pump.mac, old, times=1)
    assert house.tcp(pump.namespace, PUMP_SERVER, 3613) == "open"
