# SPDX-License-Identifier: GPL-3.0-or-later
"""The three processes under trouble: killed children, hostile frames, an end in good order."""

import os
import random
import signal
import socket

import pytest

import story
from hospital import PUMP_SERVER, VLANS
from space import at_rest, becomes, wait_for


def child_named(house, word):
    found = [pid for pid, line in house.children().items() if word in line]
    assert len(found) == 1, house.children()
    return found[0]


@pytest.fixture(scope="module")
def settled(running):
    story.settle(running)
    return running


@pytest.mark.parametrize("word", ["child-sensor", "child-web"])
def test_killed_child_is_restarted_without_a_rule_change(settled, word):
    before, rules = story.verdicts(settled), at_rest(settled.rules)  # link-local addresses come when they come
    old = child_named(settled, word)
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: not os.path.isdir(f"/proc/{old}"), 5, "the child is gone and reaped")
    wait_for(lambda: any(word in line for line in settled.children().values()), 10,
             lambda: f"{word} runs again: {settled.read('isoward.log')[-2000:]}")
    assert child_named(settled, word) != old
    assert settled.rules() == rules and story.verdicts(settled) == before
    assert becomes(settled.answering, 10)


def test_new_sensor_sees_again(settled):
    """After its sensor was killed, the daemon still learns a device that joins."""
    os.kill(child_named(settled, "child-sensor"), signal.SIGKILL)
    pump = story.Device("pump-8", "pumps", "00:d0:75:00:00:08", "udhcpc", "ALARIS-PCU-0008", "ALARIS PCU",
                        (1, 3, 6, 12, 15, 28))
    wait_for(lambda: any("child-sensor" in line for line in settled.children().values()), 10,
             "a sensor runs again")
    settled.join(pump)
    if not becomes(lambda: settled.zone_of(pump) == "pumps", 3):  # joined before the ring was open: it will renew
        settled.leave(pump)
        settled.join(pump)
    settled.wait_zone(pump, "pumps")
    assert settled.tcp(pump.namespace, PUMP_SERVER, 3613) == "open"


def test_children_hold_no_power(settled):
    """Neither child has a capability, and both are under seccomp and no_new_privs."""
    for word in ("child-sensor", "child-web"):
        with open(f"/proc/{child_named(settled, word)}/status", encoding="ascii") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        assert int(status["CapEff"], 16) == 0 and int(status["CapPrm"], 16) == 0, word
        assert int(status["CapBnd"], 16) == 0, word
        assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", word
        assert status["Uid"].split()[0] != "0", word


def dhcp(scapy, mac, options, **fields):
    raw = bytes.fromhex(mac.replace(":", ""))
    return (scapy.Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / scapy.IP(src="0.0.0.0", dst="255.255.255.255")
            / scapy.UDP(sport=68, dport=67) / scapy.BOOTP(chaddr=raw, op=1, xid=7, **fields) / scapy.DHCP(options=options))


def hostile_frames():
    """DHCP and ARP frames that are wrong in a way each; seeded, so that a failure comes again."""
    from scapy import all as scapy
    mac = "02:66:66:66:66:66"
    good = bytes(dhcp(scapy, mac, [("message-type", "discover"), ("hostname", b"x" * 40), ("param_req_list", [1, 3, 6]), "end"]))
    frames = [good[:length] for length in range(14, len(good), 7)]
    frames.append(good[:-1] + b"\x0c\xff")  # a length beyond the end
    frames.append(good.replace(b"\x63\x82\x53\x63", b"\x63\x82\x53\x64"))  # no magic cookie
    frames.append(bytes(dhcp(scapy, mac, [("message-type", 99), "end"])))
    frames.append(bytes(dhcp(scapy, mac, [(52, b"\x03"), ("message-type", "discover"), "end"], sname=b"\x0c\xff", file=b"\x34\x01\x03")))
    frames.append(bytes(dhcp(scapy, mac, [(12, b"\0\x1b[2J\r\n<script>alert(1)</script>'\""), ("message-type", "request"), "end"])))
    frames.append(bytes(dhcp(scapy, mac, [("message-type", "discover"), "end"], hlen=255)))
    frames.append(bytes(scapy.Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / scapy.ARP(hwlen=255, plen=0)))
    frames.append(bytes(scapy.Ether(src=mac, dst="ff:ff:ff:ff:ff:ff", type=0x0806)) + b"\0\1\x08")
    random_source = random.Random(20)
    for _ in range(2000):
        broken = bytearray(good)
        for _ in range(random_source.randint(1, 8)):
            broken[random_source.randrange(14, len(broken))] = random_source.randrange(256)
        frames.append(bytes(broken))
    return frames


def test_malformed_frames_are_counted_not_fatal(settled):
    name = "unknown"
    device = settled.devices[name]
    before, rules, verdicts = children_pids(settled), settled.rules(), story.verdicts(settled)
    malformed = settled.api("status").get("frames_malformed", 0)
    sender = settled.socket_in(device.namespace, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sender.bind(("eth0", 0))
    for frame in hostile_frames():
        sender.send(frame)
    sender.close()
    assert becomes(lambda: settled.api("status")["frames_malformed"] > malformed, 8), settled.api("status")
    wanted = {"dhcp-cookie", "dhcp-hardware", "dhcp-operation", "arp-format"}
    assert becomes(lambda: set(settled.api("status")["malformed"]) >= wanted, 5), settled.api("status")["malformed"]
    assert children_pids(settled) == before, "no process was restarted"
    assert story.verdicts(settled) == verdicts
    assert "<script>" not in settled.read("isoward.log")
    assert "\x1b" not in settled.read("isoward.log")
    assert rules


def children_pids(house):
    return set(house.children())


def test_store_that_fails_is_told_and_stops_nothing(settled):
    """Another's lock on the inventory stands for a disk that takes nothing: devices join all the same."""
    import sqlite3
    pump = story.Device("pump-7", "pumps", "00:d0:75:00:00:07", "udhcpc", "ALARIS-PCU-0007", "ALARIS PCU",
                        (1, 3, 6, 12, 15, 28))
    lock = sqlite3.connect(settled.path("state/isoward.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    settled.join(pump)
    assert becomes(lambda: settled.tcp(pump.namespace, PUMP_SERVER, 3613) == "open", 5)
    assert becomes(lambda: "inventory" in settled.api("status")["trouble"], 10), settled.api("status")
    assert settled.zone_of(pump) is None
    lock.execute("ROLLBACK")
    lock.close()
    assert becomes(lambda: settled.zone_of(pump) == "pumps", 10)
    assert becomes(lambda: settled.api("status")["trouble"] == "", 5)


def test_rogue_dhcp_server_moves_nothing(settled):
    """A device that answers DHCP itself puts nobody into a zone or onto an address."""
    from scapy import all as scapy
    station, pump = settled.devices["pc-1"], settled.devices["pump-1"]
    before = settled.rules()
    sender = settled.socket_in(station.namespace, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sender.bind(("eth0", 0))
    ack = (scapy.Ether(src=station.mac, dst="ff:ff:ff:ff:ff:ff") / scapy.IP(src=VLANS["pcs"] + ".1", dst="255.255.255.255")
           / scapy.UDP(sport=67, dport=68) / scapy.BOOTP(op=2, xid=9, yiaddr=station.address, chaddr=bytes.fromhex(pump.mac.replace(":", "")))
           / scapy.DHCP(options=[("message-type", "ack"), ("lease_time", 3600), ("server_id", VLANS["pcs"] + ".1"), "end"]))
    for _ in range(5):
        sender.send(bytes(ack))
    sender.close()
    assert becomes(lambda: settled.events("rogue-dhcp"), 5), settled.query("SELECT * FROM event")
    assert settled.rules() == before
    assert settled.zone_of(pump) == "pumps" and settled.tcp(pump.namespace, PUMP_SERVER, 3613) == "open"


def test_foreign_change_is_repaired(settled):
    rules = settled.rules()
    settled.run_in(settled.gateway, "nft", "flush", "chain", "inet", "isoward", "forward", check=True)
    assert becomes(lambda: settled.rules().count("goto ward") == rules.count("goto ward"), 10), settled.read("isoward.log")[-2000:]
    assert becomes(lambda: story.verdicts(settled)["unknown→203.0.113.10:443"] is False, 5)


def test_membership_survives_an_orderly_end(settled):
    verdicts = story.verdicts(settled)
    assert settled.stop_isoward() == 0, settled.read("isoward.log")[-2000:]
    assert story.verdicts(settled) == verdicts
    settled.start_isoward(story.policy_text())
    assert story.verdicts(settled) == verdicts


def words_of(house, device):
    rows = house.query("SELECT value FROM fact WHERE mac = ? AND field = 'dhcp-vendor'", device.mac.lower())
    return {row["value"] for row in rows}


def test_what_a_device_said_before_a_restart_still_counts(settled):
    """It is read after the rules are in force, and before the device is heard again."""
    pump = settled.devices["pump-2"]
    former = pump.vendor_class
    wait_for(lambda: former.encode() in words_of(settled, pump), 5, "its words are stored")
    settled.stop_isoward()
    settled.start_isoward(story.policy_text())
    settled.leave(pump)
    pump.vendor_class = "BBRAUN SPACECOM 2"
    settled.join(pump)
    assert becomes(lambda: pump.vendor_class.encode() in words_of(settled, pump), 8), words_of(settled, pump)
    assert former.encode() in words_of(settled, pump), "what it said before is forgotten"
    assert settled.zone_of(pump) == "pumps"
