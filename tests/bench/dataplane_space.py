# SPDX-License-Identifier: GPL-3.0-or-later
"""dataplane_space: what the dataplane's figures share: a gateway between a clinical wire and a far side, the daemon
with many devices known, and reading what its processes cost."""

import glob
import os
import re
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(REPOSITORY, "tests", "lab"))

from figures import percentile, spread  # noqa: E402, F401
from hospital import ISOWARD  # noqa: E402
from space import NETNS_DIR, Lab, LabError, becomes, run, wait_for  # noqa: E402, F401

TOOLS = os.path.join(os.path.dirname(ISOWARD), "tests")
FINGERPRINTS = os.path.join(REPOSITORY, "policy", "fingerprints")
SERVER = "10.8.0.10"
PUMP_BASE = int.from_bytes(socket.inet_aton("10.18.0.0"), "big")  # as in preload.c
POLICY = """\
version: 1
site: Bench
gateway: { clinical: [pumps0], uplink: [wan0], isolation: proxy-arp }
zones:
  pumps:        { members: { class: medical/infusion-pump } }
  pcs:          { members: { class: computer } }
  pump-servers: { networks: [10.8.0.0/24] }
  internet:     { networks: [0.0.0.0/0] }
  quarantine:   { default: true }
services:
  bench: [tcp/5001-5999, udp/5001-5999]
rules:
  - { from: pumps, to: pump-servers, allow: bench, why: what is measured }
"""


def tool(name):
    path = os.path.join(TOOLS, f"bench_{name}")
    if not os.access(path, os.X_OK):
        raise LabError(f"no {path}: build it: cmake --build build --target bench_{name}")
    return path


def pump_address(number):
    """The address of preloaded device ${number}."""
    return socket.inet_ntoa(struct.pack("!I", PUMP_BASE + number))


def pump_mac(number):
    return f"00:12:21:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


class Gateway(Lab):
    """wire [eth0] -- [pumps0] gw [wan0] -- [eth0] far, each a namespace."""

    def __init__(self):
        super().__init__()
        try:
            self.gateway, self.wire, self.far = (self.namespace(name) for name in ("gw", "wire", "far"))
            self.daemon = None
            self.build()
        except BaseException:
            self.close()
            raise

    def build(self):
        self.ip(self.gateway, f"link add pumps0 type veth peer name eth0 netns {self.wire}", "addr add 10.16.0.1/12 dev pumps0",
                "link set pumps0 up", f"link add wan0 type veth peer name eth0 netns {self.far}", "addr add 10.8.0.1/24 dev wan0",
                "link set wan0 up")
        self.ip(self.wire, "link set eth0 up")
        self.ip(self.far, f"addr add {SERVER}/24 dev eth0", "link set eth0 up", "route add 10.16.0.0/12 via 10.8.0.1")
        self.sysctl(self.gateway, "ipv4/ip_forward", 1)

    def be_pump(self, number):
        """Make the wire's end the preloaded device ${number}, with its MAC and address."""
        self.ip(self.wire, "link set eth0 down", f"link set eth0 address {pump_mac(number)}", "link set eth0 up",
                f"addr replace {pump_address(number)}/12 dev eth0", "route replace default via 10.16.0.1")

    def text(self, name):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def preload(self, count, zones="pumps", device_class="medical/infusion-pump", first=1):
        """Write ${count} known devices into the state folder."""
        subprocess.run([tool("preload"), self.path("state"), str(first), str(count), "pumps0", zones,
                        *([device_class] if device_class else [])], check=True)

    def argv(self):
        return [ISOWARD, "run", "--policy", self.path("policy.yaml"), "--state", self.path("state"), "--listen", "127.0.0.1:8080",
                "--fingerprints", FINGERPRINTS]

    def start_isoward(self, policy=POLICY, seconds=60):
        os.makedirs(self.path("state"), exist_ok=True)
        self.write("policy.yaml", policy)
        before = self.text("isoward.log").count("event=ready")
        self.daemon = self.start_in(self.gateway, *self.argv(), log="isoward.log")
        wait_for(lambda: self.ready(before), seconds, lambda: f"isoward enforces: {self.text('isoward.log')}")
        return self.daemon

    def ready(self, before=0):
        if self.daemon.poll() is not None:
            raise LabError(f"isoward ended: {self.text('isoward.log')}")
        return self.text("isoward.log").count("ready") > before

    def arrive(self, mode, first, count, pace, table="isoward", name="zone4", seconds=600):
        """Let devices come by bench_arrivals: (microseconds of each, acknowledged, lost)."""
        done = run(tool("arrivals"), f"{NETNS_DIR}/{self.wire}", f"{NETNS_DIR}/{self.gateway}", table, name, mode, str(first),
                   str(count), str(pace), timeout=seconds)
        head, *lines = done.stdout.splitlines()
        told = [int(word) for word in re.findall(r"\d+", head)]
        return [float(line) for line in lines], told[1], told[2]

    def warm(self):
        """The first frames are seen as soon as the rings are open: until a device came by, nothing is measured."""
        for number in range(900000, 900020):
            values, _, _ = self.arrive("serve", number, 1, 1)
            if values:
                return
        raise LabError(f"isoward does not learn: {self.text('isoward.log')}")

    def settle(self, seconds=120):
        """Wait until the daemon has written what it loaded: it then does nothing for a second."""
        def quiet():
            before = processor_seconds(self.daemon.pid)
            time.sleep(1)
            return processor_seconds(self.daemon.pid) - before < 0.02
        wait_for(quiet, seconds, "the daemon comes to rest")

    def nft(self, *argv, check=True, **more):
        return self.run_in(self.gateway, "nft", *argv, check=check, timeout=300, **more)

    def processes_of(self, process):
        """{role: pid} of the daemon and its children."""
        found = {"controller": process.pid}
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            for pid in file.read().split():
                with open(f"/proc/{pid}/cmdline", encoding="utf-8") as line:
                    words = line.read().split("\0")
                found["sensor" if any("sensor" in word for word in words[:3]) else "web"] = int(pid)
        return found


def memory_of(pid):
    """PSS and its anonymous part, MiB."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        text = file.read()
    return {name.lower(): int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M).group(1)) / 1024 for name in ("Pss", "Pss_Anon")}


def processor_seconds(pid):
    """User and system time of all threads of ${pid}, by the scheduler's own count in nanoseconds."""
    return sum(int(open(path, encoding="ascii").read().split()[0]) for path in glob.glob(f"/proc/{pid}/task/*/schedstat")) / 1e9
