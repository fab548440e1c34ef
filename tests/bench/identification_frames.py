# SPDX-License-Identifier: GPL-3.0-or-later
"""identification_frames: one frame of a capture, to see whether a row of tshark's is of a packet that was sent at all."""

import struct

ETHERNET, RAW = 1, (12, 101, 228, 229)
IPV4, IPV6, TAGS = 0x0800, 0x86dd, (0x8100, 0x88a8, 0x9100)
ICMP, ICMPV6 = 1, 58
CAPWAP_DATA = 5247  # RFC 5415 section 3.1
ICMP_ERRORS = (3, 4, 5, 11, 12)  # RFC 792; of ICMPv6 all types below 128, RFC 4443 section 2.1


def frame_of_pcap(file, order, wanted):
    """(link type, bytes) of frame ${wanted}, counted from 1, of a pcap file behind its magic number."""
    link = struct.unpack(order + "I", file.read(20)[16:])[0]
    for _ in range(wanted - 1):
        file.seek(struct.unpack(order + "4I", file.read(16))[2], 1)
    return link & 0xffff, file.read(struct.unpack(order + "4I", file.read(16))[2])


def frame_of_pcapng(file, wanted):
    order, links, file_length = "<", [], file.seek(0, 2)
    at = number = 0
    while at + 12 <= file_length:
        file.seek(at)
        kind = file.read(4)
        if kind == b"\x0a\x0d\x0d\x0a":  # a section begins, with the order of its bytes
            length, magic = file.read(4), file.read(4)
            order, links = "<" if magic == b"\x4d\x3c\x2b\x1a" else ">", []
            at += struct.unpack(order + "I", length)[0]
            continue
        kind, = struct.unpack(order + "I", kind)
        length, = struct.unpack(order + "I", file.read(4))
        if kind == 1:  # an interface
            links.append(struct.unpack(order + "H", file.read(2))[0])
        number += kind in (3, 6)
        if kind in (3, 6) and number == wanted:
            if kind == 3:
                return links[0], file.read(length - 16)[4:]
            interface, _, _, kept, _ = struct.unpack(order + "5I", file.read(20))
            return links[interface], file.read(kept)
        at += length
    raise EOFError(f"no frame {wanted}")


def frame_of(path, wanted):
    with open(path, "rb") as file:
        magic = file.read(4)
        if magic == b"\x0a\x0d\x0d\x0a":
            return frame_of_pcapng(file, wanted)
        return frame_of_pcap(file, "<" if magic[:1] in (b"\xd4", b"\x4d") else ">", wanted)


def ip_packet(link, frame):
    """The IP packet in ${frame}; empty where none is seen."""
    if link in RAW:
        return frame
    kind, at = (int.from_bytes(frame[12:14], "big"), 14) if link == ETHERNET else (0, 0)
    while kind in TAGS:
        kind, at = int.from_bytes(frame[at + 2:at + 4], "big"), at + 4
    return frame[at:] if kind in (IPV4, IPV6) else b""


def quotes_another(path, wanted):
    """Whether frame ${wanted} is an ICMP error: the packet in it is its receiver's, sent before, and not its sender's."""
    packet = ip_packet(*frame_of(path, wanted))
    if len(packet) > 40 and packet[0] >> 4 == 6:
        return packet[6] == ICMPV6 and packet[40] < 128
    header = (packet[0] & 15) * 4 if packet else 0
    return len(packet) > header >= 20 and packet[9] == ICMP and packet[header] in ICMP_ERRORS


def sent_in_capwap(path, wanted, station):
    """Whether ${station} sent what frame ${wanted} carries in CAPWAP; the frame's own sender is its access point then."""
    packet = ip_packet(*frame_of(path, wanted))
    header = (packet[0] & 15) * 4 if packet and packet[0] >> 4 == 4 else 40
    ports = (packet[header:header + 2], packet[header + 2:header + 4])
    return CAPWAP_DATA.to_bytes(2, "big") in ports and bytes.fromhex(station.replace(":", "")) in packet[header + 8:]
