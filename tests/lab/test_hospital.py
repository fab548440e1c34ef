# SPDX-License-Identifier: GPL-3.0-or-later
"""The hospital by itself: without Isoward everything passes, so a probe that fails later fails because of Isoward."""

import glob
import os

import pytest

import story
from hospital import INTERNET, PACS, PUMP_PORTS, PUMP_SERVER, staff
from space import NETNS_DIR, Lab


@pytest.fixture(scope="module")
def plain(bare):
    for interface in ("pumps0", "imaging0"):
        bare.sysctl(bare.gateway, f"ipv4/conf/{interface}/proxy_arp_pvlan", 1)
        bare.sysctl(bare.gateway, f"ipv4/neigh/{interface}/proxy_delay", 0)
    for device in staff():
        bare.join(device)
    return bare


def test_every_client_gets_a_lease(plain):
    for device in plain.devices.values():
        assert device.address


def test_clients_say_what_they_should(plain):
    log = plain.read("dhcp.log")
    for device in plain.devices.values():
        if device.client != "static" and device.vendor_class:
            assert f"vendor class: {device.vendor_class}" in log


def test_must_pass_probes_pass(plain):
    assert story.pump_to_server(plain)[0]
    assert story.modality_to_pacs(plain)[0]
    assert story.pc_to_internet(plain)[0]


def test_must_fail_probes_succeed(plain):
    """The planted fault: no rule at all. Every probe that must fail gets through."""
    one, two, modality = (plain.devices[name] for name in ("pump-1", "pump-2", "ct-2"))
    assert all(plain.tcp(one.namespace, two.address, port) == "open" for port in PUMP_PORTS)
    assert plain.ping(one.namespace, two.address) == "answered"
    assert sorted(map(int, plain.nmap_open(one.namespace, [two.address], PUMP_PORTS))) == sorted(PUMP_PORTS)
    assert plain.curl(modality.namespace, f"http://{INTERNET}/")[0] == 0
    assert plain.curl(modality.namespace, f"https://{INTERNET}/")[0] == 0
    assert plain.udp(modality.namespace, INTERNET, 443) == "answered"
    assert plain.tcp(plain.devices["ct-1"].namespace, modality.address, 445) == "open"
    assert plain.tcp(plain.devices["pc-1"].namespace, one.address, 445) == "open"
    assert plain.tcp(plain.devices["unknown"].namespace, PACS, 11112) == "open"
    assert plain.tcp(plain.devices["static"].namespace, PACS, 11112) == "open"
    assert story.raw_udp_reaches_with_address(plain, plain.devices["pc-2"], one)


@pytest.mark.parametrize("row", [story.pump_to_pump, story.modality_to_internet, story.sideways, story.unknown_device],
                         ids=lambda row: row.__name__)
def test_rows_are_red_without_isoward(plain, row):
    entry = next(entry for entry in story.ROWS if entry.function is row)
    assert not entry(plain)[0]


def test_isolated_ports_do_not_reach_each_other(plain):
    """Without the gateway answering for them, two pumps in one VLAN do not even resolve each other."""
    plain.sysctl(plain.gateway, "ipv4/conf/pumps0/proxy_arp_pvlan", 0)
    try:
        one, two = plain.devices["pump-1"], plain.devices["pump-2"]
        plain.ip(one.namespace, "neigh flush dev eth0")
        assert plain.tcp(one.namespace, two.address, 80, 0.5) != "open"
    finally:
        plain.sysctl(plain.gateway, "ipv4/conf/pumps0/proxy_arp_pvlan", 1)


def test_stream_tells_a_loss(plain):
    """The planted fault for the streams: a cable out for a moment is seen as numbers that did not come back."""
    pump = plain.devices["pump-1"]
    stream = plain.stream(pump, PUMP_SERVER, 3613, "udp")
    story.wait_for(lambda: stream.received > 50, 5, "the stream runs")
    plain.run_in(plain.core, "ip", "link", "set", "pumpsrv0", "down", check=True)
    before = stream.sent
    story.wait_for(lambda: stream.sent > before + 50, 5, "numbers were sent into the void")
    plain.run_in(plain.core, "ip", "link", "set", "pumpsrv0", "up", check=True)
    assert stream.finish() > 0


def test_close_leaves_nothing():
    lab = Lab()
    space = lab.namespace("x")
    process = lab.start_in(space, "sleep", "1000")
    lab.close()
    assert process.poll() is not None
    assert not glob.glob(f"{NETNS_DIR}/{lab.prefix}*") and not os.path.exists(lab.folder)
