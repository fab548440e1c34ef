# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gateway learns of devices from their own traffic, and what it tells of them: real clients, real servers."""

import time

import pytest

import story
from hospital import INTERNET, VLANS
from space import becomes

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0"


@pytest.fixture(scope="module")
def settled(running):
    story.settle(running)
    return running


def findings(hospital, device, kind=""):
    listed = hospital.api(f"findings?limit=1000&mac={device.mac}" + (f"&type={kind}" if kind else ""))
    return [(row["type"], row["evidence"]) for row in listed["findings"]]


def found(hospital, device, kind, evidence=""):
    return becomes(lambda: any(evidence in said for _, said in findings(hospital, device, kind)), 8)


def test_only_who_is_not_recognised_is_unknown(settled):
    """By the time it can talk to others: a link-local address comes before the first word, and tells nothing yet."""
    assert found(settled, settled.devices["unknown"], "unknown-device"), findings(settled, settled.devices["unknown"])
    for name in ("pump-1", "pump-2", "ct-1", "ct-2", "pc-1", "pc-2"):
        assert not findings(settled, settled.devices[name], "unknown-device"), name


def test_browsing_of_a_person_is_found_and_who_browsed(settled):
    pc = settled.devices["pc-1"]
    done = settled.run_in(pc.namespace, "curl", "-s", "-A", FIREFOX, "-H", "Host: news.example", f"http://{INTERNET}/setup.exe")
    assert done.returncode == 0, done.stderr
    assert found(settled, pc, "user-practice/browsing", "Firefox, news.example"), findings(settled, pc)
    assert found(settled, pc, "user-practice/download", "a program from news.example")
    assert not findings(settled, settled.devices["pc-2"], "user-practice/download")


def test_images_in_clear_are_found(settled):
    ct = settled.devices["ct-2"]
    done = settled.store(ct.namespace, settled.make_image())
    assert done.returncode == 0, done.stderr
    assert found(settled, ct, "cleartext/phi-protocol", "DICOM"), findings(settled, ct)


def test_an_old_tls_client_is_found(settled):
    pc = settled.devices["pc-2"]
    settled.run_in(pc.namespace, "openssl", "s_client", "-connect", f"{INTERNET}:443", "-tls1", "-cipher", "ALL:@SECLEVEL=0",
                   input="", timeout=10)
    assert found(settled, pc, "outdated/protocol", "TLS 1.0"), findings(settled, pc)


def test_a_sweep_of_the_vlan_is_a_scan(settled):
    pump = settled.devices["pump-2"]
    settled.run_in(pump.namespace, "nmap", "-n", "-sn", "-T5", "--max-retries", "0", f"{VLANS['pumps']}.0/25", timeout=60)
    assert found(settled, pump, "lateral/scan"), findings(settled, pump)


def test_a_refused_neighbour_is_told_with_the_service(settled):
    pump = settled.devices["pump-1"]
    other = settled.devices["pump-2"]
    assert settled.tcp(pump.namespace, other.address, 445) != "open"
    assert found(settled, pump, "lateral/admin-protocol", "tcp/445 to pumps"), findings(settled, pump)


def test_a_dhcp_server_among_the_devices_is_a_rogue(settled):
    pc = settled.devices["pc-1"]
    script = ("from scapy.all import *; sendp(Ether(dst='ff:ff:ff:ff:ff:ff', src='%s')/IP(src='%s', dst='255.255.255.255')"
              "/UDP(sport=67, dport=68)/BOOTP(op=2, yiaddr='%s.77', chaddr=mac2str('02:5a:3e:00:00:77'), xid=7)"
              "/DHCP(options=[('message-type','offer'),('server_id','%s'),'end']), iface='eth0', verbose=0)"
              % (pc.mac, pc.address, VLANS["pcs"], pc.address))
    done = settled.run_in(pc.namespace, "/usr/bin/python3", "-B", "-c", script, timeout=30)
    assert done.returncode == 0, done.stderr
    assert found(settled, pc, "rogue/dhcp"), findings(settled, pc)


def test_what_is_announced_on_the_link_is_heard(settled):
    """mDNS, to a group address: it never passes the gateway."""
    stranger = settled.devices["unknown"]
    script = ("from scapy.all import *; sendp(Ether(dst='01:00:5e:00:00:fb', src='%s')/IP(src='%s', dst='224.0.0.251', ttl=255)"
              "/UDP(sport=5353, dport=5353)/DNS(qr=1, aa=1, an=DNSRR(rrname='_ipp._tcp.local', type='PTR', ttl=120,"
              " rdata='Printer._ipp._tcp.local')), iface='eth0', verbose=0)" % (stranger.mac, stranger.address))
    done = settled.run_in(stranger.namespace, "/usr/bin/python3", "-B", "-c", script, timeout=30)
    assert done.returncode == 0, done.stderr
    assert becomes(lambda: settled.query("SELECT 1 FROM fact WHERE mac=? AND field='mdns-service'", stranger.mac), 8)


def test_behind_its_first_packets_a_flow_costs_the_sensor_nothing(settled):
    pc = settled.devices["pc-1"]
    before = settled.api("status")["frames"]
    stream = settled.stream(pc, INTERNET, 7000, "tcp")
    time.sleep(3)
    stream.finish()
    after = settled.api("status")["frames"]
    assert stream.sent > 200, "the stream was longer than its beginning"
    assert after - before < 150, f"{after - before} frames of a stream of {stream.sent} messages"
