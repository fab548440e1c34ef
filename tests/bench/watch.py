# SPDX-License-Identifier: GPL-3.0-or-later
"""watch: in the gateway's namespace, tell when each DHCPACK left and when each element came into the kernel.

usage: watch.py INTERFACE TABLE SET COUNT

A dot on the standard output for each element that came; a line with one JSON object when COUNT came or the standard
input ends.

The ACK's time is the kernel's own stamp of the frame on its way out (SO_TIMESTAMPNS). The element's time is read from
the same clock when the nf_tables notification has been received here: wake-up and Python are in the figure, so it is
an upper bound.
"""

import ctypes
import json
import os
import select
import socket
import struct
import sys
import time

NETLINK_NETFILTER, NFNLGRP_NFTABLES = 12, 7
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 270, 1
SO_TIMESTAMPNS, SO_RCVBUFFORCE, SO_ATTACH_FILTER = 35, 33, 26
NEWSETELEM = 10 << 8 | 12  # NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWSETELEM
ELEM_LIST_TABLE, ELEM_LIST_SET, ELEM_LIST_ELEMENTS = 1, 2, 3
ELEM_KEY, DATA_VALUE = 1, 1
ETH_P_ALL = 3
# ip and udp src port 67, as tcpdump -dd prints it for frames without options: else drop
FILTER = [(0x28, 0, 0, 12), (0x15, 0, 8, 0x0800), (0x30, 0, 0, 23), (0x15, 0, 6, 17), (0x28, 0, 0, 20), (0x45, 4, 0, 0x1fff),
          (0xb1, 0, 0, 14), (0x48, 0, 0, 14), (0x15, 0, 1, 67), (0x6, 0, 0, 0x40000), (0x6, 0, 0, 0)]


def attributes(data):
    """The netlink attributes in ${data} as (type, bytes)."""
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4 or at + length > len(data):
            return
        yield kind & 0x3fff, data[at + 4:at + length]
        at += (length + 3) & ~3


def added_keys(message, table, name):
    """The keys of the elements that one netlink datagram adds to the set."""
    at = 0
    while at + 20 <= len(message):
        length, kind = struct.unpack_from("=IH", message, at)
        if length < 20:
            return
        if kind == NEWSETELEM:
            body = dict(attributes(message[at + 20:at + length]))
            if (body.get(ELEM_LIST_TABLE, b"").rstrip(b"\0") == table and body.get(ELEM_LIST_SET, b"").rstrip(b"\0") == name):
                for _, element in attributes(body.get(ELEM_LIST_ELEMENTS, b"")):
                    key = dict(attributes(dict(attributes(element)).get(ELEM_KEY, b""))).get(DATA_VALUE, b"")
                    yield key
        at += (length + 3) & ~3


def open_tap(interface):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    program = b"".join(struct.pack("=HBBI", *step) for step in FILTER)
    buffer = ctypes.create_string_buffer(program, len(program))
    tap.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", len(FILTER), ctypes.addressof(buffer)))
    tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    tap.bind((interface, ETH_P_ALL))
    tap.setblocking(False)
    return tap


def read_acks(tap, acks):
    while True:
        try:
            frame, ancillary, _, _ = tap.recvmsg(2048, 64)
        except BlockingIOError:
            return
        stamp = next((struct.unpack("=qq", data[:16]) for level, kind, data in ancillary
                      if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS), None)
        options = frame[282:]  # Ethernet 14, IP 20, UDP 8, BOOTP 236, cookie 4
        if stamp and options[:3] == b"\x35\x01\x05":  # dnsmasq puts option 53 first
            acks.setdefault(socket.inet_ntoa(frame[58:62]), stamp[0] * 10**9 + stamp[1])


def main():
    interface, table, name, count = sys.argv[1], sys.argv[2].encode(), sys.argv[3].encode(), int(sys.argv[4])
    monitor = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    monitor.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    monitor.bind((0, 0))
    monitor.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES)
    tap = open_tap(interface)
    acks, elements = {}, {}
    os.write(1, b"r")  # ready
    poll = select.poll()
    poll.register(monitor, select.POLLIN)
    poll.register(sys.stdin, select.POLLIN | select.POLLHUP)
    while len(elements) < count:
        ready = [number for number, _ in poll.poll()]
        if monitor.fileno() in ready:
            message = monitor.recv(1 << 20)
            now = time.clock_gettime_ns(time.CLOCK_REALTIME)
            before = len(elements)
            for key in added_keys(message, table, name):
                elements.setdefault(socket.inet_ntoa(key[-4:]), now)
            os.write(1, b"." * (len(elements) - before))
            read_acks(tap, acks)
        elif sys.stdin.fileno() in ready:
            break
    read_acks(tap, acks)
    print("\n" + json.dumps({"acks": acks, "elements": elements}))


if __name__ == "__main__":
    main()
