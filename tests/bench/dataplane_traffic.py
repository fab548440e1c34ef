# SPDX-License-Identifier: GPL-3.0-or-later
"""dataplane_traffic: traffic through the gateway, and the kernel's generation of the rules while they change."""

import contextlib
import os
import re
import socket
import struct
import subprocess
import threading
import time

from dataplane_space import NETNS_DIR, LabError, tool
from space import run

NETLINK_NETFILTER, GETGEN, GEN_ID = 12, 10 << 8 | 16, 1  # NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN, NFTA_GEN_ID


def counts(line):
    """{"sent": 12, …} of what bench_traffic prints."""
    return {name: int(value) for name, value in re.findall(r"(\w+) (\d+)", line)}


def send(gateway, mode, amount, rate=0, seconds=120):
    """What bench_traffic counted, and as "cpu" the microseconds of processor time it took, forwarding done on its account
    included."""
    before = os.times()
    seen = counts(run(tool("traffic"), f"{NETNS_DIR}/{gateway.wire}", f"{NETNS_DIR}/{gateway.far}", mode, str(amount), str(rate),
                      timeout=seconds).stdout)
    after = os.times()
    seen["cpu"] = (after.children_user + after.children_system - before.children_user - before.children_system) * 1e6
    return seen


class Flood:
    """Datagrams that may pass and datagrams that may not, until the end of the block; counted in ${self.seen}."""

    def __init__(self, gateway, rate=5000):
        self.gateway, self.rate, self.seen = gateway, rate, {}

    def __enter__(self):
        argv = [tool("traffic"), f"{NETNS_DIR}/{self.gateway.wire}", f"{NETNS_DIR}/{self.gateway.far}", "flood", "0", str(self.rate)]
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.gateway.processes.append(self.process)
        return self

    def __exit__(self, *_):
        told, _ = self.process.communicate(timeout=60)
        self.gateway.processes.remove(self.process)
        self.seen = counts(told)


class Generations(threading.Thread):
    """When the kernel's generation of the rules changed, by asking each millisecond: a listener would slow the kernel down."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.sock = gateway.socket_in(gateway.gateway, socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.sock.settimeout(60)
        self.changes = []  # monotonic seconds
        self.stopped = False
        self.present = self.ask()
        self.start()

    def ask(self):
        self.sock.send(struct.pack("=IHHII4x", 20, GETGEN, 1, 0, 0))
        answer = self.sock.recv(4096)
        at = 20
        while at + 4 <= len(answer):
            length, kind = struct.unpack_from("=HH", answer, at)
            if kind & 0x3fff == GEN_ID:
                return struct.unpack_from("!I", answer, at + 4)[0]
            if length < 4:
                break
            at += (length + 3) & ~3
        raise LabError("the kernel does not tell its generation")

    def run(self):
        with contextlib.suppress(OSError):
            while not self.stopped:
                generation = self.ask()
                if generation != self.present:
                    self.changes += [time.monotonic()] * ((generation - self.present) & 0xffffffff)
                    self.present = generation
                time.sleep(0.001)

    def stop(self):
        self.stopped = True
        self.join(65)
        self.sock.close()
        return self.changes


def softirq_seconds():
    """Seconds that all processors spent in softirqs, since the start of the machine."""
    with open("/proc/stat", encoding="ascii") as file:
        return int(file.readline().split()[7]) / os.sysconf("SC_CLK_TCK")
