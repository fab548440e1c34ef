# SPDX-License-Identifier: GPL-3.0-or-later
"""Which MACs are one device, which one stands before another, and what was doubted: shown, and known after a restart."""

import pytest

import story
from hospital import WINDOWS, policy_text
from space import becomes

ALERTING = policy_text().replace("members: { class: medical/infusion-pump } }",
                                  "members: { class: medical/infusion-pump }, on_conflict: alert }")


@pytest.fixture(scope="module")
def settled(running):
    story.settle(running)
    return running


def send(hospital, device, frame):
    script = f"from scapy.all import *; sendp({frame}, iface='eth0', verbose=0)"
    done = hospital.run_in(device.namespace, "/usr/bin/python3", "-B", "-c", script, timeout=30)
    assert done.returncode == 0, done.stderr


def shown(hospital, device):
    return hospital.api(f"devices/{device.mac}")["device"]


def related(hospital, device):
    listed = {row["mac"]: row for row in hospital.api("devices?limit=100")["devices"]}
    assert listed[device.mac]["relations"] == shown(hospital, device)["relations"]
    return {(row["kind"], row["mac"]) for row in listed[device.mac]["relations"]}


def solicit(hospital, device, duid):
    send(hospital, device, f"Ether(dst='33:33:00:01:00:02', src='{device.mac}')/IPv6(src='fe80::1', dst='ff02::1:2')"
                           f"/UDP(sport=546, dport=547)/DHCP6_Solicit(trid=7)/DHCP6OptClientId(duid={duid})")


def test_two_adapters_of_one_device(settled):
    one, other = settled.devices["pc-1"], settled.devices["pc-2"]
    assert not related(settled, one)
    for device in (one, other):
        solicit(settled, device, "DUID_LLT(timeval=7, lladdr='98:e7:43:00:00:01')")
    assert becomes(lambda: related(settled, one) == {("same-device", other.mac)}, 8), shown(settled, one)
    assert becomes(lambda: related(settled, other) == {("same-device", one.mac)}, 8)
    solicit(settled, other, "DUID_LLT(timeval=8, lladdr='c8:f7:50:00:00:02')")
    assert becomes(lambda: not related(settled, one) and not related(settled, other), 8)


def test_one_behind_another(settled):
    dock, pump = settled.devices["pump-2"], settled.devices["pump-1"]
    send(settled, dock, f"Ether(dst='ff:ff:ff:ff:ff:ff', src='{dock.mac}')/IP(src='0.0.0.0', dst='255.255.255.255')"
                        f"/UDP(sport=68, dport=67)/BOOTP(chaddr=mac2str('{pump.mac}'), xid=7)"
                        "/DHCP(options=[('message-type','discover'),'end'])")
    assert becomes(lambda: ("behind", dock.mac) in related(settled, pump), 8)
    assert ("before", pump.mac) in related(settled, dock)
    assert settled.zone_of(pump) == settled.zone_of(dock) == "pumps"


def test_made_up_addresses_are_told(settled):
    assert shown(settled, settled.devices["unknown"])["random_mac"]
    assert not shown(settled, settled.devices["pump-1"])["random_mac"]


def join_as(hospital, device, host_name, vendor_class, parameters):
    hospital.leave(device)
    device.host_name, device.vendor_class, device.parameters = host_name, vendor_class, parameters
    hospital.join(device)


def test_what_was_doubted_still_is_after_a_restart(settled):
    pump, docked = settled.devices["pump-2"], settled.devices["pump-1"]
    loaded = settled.api("status")["policy_loaded"]
    settled.reload(ALERTING)
    assert becomes(lambda: settled.api("status")["policy_loaded"] > loaded, 5)
    join_as(settled, pump, "DESKTOP-7H2K9QX", "MSFT 5.0", WINDOWS)
    assert becomes(lambda: shown(settled, pump)["doubted"], 8), shown(settled, pump)
    assert not shown(settled, pump)["conflict"] and settled.zone_of(pump) == "pumps"
    assert becomes(lambda: len(settled.events("identity-conflict")) == 1, 5)
    settled.stop_isoward()
    settled.start_isoward(ALERTING)
    assert shown(settled, pump)["doubted"]
    assert ("behind", pump.mac) in related(settled, docked), "who stood behind another still does"
    join_as(settled, pump, "DESKTOP-0PL4M8T", "MSFT 5.0", WINDOWS)
    assert becomes(lambda: shown(settled, pump)["addresses"] == [pump.address], 8)
    assert shown(settled, pump)["doubted"] and settled.zone_of(pump) == "pumps"
    told = settled.events("identity-conflict")
    assert len(told) == 1 and told[0]["count"] == 1, "told once while it lasts"
