# SPDX-License-Identifier: GPL-3.0-or-later
"""isoward replay: a hospital in small, made here packet by packet, and what a terminal shows of it."""
import gzip
import json
import os
import struct
import subprocess

import pytest
from scapy.all import ARP, BOOTP, DHCP, DNS, DNSQR, DNSRR, IP, TCP, UDP, Dot1Q, Ether, Raw, wrpcap  # pylint: disable=no-name-in-module

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ISOWARD = os.environ.get("ISOWARD", os.path.join(ROOT, "build", "isoward"))

CT = "00:1b:21:00:00:0a"
PC = "f8:bc:12:00:00:0b"
ROUTER = "00:00:5e:00:01:01"
CT_IP, PC_IP, PACS_IP, FAR_IP = "10.1.0.10", "10.1.0.11", "10.2.0.5", "93.184.216.34"
NOON = 1764072000  # 2025-11-25, a Tuesday

POLICY = f"""version: 1
gateway: {{ clinical: [pumps0], uplink: [wan0] }}
zones:
  imaging: {{ }}
  servers: {{ networks: [10.2.0.0/16] }}
  internet: {{ networks: [0.0.0.0/0] }}
  quarantine: {{ default: true }}
devices:
  - {{ mac: "{CT}", name: CT-2, zone: imaging }}
rules:
  - {{ name: images, from: imaging, to: servers, allow: [tcp/104], why: archive }}
  - {{ name: no sharing, from: quarantine, to: imaging, deny: [tcp/445], why: worms }}
"""


def replay(*arguments, **options):
    return subprocess.run([ISOWARD, "replay", *map(str, arguments)], capture_output=True, timeout=120, check=False,
                          env={**os.environ, "COLUMNS": "110", "TZ": "UTC"}, **options)


def lines(*arguments, **options):
    done = replay("--json", *arguments, **options)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def of_type(found, kind):
    return [line for line in found if line["type"] == kind]


def between(source, destination, **tcp):
    macs = {CT_IP: CT, PC_IP: PC}
    near = source in macs
    return (Ether(src=macs.get(source, ROUTER), dst=macs.get(destination, ROUTER))
            / IP(src=source, dst=destination, ttl=64 if near else 52) / TCP(**tcp))


def connection(client, server, port, answer=b"", source=40000):
    """A handshake, and what the server says first."""
    ends = {"sport": source, "dport": port}
    back = {"sport": port, "dport": source}
    packets = [between(client, server, flags="S", seq=100, **ends),
               between(server, client, flags="SA", seq=500, ack=101, **back),
               between(client, server, flags="A", seq=101, ack=501, **ends)]
    if answer:
        packets.append(between(server, client, flags="PA", seq=501, ack=101, **back) / Raw(answer))
    return packets


@pytest.fixture(name="packets", scope="module")
def fixture_packets():
    made = [
        Ether(src=CT, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=CT, psrc=CT_IP, pdst=PACS_IP),
        Ether(src=PC, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255", ttl=64)
        / UDP(sport=68, dport=67) / BOOTP(chaddr=bytes.fromhex(PC.replace(":", "")))
        / DHCP(options=[("message-type", "request"), ("hostname", b"WARD-PC-11"), ("vendor_class_id", b"MSFT 5.0"),
                        "end"]),
        Ether(src=PC, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=PC, psrc=PC_IP, pdst=CT_IP),
        *connection(CT_IP, PACS_IP, 104),
        *connection(CT_IP, FAR_IP, 22, answer=b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
        *connection(PC_IP, CT_IP, 445),
        *connection(PC_IP, CT_IP, 445, source=40001),
        *connection(PC_IP, PACS_IP, 104),
    ]
    for i, packet in enumerate(made):
        packet.time = NOON + i / 1000
    return made


@pytest.fixture(name="capture", scope="module")
def fixture_capture(packets, tmp_path_factory):
    path = tmp_path_factory.mktemp("replay") / "hospital.pcap"
    wrpcap(str(path), packets)
    return path


@pytest.fixture(name="policy", scope="module")
def fixture_policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("policy") / "policy.yaml"
    path.write_text(POLICY)
    return path


# ---- devices ----

def test_devices_without_a_policy(capture):
    devices = {device["mac"]: device for device in of_type(lines(capture), "device")}
    assert set(devices) == {CT, PC, ROUTER, None}
    assert devices[PC]["hostname"] == "WARD-PC-11" and devices[PC]["ips"] == [PC_IP]
    assert devices[PC]["first"] == pytest.approx(NOON + 0.001, abs=1e-4)
    assert {"field", "value", "class", "weight", "why"} == set(devices[PC]["evidence"][0])
    assert {entry["field"] for entry in devices[PC]["evidence"]} >= {"oui"}
    assert devices[CT]["zone"] is None and devices[CT]["ips"] == [CT_IP]


def test_a_far_servers_words_are_not_the_routers(capture):
    found = lines("--observations", capture)
    banner = [line for line in of_type(found, "observation") if line["protocol"] == "ssh"]
    assert banner and banner[0]["source"] == ROUTER
    router = next(device for device in of_type(found, "device") if device["mac"] == ROUTER)
    assert router["ips"] == [] and router["devices_behind"] == 1
    assert all(entry["field"] == "oui" for entry in router["evidence"])


def test_what_is_behind_a_router_is_a_device_of_its_own(capture):
    behind = next(device for device in of_type(lines(capture), "device") if device["mac"] is None)
    assert behind["ips"] == [PACS_IP] and behind["behind"] == ROUTER


# ---- verdicts ----

def test_flows_are_decided_by_the_policy(capture, policy):
    found = lines("--policy", policy, capture)
    zones = {device["mac"]: device["zone"] for device in of_type(found, "device")}
    assert zones == {CT: "imaging", PC: "quarantine", ROUTER: "quarantine", None: "servers"}
    flows = {(flow["from"], flow["to"], flow["service"]): flow for flow in of_type(found, "flow")}
    assert len(flows) == 4
    images = flows[CT_IP, PACS_IP, "tcp/104"]
    assert images["verdict"] == "allow" and images["rule"]["name"] == "images"
    assert images["rule"] == {"file": str(policy), "line": POLICY.split("images")[0].count("\n") + 1, "name": "images"}
    assert (images["from_zone"], images["to_zone"], images["from_mac"]) == ("imaging", "servers", CT)
    worms = flows[PC_IP, CT_IP, "tcp/445"]
    assert worms["verdict"] == "deny" and worms["rule"]["name"] == "no sharing" and worms["flows"] == 2
    assert flows[CT_IP, FAR_IP, "tcp/22"]["to_zone"] == "internet"
    assert flows[CT_IP, FAR_IP, "tcp/22"]["rule"] is None
    assert flows[PC_IP, PACS_IP, "tcp/104"]["verdict"] == "deny"


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
def test_flows_count_packets_and_bytes_as_they_were_sent(packets, policy, tmp_path, form):
    """Whatever a capture kept of each: here 54 bytes."""
    path = tmp_path / f"short.{form}"
    if form == "pcap":
        wrpcap(str(path), packets, snaplen=54)
    else:
        block = struct.pack("<IIIHHqI", 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, -1, 28)
        block += struct.pack("<IIHHII", 1, 20, 1, 0, 54, 20)
        for packet in packets:
            kept = bytes(packet)[:54]
            padded = kept + bytes(-len(kept) % 4)
            moment = int(packet.time * 1000000)
            block += struct.pack("<IIIIIII", 6, 32 + len(padded), 0, moment >> 32, moment & 0xffffffff, len(kept),
                                 len(bytes(packet))) + padded + struct.pack("<I", 32 + len(padded))
        path.write_bytes(block)
    flows = {(flow["from"], flow["service"]): flow for flow in of_type(lines("--policy", policy, path), "flow")}
    assert (flows[PC_IP, "tcp/445"]["packets"], flows[PC_IP, "tcp/445"]["bytes"]) == (6, 6 * 54)  # of two connections
    told = sum(len(bytes(packet)) for packet in packets if TCP in packet and 22 in (packet.sport, packet.dport))
    assert told > 4 * 54
    assert (flows[CT_IP, "tcp/22"]["packets"], flows[CT_IP, "tcp/22"]["bytes"]) == (4, told)
    shown = replay("--policy", policy, path).stdout.decode()
    assert "FLOWS  PACKETS  BYTES  DECIDED BY" in shown and f"tcp/22       1        4    {told}  no rule" in shown


def test_verdicts_are_those_of_explain(capture, policy):
    for flow in of_type(lines("--policy", policy, capture), "flow"):
        done = subprocess.run([ISOWARD, "explain", str(policy), "--from", flow["from_zone"], "--to", flow["to_zone"],
                               "--service", flow["service"], "--json"], capture_output=True, check=True)
        explained = json.loads(done.stdout)
        assert (explained["verdict"], explained["rule"]) == (flow["verdict"], flow["rule"])


def test_findings_name_device_and_zone(capture, policy):
    findings = of_type(lines("--policy", policy, capture), "finding")
    refused = [finding for finding in findings if finding["finding"] == "lateral/admin-protocol"]
    assert refused and refused[0]["mac"] == PC and refused[0]["zone"] == "quarantine"
    assert refused[0]["peer"] is None  # one finding for all neighbours


def at_time(packets, path, moment):
    """The same packets, as if they were of another day."""
    moved = [packet.copy() for packet in packets]
    for i, packet in enumerate(moved):
        packet.time = moment + i / 1000
    wrpcap(str(path), moved)
    return path


def test_support_is_judged_by_the_day_of_the_capture(tmp_path):
    """Windows 7 was no finding while it was mended: until 2020-01-14."""
    told = connection(PC_IP, FAR_IP, 80) + [
        between(PC_IP, FAR_IP, flags="PA", seq=101, ack=501, sport=40000, dport=80)
        / Raw(b"GET / HTTP/1.1\r\nHost: news.example\r\nUser-Agent: Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:115.0)"
              b" Gecko/20100101 Firefox/115.0\r\n\r\n")]
    for moment, day, outdated in ((1262347200, "2010-01-01", False), (NOON, "2025-11-25", True)):
        found = lines(at_time(told, tmp_path / "told.pcap", moment))
        assert found[-1]["support_judged_by"] == day
        assert ("outdated/os" in {line["finding"] for line in of_type(found, "finding")}) == outdated, day
    assert b"judged by 2025-11-25, the day of the last frame" in replay(tmp_path / "told.pcap").stdout


def test_a_captures_name_that_is_no_utf8(capture, tmp_path):
    odd = os.path.join(os.fsencode(tmp_path), b"se\xf1or.pcap")
    with open(capture, "rb") as whole, open(odd, "wb") as copy:
        copy.write(whole.read())
    done = subprocess.run([ISOWARD, "replay", "--json", "--observations", odd], capture_output=True, timeout=120,
                          check=True)
    names = {line["capture"] for line in of_type([json.loads(line) for line in done.stdout.decode().splitlines()],
                                                 "observation")}
    assert {os.path.basename(name) for name in names} == {"se?or.pcap"}


def test_the_last_line_counts(capture, packets):
    last = lines(capture)[-1]
    assert last["type"] == "statistics" and last["frames"] == len(packets) and last["captures"] == 1
    assert last["devices"] == 4 and last["devices_evicted"] == 0


# ---- observations ----

def test_observations_name_capture_frame_and_fields(capture):
    found = of_type(lines("--observations", capture), "observation")
    dhcp = next(line for line in found if line["protocol"] == "dhcp")
    assert dhcp["capture"] == str(capture) and dhcp["frame"] == 2 and dhcp["source"] == PC
    assert dhcp["fields"]["host-name"] == ["WARD-PC-11"] and dhcp["fields"]["dhcp-message"] == [3]
    syn = next(line for line in found if line["protocol"] == "tcp")
    assert syn["conversation"]["source"] == CT_IP and syn["conversation"]["destination_port"] == 104


def test_observations_need_json(capture):
    done = replay("--observations", capture)
    assert done.returncode == 2 and b"add --json" in done.stderr


# ---- kinds of captures ----

def without_time(found):
    return [{key: value for key, value in line.items() if key not in ("first", "last", "captures", "frames")}
            for line in found]


def test_packed_and_from_standard_input(capture, tmp_path):
    plain = lines(capture)
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(capture.read_bytes()))
    assert lines(packed) == plain
    assert lines("-", stdin=open(capture, "rb")) == plain  # pylint: disable=consider-using-with
    assert lines("-", stdin=open(packed, "rb")) == plain  # pylint: disable=consider-using-with


def test_several_captures_are_one_network(packets, capture, tmp_path):
    halves = [tmp_path / "a.pcap", tmp_path / "b.pcap"]
    wrpcap(str(halves[0]), packets[:6])
    wrpcap(str(halves[1]), packets[6:])
    assert without_time(lines(*halves)) == without_time(lines(capture))


def test_a_vlan_is_told(packets, tmp_path):
    tagged = packets[0].copy()
    tagged = Ether(src=tagged.src, dst=tagged.dst) / Dot1Q(vlan=20) / tagged.payload
    path = tmp_path / "tagged.pcap"
    wrpcap(str(path), [tagged])
    assert of_type(lines(path), "device")[0]["vlan"] == 20


def test_without_macs_addresses_are_devices(packets, tmp_path):
    path = tmp_path / "raw.pcap"
    wrpcap(str(path), [Raw(bytes(packet[IP])) for packet in packets if TCP in packet], linktype=101)
    devices = of_type(lines(path), "device")
    assert {device["ips"][0] for device in devices} == {CT_IP, PC_IP, PACS_IP}
    assert {device["mac"] for device in devices} == {None} == {device["vendor"] for device in devices}


# ---- what cannot be read ----

def test_a_cut_capture_counts_as_far_as_it_goes(capture, tmp_path):
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(capture.read_bytes()[:-7])
    done = replay("--json", cut)
    assert done.returncode == 1
    message = done.stderr.decode()
    assert str(cut) in message and "at byte" in message and "cut" in message
    found = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert {device["mac"] for device in of_type(found, "device")} >= {CT, PC}
    assert found[-1]["frames"] == lines(capture)[-1]["frames"] - 1


def test_a_damaged_capture_among_others(capture, tmp_path):
    wrong = tmp_path / "wrong.pcap"
    data = bytearray(capture.read_bytes())
    data[24 + 8:24 + 12] = struct.pack("<I", 0x7fffffff)
    wrong.write_bytes(data)
    done = replay("--json", wrong, capture)
    assert done.returncode == 1 and b"at byte 24: frame 1 claims" in done.stderr
    assert json.loads(done.stdout.decode().splitlines()[-1])["devices"] == 4


@pytest.mark.parametrize("make, text", [
    (lambda path: None, "No such file"),
    (lambda path: path.mkdir(), "folder"),
    (lambda path: path.write_text("version: 1\n"), "no capture file"),
    (lambda path: path.write_bytes(b""), "empty"),
])
def test_what_is_no_capture(tmp_path, make, text):
    path = tmp_path / "what"
    make(path)
    done = replay(path)
    assert done.returncode == 1 and text in done.stderr.decode() and str(path) in done.stderr.decode()


def test_wrong_usage_and_wrong_policy(capture, tmp_path):
    assert replay().returncode == 2
    assert replay("--nonsense", capture).returncode == 2
    bad = tmp_path / "bad.yaml"
    bad.write_text("version: 1\nzones: 3\n")
    done = replay("--policy", bad, capture)
    assert done.returncode == 1 and b"bad.yaml:2" in done.stderr and done.stdout == b""
    (tmp_path / "none").mkdir()
    done = replay("--fingerprints", tmp_path / "none", capture)
    assert done.returncode == 1 and b"holds no" in done.stderr


# ---- destinations by DNS name ----

NAMES = f"""version: 1
gateway: {{{{ clinical: [pumps0], uplink: [wan0] }}}}
zones:
  imaging: {{{{ }}}}
  servers: {{{{ networks: [10.2.0.0/16] }}}}
  internet: {{{{ networks: [0.0.0.0/0] }}}}
  quarantine: {{{{ default: true }}}}
devices:
  - {{{{ mac: "{CT}", name: CT-2, zone: imaging }}}}
rules:
  - {{{{ from: imaging, to: {{{{ names: ["*.vendor.example"], zone: internet }}}}, allow: tcp/443 }}}}
  - {{{{ from: imaging, to: {{where}}, allow: dns }}}}
"""


def lookup(resolver, moment, name="updates.vendor.example", answer=FAR_IP):
    """A question of the CT and its answer, by an alias."""
    ask = (Ether(src=CT, dst=ROUTER) / IP(src=CT_IP, dst=resolver, ttl=64) / UDP(sport=40053, dport=53)
           / DNS(id=7, qd=DNSQR(qname=name)))
    tell = (Ether(src=ROUTER, dst=CT) / IP(src=resolver, dst=CT_IP, ttl=60) / UDP(sport=53, dport=40053)
            / DNS(id=7, qr=1, qd=DNSQR(qname=name), an=DNSRR(rrname=name, type="CNAME", rdata="edge.cdn.example")
                  / DNSRR(rrname="edge.cdn.example", type="A", ttl=60, rdata=answer)))
    ask.time, tell.time = moment, moment + 0.01
    return [ask, tell]


def web(moment):
    packets = [Ether(src=CT, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=CT, psrc=CT_IP, pdst="10.1.0.1"),
               *connection(CT_IP, FAR_IP, 443)]
    for packet in packets:
        packet.time = moment
    return packets


@pytest.mark.parametrize("made, where, verdict", [
    ([*lookup(PACS_IP, NOON), *web(NOON + 1)], "servers", "allow"),
    ([*web(NOON), *lookup(PACS_IP, NOON + 1)], "servers", "deny"),                  # before it was told
    ([*lookup(PACS_IP, NOON, "updates.other.example"), *web(NOON + 1)], "servers", "deny"),
    ([lookup(PACS_IP, NOON)[1], *web(NOON + 1)], "servers", "deny"),                # nobody asked
    ([*lookup(PACS_IP, NOON, answer="192.0.2.1"), *web(NOON + 1)], "servers", "deny"),
    ([*lookup(PACS_IP, NOON), *web(NOON + 1)], "quarantine", "deny"),               # of whom it may not have names
    ([*lookup("198.51.100.66", NOON), *web(NOON + 1)], "internet", "deny"),         # anybody's name server
])
def test_names_are_learned_from_the_answers_of_the_capture(tmp_path, made, where, verdict):
    wrpcap(str(tmp_path / "names.pcap"), made)
    (tmp_path / "names.yaml").write_text(NAMES.format(where=where))
    flows = of_type(lines("--policy", tmp_path / "names.yaml", tmp_path / "names.pcap"), "flow")
    assert [flow["verdict"] for flow in flows if flow["service"] == "tcp/443"] == [verdict]


# ---- what is told of several together ----

def asks(mac, hostname, vendor=b"", moment=NOON):
    packet = (Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255", ttl=64)
              / UDP(sport=68, dport=67) / BOOTP(chaddr=bytes.fromhex(mac.replace(":", "")))
              / DHCP(options=[("message-type", "request"), ("hostname", hostname), ("vendor_class_id", vendor or b"x"),
                              ("param_req_list", [1, 3, 6, 15]), "end"]))
    packet.time = moment
    return packet


def announces(mac, address, name):
    """A name by NetBIOS: a registration."""
    coded = b"".join(bytes((0x41 + (byte >> 4), 0x41 + (byte & 15))) for byte in name.ljust(15).encode() + b"\0")
    body = struct.pack(">HHHHHH", 1, 0x2910, 1, 0, 0, 1) + b"\x20" + coded + b"\0" + struct.pack(">HH", 0x20, 1)
    body += struct.pack(">HHHIHH", 0xc00c, 0x20, 1, 300, 6, 0) + bytes(int(part) for part in address.split("."))
    packet = (Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / IP(src=address, dst="10.1.0.255", ttl=128)
              / UDP(sport=137, dport=137) / Raw(body))
    packet.time = NOON
    return packet


def test_two_adapters_with_the_same_names_are_one_device(tmp_path):
    made = []
    for last, name in ((1, "WARD-LAPTOP"), (2, "WARD-LAPTOP"), (3, "OTHER")):
        mac = f"f8:bc:12:00:01:0{last}"
        made += [asks(mac, name.encode()), announces(mac, f"10.1.0.{last}", name)]
    wrpcap(str(tmp_path / "kin.pcap"), made)
    kin = {device["mac"]: device["same_as"] for device in of_type(lines(tmp_path / "kin.pcap"), "device")}
    assert kin == {"f8:bc:12:00:01:01": ["f8:bc:12:00:01:02"], "f8:bc:12:00:01:02": ["f8:bc:12:00:01:01"],
                   "f8:bc:12:00:01:03": []}
    assert b"One device: f8:bc:12:00:01:01, f8:bc:12:00:01:02\n" in replay(tmp_path / "kin.pcap").stdout


def test_who_stands_before_many(tmp_path):
    for count, told in ((8, []), (9, [PC])):
        made = [Ether(src=PC, dst=CT) / IP(src=f"10.7.0.{i}", dst=CT_IP, ttl=61) / TCP(dport=104, flags="S")
                for i in range(1, count + 1)]
        wrpcap(str(tmp_path / "many.pcap"), made)
        found = of_type(lines(tmp_path / "many.pcap"), "finding")
        assert [line["mac"] for line in found if line["finding"] == "rogue/router"] == told, count


def test_what_would_be_held_is_told(tmp_path):
    """It speaks like a pump and is called like a PC: which of the two came first does not matter."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "odd.yaml").write_text(
        "version: 1\nrules:\n"
        "  - { name: odd, source: dhcp-vendor, match: ODD, class: medical/infusion-pump, weight: 5.0, cite: test }\n"
        "  - { name: even, source: host-name, match: EVEN, class: computer/workstation, weight: 5.0, cite: test }\n")
    (tmp_path / "policy.yaml").write_text(
        "version: 1\ngateway: { clinical: [pumps0], uplink: [wan0] }\nzones:\n"
        "  pumps: { members: { class: medical/infusion-pump } }\n  pcs: { members: { class: computer } }\n"
        "  quarantine: { default: true }\n")
    wrpcap(str(tmp_path / "odd.pcap"), [asks(PC, b"EVEN", b"ODD"), asks(CT, b"EVEN")])
    found = lines("--policy", tmp_path / "policy.yaml", "--fingerprints", rules, tmp_path / "odd.pcap")
    held = {device["mac"]: device["conflict"] for device in of_type(found, "device")}
    assert held[PC] in ("computer/workstation", "medical/infusion-pump") and held[CT] is None
    told = [line for line in of_type(found, "finding") if line["finding"] == "spoof/identity"]
    assert [line["mac"] for line in told] == [PC] and told[0]["evidence"].endswith(f"looks like {held[PC]} as well")


# ---- for people ----

def test_the_summary(capture, policy):
    done = replay("--policy", policy, capture)
    text = done.stdout.decode()
    assert done.returncode == 0 and done.stderr == b""
    for line in ("1 capture, ", "Devices: 4", "CT-2", "WARD-PC-11", "no sharing", "no rule", "Findings: ",
                 "Flows: 1 would be allowed, 4 refused", "isoward explain"):
        assert line in text, line
    assert all(len(line) <= 110 for line in text.splitlines())


def test_the_summary_without_a_policy(capture):
    text = replay(capture).stdout.decode()
    assert "--policy FILE" in text and "Flows:" not in text and "ZONE" not in text
