# SPDX-License-Identifier: GPL-3.0-or-later
"""ip6: IPv6 for the hospital: prefixes on its VLANs, servers behind the core, advertisements and leases by dnsmasq.

Prefixes are advertised off-link, as README's Deploy asks for it: neighbours speak by the gateway.
"""

import json
import socket

from hospital import VLANS, policy_text, staff
from space import wait_for

PREFIXES = {"pumps": "fd00:20::", "imaging": "fd00:30::", "pcs": "fd00:40::"}
PUMP_SERVER6, INFRA6, INTERNET6, PACS6 = "fd00:8::10", "fd00:1::53", "2001:db8::10", "fd00:9::10"
SERVERS6 = {"pacs": PACS6, "pumpsrv": PUMP_SERVER6, "infra": INFRA6, "internet": INTERNET6}
PUMP_PORTS6 = (23, 80)


def policy6(**options):
    """The policy of the house with its servers by both addresses."""
    text = policy_text(**options)
    for before, after in (("[10.9.0.0/24]", '[10.9.0.0/24, "fd00:9::/64"]'), ("[10.8.0.10]", '[10.8.0.10, "fd00:8::10"]'),
                          ("[10.1.0.53]", '[10.1.0.53, "fd00:1::53"]')):
        assert before in text
        text = text.replace(before, after)
    return text


def add(house):
    """Give the house IPv6, before its devices join."""
    for space in (house.gateway, house.core):
        house.sysctl(space, "ipv6/conf/all/forwarding", 1)
    house.ip(house.gateway, "addr add fd00:ffff::1/64 dev wan0 nodad", "route add default via fd00:ffff::2",
             *(f"addr add {prefix}1/64 dev {vlan}0 nodad" for vlan, prefix in PREFIXES.items()))
    house.ip(house.core, "addr add fd00:ffff::2/64 dev down0 nodad",
             *(f"route add {prefix}/64 via fd00:ffff::1" for prefix in PREFIXES.values()))
    for name, address in SERVERS6.items():
        net = address.rsplit("::", 1)[0]
        house.ip(getattr(house, name), f"addr add {address}/64 dev eth0 nodad", f"route add default via {net}::1")
        house.ip(house.core, f"addr add {net}::1/64 dev {name}0 nodad")
    for port in (3613, 7000):
        house.echo.listen_tcp(house, house.pumpsrv, port, address=PUMP_SERVER6)
    house.echo.listen_udp(house, house.pumpsrv, 3613, address=PUMP_SERVER6)
    house.echo.listen_tcp(house, house.internet, 80, address=INTERNET6)
    return house


def advertise(house, modes="slaac,off-link", log="ra.log"):
    """Have the gateway advertise its prefixes and lease addresses of them."""
    ranges = [f"--dhcp-range={prefix}100,{prefix}1ff,{modes},64,1h" for prefix in PREFIXES.values()]
    process = house.start_in(
        house.gateway, "dnsmasq", "-k", "-C", "/dev/null", "-u", "root", "-x", "", "--port=0", "--no-ping", "--no-hosts",
        "--enable-ra", "--ra-param=*,10,1800", "--dhcp-authoritative", "--bind-dynamic", "--log-dhcp", "--log-facility=-",
        f"--dhcp-leasefile={house.path('leases6')}", *(f"--interface={vlan}0" for vlan in VLANS), *ranges, log=log)
    wait_for(lambda: "router advertisement" in house.read(log), 5, lambda: f"dnsmasq advertises: {house.read(log)}")
    return process


def open_wards(house, policy):
    """Start the gateway with ${policy}, for both protocols, and let two pumps and a PC join, until each is in its zone."""
    house.start_isoward(policy)
    advertise(house)
    zones = {"pump-1": "pumps", "pump-2": "pumps", "pc-1": "pcs"}
    for device in staff():
        if device.name in zones:
            house.join(device)
    for name, zone in zones.items():
        house.wait_zone(house.devices[name], zone)


def addresses(house, device, scope="global"):
    """The device's own IPv6 addresses that it may use, newest last."""
    told = house.run_in(device.namespace, "ip", "-6", "-j", "addr", "show", "dev", "eth0", "scope", scope).stdout
    found = [one for link in json.loads(told or "[]") for one in link.get("addr_info", [])]
    return [one["local"] for one in found if one.get("local") and not one.get("tentative")]


def autoconfigure(house, device, privacy=False):
    """Have the device take an address by advertisement; returns its addresses."""
    house.sysctl(device.namespace, "ipv6/conf/eth0/use_tempaddr", 2 if privacy else 0)
    house.sysctl(device.namespace, "ipv6/conf/eth0/accept_ra", 2)
    for off in (1, 0):  # begins anew, and IPv4 loses nothing
        house.sysctl(device.namespace, "ipv6/conf/eth0/disable_ipv6", off)
    wanted = 2 if privacy else 1
    wait_for(lambda: len(addresses(house, device)) >= wanted, 15, lambda: f"{device.name} has {wanted} addresses")
    return addresses(house, device)


def guarded(house, device, address, vlan=None):
    wanted = {f'"{(vlan or device.vlan)}0"', device.mac, f'"{address}"'}
    return any(all(part in str(key) for part in wanted) for key, _ in house.elements("guard6"))


def zoned(house, address):
    """The mark of the address in the kernel, None where it is in no zone."""
    return dict(house.elements("zone6")).get(address)


def send_frames(house, device, frames):
    """Put raw frames on the device's wire, whatever its own stack thinks of them."""
    sender = house.socket_in(device.namespace, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sender.bind(("eth0", 0))
    for frame in frames:
        sender.send(bytes(frame))
    sender.close()


def gateway_mac(house, vlan):
    return json.loads(house.run_in(house.gateway, "ip", "-j", "link", "show", f"{vlan}0").stdout)[0]["address"]
