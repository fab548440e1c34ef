# SPDX-License-Identifier: GPL-3.0-or-later
"""story: what must hold in the hospital, row by row, each with real packets.

A row is a function of the hospital that returns (holds, what was seen). tests/demo prints them as a table, the lab
tests run them one by one; each leaves the hospital as it found it.
"""

import os
import signal
import socket
import time

from hospital import (INFRA, INTERNET, PACS, PUMP_PORTS, PUMP_SERVER, VLANS, Device, policy_text,
                      staff)
from space import LabError, at_rest, becomes, entered, wait_for

ROWS = []
EXPECTED = {"pump-1": "pumps", "pump-2": "pumps", "ct-1": "imaging", "ct-2": "imaging", "pc-1": "pcs", "pc-2": "pcs",
            "unknown": "quarantine"}
FOREIGN = """table inet others {
	set allowed { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.7 } }
	chain forward { type filter hook forward priority 10; policy accept; counter comment "ours, not Isoward's"; }
	chain input { type filter hook input priority 10; policy accept; ip saddr @allowed tcp dport 22 accept; }
}
table ip nat-of-others { chain post { type nat hook postrouting priority 100; policy accept; }; }
"""


class Row:
    def __init__(self, function, route, what, must):
        self.function, self.route, self.what, self.must = function, route, what, must
        self.name = function.__name__

    def __call__(self, hospital):
        """Return (holds, seen); a probe that cannot be made is a row that does not hold."""
        try:
            return self.function(hospital)
        except LabError as error:
            return False, " ".join(str(error).split())[-300:]


def row(route, what, must):
    def add(function):
        ROWS.append(Row(function, route, what, must))
        return function
    return add


def open_hospital(hospital, port=0):
    """Bring the hospital to where the story begins: Isoward enforces, every device has joined and is in its zone."""
    hospital.build()
    hospital.run_in(hospital.gateway, "nft", "-f", "-", check=True, input=FOREIGN)
    hospital.foreign_before = foreign(hospital)
    hospital.start_isoward(policy_text(), port=port)
    for device in staff():
        if device.client == "static":
            hospital.plug(device)
        else:
            hospital.join(device)
    return hospital


def settle(hospital):
    """Wait until each device that must be known is in its zone."""
    for name, zone in EXPECTED.items():
        hospital.wait_zone(hospital.devices[name], zone, 10)


def foreign(hospital):
    """What nft tells of the other program's tables, without what their counters count."""
    texts = [hospital.run_in(hospital.gateway, "nft", "-s", "list", "table", *name.split(), check=True).stdout
             for name in ("inet others", "ip nat-of-others")]
    return "".join(texts)


def device(hospital, name):
    return hospital.devices[name]


def listed(results):
    """'21 reset, 22 reset' as 'reset ×2 (21 22)'."""
    groups = {}
    for what, seen in results:
        groups.setdefault(seen, []).append(str(what))
    return "; ".join(f"{seen}: {' '.join(what)}" for seen, what in groups.items())


@row("pump → pump server", "tcp/3613", "pass")
def pump_to_server(hospital):
    seen = [(name, hospital.tcp(device(hospital, name).namespace, PUMP_SERVER, 3613)) for name in ("pump-1", "pump-2")]
    return all(result == "open" for _, result in seen), listed(seen)


@row("pump → pump, same VLAN", "tcp 21 22 23 80 445 3389, ping, nmap sweep", "fail, seen as lateral movement")
def pump_to_pump(hospital):
    one, two = device(hospital, "pump-1"), device(hospital, "pump-2")
    tries = [(port, hospital.tcp(one.namespace, two.address, port)) for port in PUMP_PORTS]
    ping = hospital.ping(one.namespace, two.address)
    sweep = [f"{VLANS['pumps']}.{number}" for number in range(50, 66)]
    found = hospital.nmap_open(one.namespace, sorted({*sweep, two.address} - {one.address}), PUMP_PORTS)

    def reported():
        rows = hospital.denied(one, "lateral-movement")
        ports = {entry["port"] for entry in rows if entry["destination"] == two.address and entry["protocol"] == 6}
        return rows if ports >= set(PUMP_PORTS) and any(entry["protocol"] == 1 for entry in rows) else None
    rows = becomes(reported, 8 if hospital.daemon else 0) or []
    holds = all(result in ("reset", "unreachable") for _, result in tries) and ping != "answered" and not found and rows
    listed_rows = rows or hospital.denied(one, "lateral-movement")
    return bool(holds), f"{listed(tries)}; ping {ping}; nmap {len(found)} open; {len(listed_rows)} lateral movements listed"


@row("modality → PACS", "C-STORE of an image", "pass, bytes equal")
def modality_to_pacs(hospital):
    image = hospital.make_image()
    hospital.clear_archive()
    done = hospital.store(device(hospital, "ct-2").namespace, image)
    stored = hospital.images()
    equal = len(stored) == 1 and hospital.dataset(image) == hospital.dataset(stored[0])
    seen = f"storescu exit {done.returncode}, {len(stored)} stored, bytes {'equal' if equal else 'differ'}"
    return done.returncode == 0 and equal, seen


@row("modality → internet", "curl http, https; UDP 443", "fail within 1 s, counted as web browsing")
def modality_to_internet(hospital):
    modality = device(hospital, "ct-2")
    parts, holds = [], True
    for scheme in ("http", "https"):
        status, seconds, _ = hospital.curl(modality.namespace, f"{scheme}://{INTERNET}/")
        holds &= status != 0 and seconds < 1
        parts.append(f"{scheme} curl exit {status} in {seconds * 1000:.0f} ms")
    start = time.monotonic()
    udp = hospital.udp(modality.namespace, INTERNET, 443)
    holds &= udp == "refused" and time.monotonic() - start < 1
    wanted = {(6, 80), (6, 443), (17, 443)}

    def counted():
        rows = hospital.denied(modality, "web-browsing")
        return rows if {(entry["protocol"], entry["port"]) for entry in rows} >= wanted else None
    rows = becomes(counted, 5 if hospital.daemon else 0) or []
    return holds and bool(rows), ", ".join(parts) + f", UDP {udp}; {len(rows)} web-browsing listed"


@row("modality → modality, PC → pump", "tcp 445, 80", "fail")
def sideways(hospital):
    ways = (("ct-1", "ct-2", 445), ("ct-1", "ct-2", 80), ("pc-1", "pump-1", 445), ("pc-1", "pump-1", 80))
    seen = [(f"{source}→{target}:{port}",
             hospital.tcp(device(hospital, source).namespace, device(hospital, target).address, port))
            for source, target, port in ways]
    return all(result in ("reset", "unreachable") for _, result in seen), listed(seen)


@row("PC → internet", "https", "pass")
def pc_to_internet(hospital):
    seen = [(name, hospital.curl(device(hospital, name).namespace, f"https://{INTERNET}/")) for name in ("pc-1", "pc-2")]
    return all(status == 0 and "outside" in body for _, (status, _, body) in seen), \
        ", ".join(f"{name} curl exit {status} in {seconds * 1000:.0f} ms" for name, (status, seconds, _) in seen)


@row("unknown device", "anything but DHCP and what quarantine allows", "fail")
def unknown_device(hospital):
    stranger = device(hospital, "unknown")
    ways = [(INTERNET, 443), (INTERNET, 80), (PACS, 11112), (PUMP_SERVER, 3613), (INFRA, 22),
            (device(hospital, "pump-1").address, 80), (device(hospital, "pc-1").address, 445), (VLANS["pcs"] + ".1", 22)]
    tries = [(f"{address}:{port}", hospital.tcp(stranger.namespace, address, port)) for address, port in ways]
    dns, ntp = hospital.dns(stranger.namespace), hospital.ntp(stranger.namespace)
    udp = hospital.udp(stranger.namespace, INTERNET, 443)
    zone = hospital.zone_of(stranger)
    holds = (all(result != "open" for _, result in tries) and dns == ntp == "answered" and udp != "answered"
             and zone == "quarantine" and stranger.address)
    opened = [way for way, result in tries if result == "open"]
    return bool(holds), (f"leased {stranger.address}, zone {zone}; {len(tries) - len(opened)} of {len(tries)} TCP ways refused, "
                         f"UDP 443 {udp}; dns {dns}, ntp {ntp}")


@row("static-IP device, never DHCP", "first ARP", "in the inventory, quarantined until pinned or known")
def static_device(hospital):
    fixed = device(hospital, "static")
    # an interface that is up has a link-local address and says so
    before = hospital.query("SELECT * FROM binding WHERE mac = ? AND address LIKE '%.%'", fixed.mac.lower())
    if not fixed.process and "static-up" not in hospital.marks:
        hospital.join(fixed)
        hospital.marks.add("static-up")
    hospital.tcp(fixed.namespace, PACS, 11112, 0.2)  # its first packet: an ARP request for the gateway
    hospital.wait_zone(fixed, "quarantine", 5)
    refused = hospital.tcp(fixed.namespace, PACS, 11112)
    dns = hospital.dns(fixed.namespace)
    hospital.reload(policy_text(pins=[(fixed.mac, "imaging", "US-3")]))
    pinned = becomes(lambda: hospital.zone_of(fixed) == "imaging" and hospital.tcp(fixed.namespace, PACS, 11112) == "open", 5)
    hospital.reload(policy_text())
    back = becomes(lambda: hospital.zone_of(fixed) == "quarantine" and
                   hospital.tcp(fixed.namespace, PACS, 11112) != "open", 5)
    return bool(not before and refused != "open" and dns == "answered" and pinned and back), \
        f"its address known before: {'yes' if before else 'no'}; then quarantined, PACS {refused}, dns {dns}; pinned: PACS " \
        f"{'open' if pinned else 'still refused'}; pin removed: {'refused' if back else 'still open'}"


def spoof_tries(hospital, thief, victim):
    """The thief sends as the victim's address; returns whether anything was reached."""
    hospital.ip(thief.namespace, f"addr add {victim.address}/32 dev eth0")
    try:
        got = hospital.tcp(thief.namespace, PUMP_SERVER, 3613, 0.5, source=victim.address)
        answered = raw_udp_reaches(hospital, thief, victim)
        return got, answered
    finally:
        hospital.ip(thief.namespace, f"addr del {victim.address}/32 dev eth0")


def raw_udp_reaches_with_address(hospital, thief, victim):
    """As raw_udp_reaches, the address taken for the time of the try."""
    hospital.ip(thief.namespace, f"addr add {victim.address}/32 dev eth0")
    try:
        return raw_udp_reaches(hospital, thief, victim)
    finally:
        hospital.ip(thief.namespace, f"addr del {victim.address}/32 dev eth0")


def raw_udp_reaches(hospital, thief, victim):
    """Send one datagram with the victim's source; tell whether it arrives in front of the pump server."""
    with entered(hospital.pumpsrv):
        ear = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    ear.settimeout(0.5)
    sock = hospital.socket_in(thief.namespace, kind=socket.SOCK_DGRAM)
    try:
        sock.bind((victim.address, 0))
        sock.sendto(b"SPOOFED-BY-THIEF", (PUMP_SERVER, 3613))
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            try:
                if b"SPOOFED-BY-THIEF" in ear.recv(2048):
                    return True
            except TimeoutError:
                return False
        return False
    finally:
        sock.close()
        ear.close()


@row("PC takes a pump's IP, then its MAC", "tcp and udp 3613 as the pump", "fail, and a spoof event")
def spoofing(hospital):
    thief, victim = device(hospital, "pc-2"), device(hospital, "pump-1")
    zone_before = hospital.zone_of(victim)
    events_before = sum(entry["count"] for entry in hospital.events("spoof"))
    by_address = spoof_tries(hospital, thief, victim)
    spoofed = becomes(lambda: sum(entry["count"] for entry in hospital.events("spoof")) > events_before, 5)
    hospital.leave(thief)
    hospital.set_mac(thief, victim.mac)
    hospital.ip(thief.namespace, f"route replace default via {VLANS['pcs']}.1")
    between = sum(entry["count"] for entry in hospital.events("spoof"))
    by_mac = spoof_tries(hospital, thief, victim)
    spoofed_mac = becomes(lambda: sum(entry["count"] for entry in hospital.events("spoof")) > between, 5)
    hospital.set_mac(thief, thief.mac)
    hospital.join(thief)
    victim_works = hospital.tcp(victim.namespace, PUMP_SERVER, 3613)
    holds = ("open" not in (by_address[0], by_mac[0]) and not by_address[1] and not by_mac[1] and spoofed and spoofed_mac
             and victim_works == "open" and hospital.zone_of(victim) == zone_before)
    return bool(holds), (f"IP: tcp {by_address[0]}, udp {'arrived' if by_address[1] else 'dropped'}, event {'yes' if spoofed else 'NO'}; "
                         f"MAC: tcp {by_mac[0]}, udp {'arrived' if by_mac[1] else 'dropped'}, event {'yes' if spoofed_mac else 'NO'}; "
                         f"the pump itself: {victim_works}")


@row("lease expires, address moves", "a pump's address goes to another device", "old verdict stays; old zone never carried over")
def lease_moves(hospital):
    """busybox's udhcpd serves the pumps meanwhile: dnsmasq gives no lease shorter than two minutes."""
    old = Device("pump-3", "pumps", "00:d0:75:00:00:03", "udhcpc", "ALARIS-PCU-0003", "ALARIS PCU", (1, 3, 6, 12, 15, 28))
    new = Device("newcomer", "pumps", "02:5a:3e:00:00:0a", "udhcpc", "", "qx-78", (1, 3, 58, 59, 201))
    lease_s = 4
    hospital.stop(hospital.dnsmasq)
    server = start_short_leases(hospital, lease_s)
    try:
        hospital.join(old)
        leased_at = time.monotonic()
        hospital.wait_zone(old, "pumps")
        hospital.leave(old)  # its client dies: no renewal
        before = hospital.tcp(old.namespace, PUMP_SERVER, 3613)
        wait_for(lambda: time.monotonic() > leased_at + lease_s + 1.5, lease_s + 3, "the lease is over")
        after = hospital.tcp(old.namespace, PUMP_SERVER, 3613)
        zone_after = hospital.zone_of(old)
        hospital.unplug(old)
        hospital.join(new, 20)
        same = new.address == old.address
        hospital.wait_zone(new, "quarantine")
        taken = hospital.tcp(new.namespace, PUMP_SERVER, 3613)
        old_zone = hospital.zone_of(old)
        guard = hospital.guarded(old)
    finally:
        hospital.stop(server)
        hospital.start_dhcp()
    holds = before == after == "open" and zone_after == old_zone == "pumps" and same and taken != "open" and not guard
    return holds, (f"before expiry {before}, after {after}, zone {zone_after}; {'same address' if same else 'OTHER address ' + new.address} "
                   f"to newcomer in quarantine: {taken}; old device's hold on it {'still there' if guard else 'gone'}")


def start_short_leases(hospital, lease_s):
    net = VLANS["pumps"]
    leases = hospital.write("udhcpd.leases", "")
    config = hospital.write("udhcpd.conf", f"""start {net}.150
end {net}.150
interface pumps0
max_leases 1
min_lease 1
offer_time 1
auto_time 0
lease_file {leases}
pidfile {hospital.path('udhcpd.pid')}
option subnet 255.255.255.0
option router {net}.1
option dns {INFRA}
option lease {lease_s}
""")
    return hospital.start_in(hospital.gateway, "busybox", "udhcpd", "-f", config, log="udhcpd.log")


@row("policy tightened under a running stream", "PC's telemetry revoked, pump's stays", "stops at once; the other loses nothing")
def tightened(hospital):
    pump, station = device(hospital, "pump-1"), device(hospital, "pc-1")
    kept = [hospital.stream(pump, PUMP_SERVER, 3613, protocol) for protocol in ("tcp", "udp")]
    revoked = [hospital.stream(station, INTERNET, 7000, protocol) for protocol in ("tcp", "udp")]
    wait_for(lambda: all(stream.received > 200 for stream in kept + revoked), 10, "the streams run")
    start = time.monotonic()
    hospital.reload(policy_text(telemetry=False))
    stopped = becomes(lambda: all(time.monotonic() - stream.last_back > 1.5 for stream in revoked), 8)
    lasted = [max(0.0, stream.last_back - start) for stream in revoked]
    for stream in revoked:
        stream.finish()
    retransmitted = sum(stream.retransmitted() for stream in kept)
    lost = [stream.finish() for stream in kept]
    sent = sum(stream.sent for stream in kept)
    gap = max(stream.longest_gap for stream in kept)
    hospital.reload(policy_text())
    restored = becomes(lambda: hospital.tcp(station.namespace, INTERNET, 7000) == "open", 5)
    holds = stopped and max(lasted) < 1 and not any(lost) and not retransmitted and restored
    return bool(holds), (f"revoked tcp/udp bytes stopped after {lasted[0] * 1000:.0f}/{lasted[1] * 1000:.0f} ms; allowed: {sum(lost)} of {sent} lost, "
                         f"{retransmitted} resent, longest gap {gap * 1000:.0f} ms")


@row("controller killed with -9 in mid-traffic", "streams, every verdict, restart", "no verdict changes, nothing lost")
def controller_killed(hospital):
    pump = device(hospital, "pump-1")
    before, rules = verdicts(hospital), at_rest(hospital.rules)
    streams = [hospital.stream(pump, PUMP_SERVER, 3613, protocol) for protocol in ("tcp", "udp")]
    wait_for(lambda: all(stream.received > 100 for stream in streams), 10, "the streams run")
    children = hospital.children()
    hospital.stop_isoward(signal.SIGKILL)
    dead = verdicts(hospital)
    same_rules = hospital.rules() == rules
    orphans = [] if becomes(lambda: not [pid for pid in children if os.path.isdir(f"/proc/{pid}")], 5) else ["left"]
    hospital.start_isoward(policy_text())
    again = verdicts(hospital)
    retransmitted = sum(stream.retransmitted() for stream in streams)
    lost = [stream.finish() for stream in streams]
    sent = sum(stream.sent for stream in streams)
    holds = before == dead == again and same_rules and not any(lost) and not retransmitted and not orphans
    return bool(holds), (f"{len(before)} verdicts {'same' if before == dead else 'CHANGED'} while dead, "
                         f"{'same' if before == again else 'CHANGED'} after restart; rules {'same' if same_rules else 'CHANGED'}; "
                         f"{sum(lost)} of {sent} lost, {retransmitted} resent; children {'left over' if orphans else 'gone'}")


def verdicts(hospital):
    """What passes and what does not, over every kind of way."""
    ways = [("pump-1", PUMP_SERVER, 3613), ("pump-1", device(hospital, "pump-2").address, 80), ("pump-2", PUMP_SERVER, 3613),
            ("pump-1", INTERNET, 443), ("ct-1", PACS, 11112), ("ct-2", INTERNET, 443), ("ct-1", device(hospital, "ct-2").address, 445),
            ("pc-1", INTERNET, 443), ("pc-1", device(hospital, "pump-1").address, 80), ("unknown", INTERNET, 443)]
    found = {f"{name}→{address}:{port}": hospital.tcp(device(hospital, name).namespace, address, port) == "open"
             for name, address, port in ways}
    found["unknown dns"] = hospital.dns(device(hospital, "unknown").namespace) == "answered"
    return found


@row("another program's tables", "two of them, by nft", "untouched")
def other_tables(hospital):
    now = foreign(hospital)
    same = now == hospital.foreign_before
    return same and bool(hospital.table()), f"{len(now)} bytes of text {'identical' if same else 'CHANGED'} after {hospital.daemon_starts} starts and every reload"


def table_text(results):
    """The results as (row, holds, seen) in a table of fixed columns."""
    titles = ("from → to", "what", "must", "seen", "ok")
    lines = [(entry.route, entry.what, entry.must, seen, "ok" if holds else "FAILED") for entry, holds, seen in results]
    limits = (28, 30, 30, 74, 6)
    out = []
    rule = "-+-".join("-" * width for width in limits)
    for line in [titles, None, *lines]:
        if line is None:
            out.append(rule)
            continue
        cells = [fold(cell, width) for cell, width in zip(line, limits)]
        for number in range(max(map(len, cells))):
            out.append(" | ".join((cell[number] if number < len(cell) else "").ljust(width)
                                  for cell, width in zip(cells, limits)).rstrip())
        if line is not titles:
            out.append(rule)
    return "\n".join(out)


def fold(text, width):
    lines = [""]
    for word in str(text).split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines
