# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv6 as IPv4: a device is known by its address whatever way it came by it, and gains nothing by the other protocol."""

import sys

import pytest

import hospital as hospital_module
import ip6
from hospital import staff
from space import becomes, wait_for


@pytest.fixture(scope="module")
def house(isoward):
    house = hospital_module.Hospital()
    try:
        ip6.add(house.build())
        house.start_isoward(ip6.policy6())
        house.router = ip6.advertise(house)
        for device in staff():
            if device.name in ("pump-1", "pump-2", "pc-1"):
                house.join(device)
        house.wait_zone(house.devices["pump-1"], "pumps")
        house.wait_zone(house.devices["pump-2"], "pumps")
        yield house
    finally:
        sys.stdout.write(f"\n--- isoward's log\n{house.read('isoward.log')[-3000:]}\n{house.read('ra.log')[-3000:]}\n")
        house.close()


@pytest.fixture(scope="module")
def pumps(house):
    """Both pumps with an address of their own by advertisement: (device, address)."""
    found = []
    for name in ("pump-1", "pump-2"):
        device = house.devices[name]
        address = ip6.autoconfigure(house, device)[-1]
        wait_for(lambda d=device, a=address: ip6.guarded(house, d, a), 5, lambda a=address: f"{a} is bound")
        for port in ip6.PUMP_PORTS6:
            house.echo.listen_tcp(house, device.namespace, port, address=address)
        found.append((device, address))
    return found


def test_an_autoconfigured_address_is_its_pumps(house, pumps):
    pump, address = pumps[0]
    assert ip6.zoned(house, address) == house.zone_elements()[pump.address], "one zone for both addresses"
    link = ip6.addresses(house, pump, "link")[0]
    assert ip6.guarded(house, pump, link) and ip6.zoned(house, link) is None
    neighbour = house.run_in(house.gateway, "ip", "-6", "neigh", "show", address).stdout
    assert pump.mac in neighbour and "PERMANENT" in neighbour


def test_a_pump_reaches_its_server_and_nothing_else(house, pumps):
    pump, address = pumps[0]
    assert house.tcp(pump.namespace, ip6.PUMP_SERVER6, 3613, source=address) == "open"
    assert house.tcp(pump.namespace, ip6.PUMP_SERVER6, 7000, source=address) in ("reset", "unreachable")
    assert house.tcp(pump.namespace, ip6.INTERNET6, 80, source=address) in ("reset", "unreachable")


def test_a_pump_does_not_reach_the_other(house, pumps):
    (one, _), (other, address) = pumps
    assert house.tcp(other.namespace, address, 80) == "open", "the planted server answers"
    for port in ip6.PUMP_PORTS6:
        assert house.tcp(one.namespace, address, port) in ("reset", "unreachable")
    assert becomes(lambda: house.denied(one, "lateral-movement"), 5), house.denied(one)


def test_the_first_packet_of_a_new_address_passes(house, pumps):
    """Detecting duplicates is what binds it: when the device may use the address, the kernel knows it."""
    pump, _ = pumps[0]
    for number in range(5):
        new = f"fd00:20::a:{number + 1}"
        house.ip(pump.namespace, f"addr add {new}/128 dev eth0")
        wait_for(lambda a=new: a in ip6.addresses(house, pump), 5, lambda a=new: f"{a} can be used")
        assert ip6.guarded(house, pump, new)
        assert house.tcp(pump.namespace, ip6.PUMP_SERVER6, 3613, source=new, seconds=0.5) == "open"
        house.ip(pump.namespace, f"addr del {new}/128 dev eth0")


def test_privacy_addresses_are_followed(house, pumps):
    """A day of a PC with an address each hour, in a minute: the newest is always bound, its lease and its link stay."""
    pc = house.devices["pc-1"]
    found = ip6.autoconfigure(house, pc, privacy=True)
    assert all(becomes(lambda a=a: ip6.guarded(house, pc, a), 5) for a in found), found
    source = house.run_in(pc.namespace, "ip", "-6", "route", "get", ip6.INTERNET6).stdout.split(" src ")[1].split()[0]
    assert source in found
    assert house.tcp(pc.namespace, ip6.INTERNET6, 80) == "open"
    assert house.tcp(pc.namespace, "203.0.113.10", 80) == "open"


def test_a_lease_by_dhcp6(house, pumps):
    pump, _ = pumps[0]
    script = house.write("lease6.hook", f"""#!/bin/sh
case "$reason" in
BOUND6|RENEW6|REBIND6)
	ip -6 addr add "$new_ip6_address/128" dev eth0
	printf '%s' "$new_ip6_address" > {house.path('lease6')} ;;
esac
exit 0
""", 0o755)
    client = house.start_in(pump.namespace, "dhclient", "-6", "-d", "-sf", script, "-lf", house.path("lease6.db"), "-pf",
                            house.path("lease6.pid"), "-cf", "/dev/null", "eth0", log="lease6.log")
    address = wait_for(lambda: house.read("lease6"), 15, lambda: f"a lease: {house.read('lease6.log')}")
    assert address.startswith("fd00:20::1")
    row = wait_for(lambda: house.query("SELECT * FROM binding WHERE address = ?", address), 5, "the lease is stored")[0]
    assert (row["mac"], row["source"], row["interface"]) == (pump.mac, "dhcp", "pumps0")
    wait_for(lambda: address in ip6.addresses(house, pump), 5, "the address can be used")
    assert house.tcp(pump.namespace, ip6.PUMP_SERVER6, 3613, source=address) == "open"
    house.stop(client)


def test_switching_to_ipv6_gains_nothing(house, pumps):
    """A device of no zone that speaks IPv6 only stays in quarantine."""
    thief = hospital_module.Device("six", "pumps", "02:66:00:00:00:06", "static", "")
    house.plug(thief)
    address = ip6.autoconfigure(house, thief)[-1]
    assert becomes(lambda: ip6.guarded(house, thief, address), 5)
    assert house.zone_of(thief) == "quarantine"
    for target, port in ((ip6.PUMP_SERVER6, 3613), (ip6.INTERNET6, 80), (pumps[0][1], 80)):
        assert house.tcp(thief.namespace, target, port) in ("reset", "unreachable"), target


def test_the_gateways_address_taken_later_is_the_gateways(house, pumps):
    pump, _ = pumps[0]
    house.ip(pump.namespace, "addr add fd00:20::77/128 dev eth0 nodad")
    assert house.tcp(pump.namespace, ip6.PUMP_SERVER6, 3613, source="fd00:20::77", seconds=3) == "open"
    house.ip(house.gateway, "addr add fd00:20::77/64 dev pumps0 nodad")
    assert becomes(lambda: not ip6.guarded(house, pump, "fd00:20::77"), 5)
    assert house.tcp(pump.namespace, ip6.PUMP_SERVER6, 3613, source="fd00:20::77") == "silent"
    house.ip(pump.namespace, "addr del fd00:20::77/128 dev eth0")
    house.ip(house.gateway, "addr del fd00:20::77/64 dev pumps0")


def coverage(house):
    return {zone["coverage"] for zone in house.api("zones")["zones"] if zone["coverage"] != "network"}


def test_a_prefix_advertised_on_link_is_told(house, pumps):
    """The page says so, and says no more when it is put right; nothing leaks meanwhile."""
    assert becomes(lambda: coverage(house) == {"full"}, 5), coverage(house)
    house.stop(house.router)
    router = ip6.advertise(house, "slaac", "ra-on-link.log")
    assert becomes(lambda: coverage(house) == {"on-link"}, 15), coverage(house)
    assert house.events("prefix-on-link")
    (one, _), (_, address) = pumps
    assert house.tcp(one.namespace, address, 80) != "open"
    house.stop(router)
    house.router = ip6.advertise(house, log="ra-again.log")
    assert becomes(lambda: coverage(house) == {"full"}, 15), coverage(house)


def test_nothing_of_it_is_a_spoof(house, pumps):
    """What honest devices did above raised no alarm but the one that a test planted."""
    assert not [event for event in house.events("spoof") if event["mac"] in (pumps[1][0].mac, house.devices["pc-1"].mac)]


def test_full_scan_of_the_gateway_finds_nothing(house, pumps):
    pump, address = pumps[0]
    gateway = ip6.PREFIXES["pumps"] + "1"
    for port in (22, 8080):
        house.echo.listen_tcp(house, house.gateway, port, address=gateway)
    done = house.run_in(pump.namespace, "nmap", "-6", "-n", "-Pn", "-sS", "-T5", "--max-retries", "1", "-p", "1-65535", "-S", address,
                        "-e", "eth0", "--host-timeout", "120s", "-oG", "-", gateway, timeout=150)
    assert "Host:" in done.stdout and "/open/" not in done.stdout, done.stdout + done.stderr
    assert house.tcp(house.gateway, gateway, 22) == "open", "the planted server answers"
