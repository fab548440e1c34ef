# SPDX-License-Identifier: GPL-3.0-or-later
"""Who sends from what is not its own is dropped, counted and reported once; no shape of a packet hides what it is."""

import contextlib
import random
import re
import select
import socket
import sys
import time

import pytest

import hospital as hospital_module
import ip6
from hospital import PACS, PUMP_SERVER, staff
from space import becomes, wait_for

ALLOWED, REFUSED = 3613, 7000
BETWEEN_PCS = "  - { from: pcs, to: pcs, allow: [web], why: a flow inside one VLAN }\n"


@pytest.fixture(scope="module")
def house(isoward):
    house = hospital_module.Hospital()
    try:
        ip6.add(house.build())
        house.echo.listen_tcp(house, house.pumpsrv, REFUSED)
        house.start_isoward(ip6.policy6(extra=BETWEEN_PCS))
        ip6.advertise(house)
        for device in staff():
            if device.name in ("pump-1", "pump-2", "pc-1", "pc-2"):
                house.join(device)
        for name, zone in (("pump-1", "pumps"), ("pump-2", "pumps"), ("pc-1", "pcs"), ("pc-2", "pcs")):
            house.wait_zone(house.devices[name], zone)
            device = house.devices[name]
            device.address6 = ip6.autoconfigure(house, device)[-1]
            wait_for(lambda d=device: ip6.guarded(house, d, d.address6), 5, "its IPv6 address is bound")
        yield house
    finally:
        sys.stdout.write(f"\n--- isoward's log\n{house.read('isoward.log')[-3000:]}\n")
        house.close()


@pytest.fixture(scope="module")
def scapy():
    from scapy import all as found
    found.conf.verb = 0
    return found


@contextlib.contextmanager
def heard(house, namespace):
    """The frames that arrive at eth0 in ${namespace}, as a function that tells them so far."""
    ear = house.socket_in(namespace, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    ear.bind(("eth0", 0))
    frames = []

    def read(seconds):
        until = time.monotonic() + seconds
        while select.select([ear], [], [], max(0, until - time.monotonic()))[0]:
            frame, (_, _, kind, *_) = ear.recvfrom(65536)
            if kind != socket.PACKET_OUTGOING:
                frames.append(frame)
        return frames
    try:
        yield read
    finally:
        ear.close()


def counted(house, comment):
    """Packets that the rules of this comment have counted."""
    text = house.run_in(house.gateway, "nft", "list", "table", "inet", "isoward").stdout
    return sum(int(packets) for packets in re.findall(rf'counter packets (\d+) bytes \d+ drop comment "{comment}"', text))


def frame(house, scapy, device, packet, mac=None, vlan=None):
    return scapy.Ether(src=mac or device.mac, dst=ip6.gateway_mac(house, vlan or device.vlan)) / packet


def fragments6(scapy, packet, cut=1240, overlap=0):
    """The packet's payload in two fragments; with ${overlap} the second says other bytes for the end of the first."""
    whole = bytes(packet.payload)
    number = random.getrandbits(32)
    header = scapy.IPv6(src=packet.src, dst=packet.dst)

    def piece(offset, data, more):
        return header / scapy.IPv6ExtHdrFragment(nh=6, id=number, offset=offset // 8, m=more) / scapy.Raw(data)
    first, second = whole[:cut], whole[cut - overlap:]
    return [piece(0, first, 1), piece(cut - overlap, second, 0)]


def shapes(scapy, device, port, sport):
    """A SYN in every dress: name → the packets it is sent as."""
    syn6 = scapy.IPv6(src=device.address6, dst=ip6.PUMP_SERVER6) / scapy.TCP(sport=sport, dport=port, flags="S")
    syn6, long6 = (scapy.IPv6(bytes(packet)) for packet in (syn6, syn6 / scapy.Raw(b"x" * 2000)))  # with checksums
    tcp = syn6.payload
    base = scapy.IPv6(src=device.address6, dst=ip6.PUMP_SERVER6)
    padding = scapy.PadN(optdata=b"\0" * 4)
    syn4 = scapy.IP(src=device.address, dst=PUMP_SERVER, id=sport) / scapy.TCP(sport=sport, dport=port, flags="S")
    syn4 = scapy.IP(bytes(syn4))
    return {
        "plain": [syn6],
        "in fragments": fragments6(scapy, long6),
        "in fragments, last first": fragments6(scapy, long6)[::-1],
        "in fragments that overlap": fragments6(scapy, long6, overlap=8),
        "in tiny fragments": fragments6(scapy, syn6, cut=8),
        "an atomic fragment": [base / scapy.IPv6ExtHdrFragment(nh=6, id=sport, offset=0, m=0) / tcp],
        "hop-by-hop options before": [base / scapy.IPv6ExtHdrHopByHop(options=[padding]) / tcp],
        "destination options before": [base / scapy.IPv6ExtHdrDestOpt(options=[padding]) / tcp],
        "both, and a fragment": [base / scapy.IPv6ExtHdrHopByHop(options=[padding]) /
                                 scapy.IPv6ExtHdrFragment(nh=60, id=sport, offset=0, m=0) /
                                 scapy.IPv6ExtHdrDestOpt(options=[padding], nh=6) / tcp],
        "IPv4, plain": [syn4],
        "IPv4, in fragments": scapy.fragment(syn4, fragsize=8),
    }


def arriving(house, scapy, device, port):
    """Which of the shapes reach the pump server."""
    sent = {}
    with heard(house, house.pumpsrv) as frames:
        for number, name in enumerate(shapes(scapy, device, port, 1)):
            sport = 20000 + port % 1000 * 20 + number
            sent[sport] = name
            ip6.send_frames(house, device, [frame(house, scapy, device, packet)
                                            for packet in shapes(scapy, device, port, sport)[name]])
        arrived = set()
        for got in frames(1.5):
            found = [sport for sport in sent if sport.to_bytes(2, "big") + port.to_bytes(2, "big") in got]
            arrived.update(sent[sport] for sport in found)
    return arrived


def test_no_shape_gets_through_where_the_plain_one_does_not(house, scapy):
    assert arriving(house, scapy, house.devices["pump-1"], REFUSED) == set()


def test_every_whole_shape_gets_through_where_the_plain_one_does(house, scapy):
    """Linux takes no overlapping fragments (RFC 5722), and none but the last of fewer than 1280 bytes (RFC 8200)."""
    wanted = set(shapes(scapy, house.devices["pump-1"], 1, 1)) - {"in fragments that overlap", "in tiny fragments"}
    assert arriving(house, scapy, house.devices["pump-1"], ALLOWED) == wanted


def test_a_route_of_ones_own_choice_is_dropped(house, scapy):
    pump = house.devices["pump-1"]
    comment = "what only a router or a server sends"
    before = counted(house, comment)
    syn = scapy.TCP(sport=4242, dport=ALLOWED, flags="S")
    packets = [scapy.IPv6(src=pump.address6, dst=ip6.PUMP_SERVER6) / header / syn for header in (
        scapy.IPv6ExtHdrRouting(addresses=[house.devices["pump-2"].address6], segleft=1, type=0),
        scapy.IPv6ExtHdrRouting(addresses=[house.devices["pump-2"].address6], segleft=0, type=4),
        scapy.IPv6ExtHdrDestOpt(options=[scapy.PadN(optdata=b"\0" * 4)]) /
        scapy.IPv6ExtHdrRouting(addresses=[house.devices["pump-2"].address6], segleft=1, type=2))]
    with heard(house, house.pumpsrv) as frames, heard(house, house.devices["pump-2"].namespace) as others:
        ip6.send_frames(house, pump, [frame(house, scapy, pump, packet) for packet in packets])
        assert becomes(lambda: counted(house, comment) == before + 3, 3), counted(house, comment) - before
        assert not [one for one in frames(0.3) + others(0.1) if (4242).to_bytes(2, "big") in one]
    assert becomes(lambda: house.denied(pump, "rogue"), 5)


def spoofed(house):
    return sum(row["flows"] for row in house.denied(kind="spoof"))


def test_forged_sources_are_dropped_and_reported_once(house, scapy):
    """Another's address, another's MAC, another's interface: by both protocols, sixty packets of each."""
    one, two, pc = (house.devices[name] for name in ("pump-1", "pump-2", "pc-1"))
    cases = [(two, two.mac, one.address, one.address6), (two, one.mac, two.address, two.address6),
             (pc, one.mac, one.address, one.address6), (pc, pc.mac, one.address, one.address6)]
    for sender, mac, address, address6 in cases:
        before = counted(house, "source not bound to this interface and MAC")
        frames = [frame(house, scapy, sender, packet, mac) for packet in (
            scapy.IP(src=address, dst=PUMP_SERVER) / scapy.UDP(sport=5151, dport=3613) / b"forged",
            scapy.IPv6(src=address6, dst=ip6.PUMP_SERVER6) / scapy.UDP(sport=5151, dport=3613) / b"forged")]
        with heard(house, house.pumpsrv) as heard_frames:
            ip6.send_frames(house, sender, frames * 60)
            assert becomes(lambda b=before: counted(house, "source not bound to this interface and MAC") >= b + 120, 5)
            assert not [one_frame for one_frame in heard_frames(0.3) if b"forged" in one_frame]
    assert becomes(lambda: len(house.denied(kind="spoof")) >= 8, 5), house.denied(kind="spoof")
    assert spoofed(house) <= 2 * 8, "once for each source, not for each packet"
    assert house.tcp(one.namespace, PUMP_SERVER, ALLOWED) == "open"
    assert house.tcp(one.namespace, ip6.PUMP_SERVER6, ALLOWED, source=one.address6) == "open"


def test_a_pinned_address_is_its_devices_before_it_speaks(house, scapy):
    """A server with static addresses: bound as the policy is loaded; a neighbour that takes one meanwhile gets nothing."""
    server = next(device for device in staff() if device.name == "static")
    thief = hospital_module.Device("thief", "imaging", "02:77:00:00:00:05", "static", address=server.address)
    pin = f'  - {{ mac: "{server.mac}", zone: imaging, addresses: [{server.address}, "fd00:30::200"] }}\n'
    house.join(thief)
    house.tcp(thief.namespace, PACS, 11112)
    assert becomes(lambda: house.guarded(thief), 5), "first come"
    house.reload(ip6.policy6(extra=BETWEEN_PCS) + "devices:\n" + pin)
    assert becomes(lambda: house.guarded(server) and ip6.guarded(house, server, "fd00:30::200"), 5)
    assert not house.guarded(thief), "the operator's word counts before who came first"
    assert house.tcp(thief.namespace, PACS, 11112) == "silent"
    assert becomes(lambda: [event for event in house.events("spoof") if "pinned to" in event["text"]], 5)
    house.unplug(thief)
    house.join(server)
    assert house.tcp(server.namespace, PACS, 11112) == "open"


def test_a_router_among_devices_reaches_nobody(house, scapy):
    """Advertisements from a PC, plain and hidden: no route at the gateway, none at its neighbour, and it is told."""
    rogue, neighbour = house.devices["pc-2"], house.devices["pc-1"]
    link = ip6.addresses(house, rogue, "link")[0]
    routes = house.run_in(house.gateway, "ip", "-6", "route", "show", "default").stdout
    before = house.run_in(neighbour.namespace, "ip", "-6", "route", "show", "default").stdout
    advertisement = (scapy.ICMPv6ND_RA(routerlifetime=9000, prf=1) /
                     scapy.ICMPv6NDOptPrefixInfo(prefix="fd00:bad::", prefixlen=64) /
                     scapy.ICMPv6NDOptSrcLLAddr(lladdr=rogue.mac))
    base = scapy.IPv6(src=link, dst="ff02::1", hlim=255)
    plain = scapy.IPv6(bytes(base / advertisement))
    whole = bytes(plain.payload)
    hidden = scapy.IPv6(bytes(base / scapy.IPv6ExtHdrHopByHop(options=[scapy.PadN(optdata=b"\0" * 4)]) / advertisement))
    pieces = [base / scapy.IPv6ExtHdrFragment(nh=58, id=77, offset=at // 8, m=int(at + 24 < len(whole))) /
              scapy.Raw(whole[at:at + 24]) for at in range(0, len(whole), 24)]
    redirect = base / scapy.ICMPv6ND_Redirect(tgt=link, dst=ip6.INTERNET6)
    counts = counted(house, "what only a router or a server sends")
    for packets in ([plain], [hidden], pieces, [redirect]):
        ip6.send_frames(house, rogue, [scapy.Ether(src=rogue.mac, dst="33:33:00:00:00:01") / packet for packet in packets])
    assert becomes(lambda: counted(house, "what only a router or a server sends") == counts + 4, 3)
    assert becomes(lambda: house.denied(rogue, "rogue") and house.events("rogue-router"), 5)
    assert house.run_in(house.gateway, "ip", "-6", "route", "show", "default").stdout == routes
    after = house.run_in(neighbour.namespace, "ip", "-6", "route", "show", "default").stdout
    assert re.sub(r"expires \d+sec", "", after) == re.sub(r"expires \d+sec", "", before)
    assert not [one for one in ip6.addresses(house, neighbour) if one.startswith("fd00:bad")]


def test_a_dhcp6_server_among_devices_reaches_nobody(house, scapy):
    rogue = house.devices["pc-2"]
    link = ip6.addresses(house, rogue, "link")[0]
    counts = counted(house, "what only a router or a server sends")
    reply = (scapy.IPv6(src=link, dst="fe80::1") / scapy.UDP(sport=547, dport=546) / scapy.DHCP6_Reply(trid=1))
    ip6.send_frames(house, rogue, [frame(house, scapy, rogue, reply)])
    assert becomes(lambda: counted(house, "what only a router or a server sends") == counts + 1, 3)
    assert becomes(lambda: house.events("rogue-dhcp"), 5)


def test_neighbours_in_pieces_are_not_heard(house, scapy):
    """RFC 6980: a solicitation in fragments is not answered; the plain one is."""
    pump = house.devices["pump-1"]
    link = ip6.addresses(house, pump, "link")[0]
    base = scapy.IPv6(src=link, dst=f"{ip6.PREFIXES['pumps']}1", hlim=255)
    question = scapy.ICMPv6ND_NS(tgt=f"{ip6.PREFIXES['pumps']}1") / scapy.ICMPv6NDOptSrcLLAddr(lladdr=pump.mac)
    plain = scapy.IPv6(bytes(base / question))
    whole = bytes(plain.payload)
    pieces = [base / scapy.IPv6ExtHdrFragment(nh=58, id=78, offset=at // 8, m=int(at + 16 < len(whole))) /
              scapy.Raw(whole[at:at + 16]) for at in range(0, len(whole), 16)]

    def answered(packets):
        with heard(house, pump.namespace) as frames:
            ip6.send_frames(house, pump, [frame(house, scapy, pump, packet) for packet in packets])
            return any(got[54] == 136 for got in frames(0.5) if got[12:14] == b"\x86\xdd" and len(got) > 54)
    assert answered([plain])
    assert not answered(pieces)


def test_the_gateway_sends_nobody_past_itself(house):
    """A flow inside one VLAN that policy allows goes by the gateway, and the gateway does not say there is a shorter way."""
    one, two = house.devices["pc-1"], house.devices["pc-2"]
    house.echo.listen_tcp(house, two.namespace, 80, address=two.address6)
    with heard(house, one.namespace) as frames:
        assert house.tcp(one.namespace, two.address6, 80, source=one.address6) == "open"
        assert not [got for got in frames(0.5) if got[12:14] == b"\x86\xdd" and got[20] == 58 and got[54] == 137]
    assert counted(house, "redirects past the gateway") > 0, "there was one to be held back"
