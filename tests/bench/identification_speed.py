# SPDX-License-Identifier: GPL-3.0-or-later
"""identification_speed: packets per second and core of replay, p0f, ndpiReader and tshark, over the same captures."""

import os
import re
import shutil
import statistics
import struct
import subprocess
import tempfile
import time

from identification_data import print_table
from identification_extraction import captures_of

AIM_TIMES = 2.0
PACKETS_LEAST = 2_000_000  # in the merged capture, so that starting up counts for little
ROUNDS = 5
ETHERNET = 1


def records_of(path):
    """The records of a classic pcap file of Ethernet frames with microseconds; none of another one."""
    with open(path, "rb") as file:
        data = file.read()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(data[:4])
    if not order or struct.unpack_from(order + "I", data, 20)[0] & 0xffff != ETHERNET:
        return
    at = 24
    while at + 16 <= len(data):
        seconds, micros, length, original = struct.unpack_from(order + "IIII", data, at)
        if at + 16 + length > len(data) or length > 262144:
            return
        yield seconds, micros, original, data[at + 16:at + 16 + length]
        at += 16 + length


def merge(data, folder):
    """All captures one after the other, again and again, their clocks put in order; pcapng by editcap where present."""
    records = []
    for capture in captures_of(data):
        path = os.path.join(data, capture)
        with open(path, "rb") as file:
            is_next_generation = file.read(4) == b"\x0a\x0d\x0d\x0a"
        if is_next_generation and shutil.which("editcap"):
            classic = os.path.join(folder, "classic.pcap")
            done = subprocess.run(["editcap", "-F", "pcap", "-T", "ether", path, classic], capture_output=True, check=False)
            path = classic if done.returncode == 0 else path
        records += records_of(path)
    if not records:
        return None, 0
    merged, count, clock = os.path.join(folder, "merged.pcap"), 0, 1_700_000_000.0
    with open(merged, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, ETHERNET))
        while count < PACKETS_LEAST:
            before = None
            for seconds, micros, original, frame in records:
                stamp = seconds + micros / 1e6
                step = 0.0001 if before is None else min(max(stamp - before, 0.0), 0.05)
                before, clock = stamp, clock + step
                file.write(struct.pack("<IIII", int(clock), int(clock * 1e6) % 1_000_000, len(frame), original) + frame)
                count += 1
            clock += 3600  # a day later, as far as the flows are concerned
    return merged, count


def ways(isoward, merged):
    """How each is called, single-threaded, its output thrown away but printed in full by none."""
    yield "isoward replay", [isoward.program, "replay", *isoward.policy, merged]
    yield "isoward replay --json --observations", [isoward.program, "replay", *isoward.policy, "--json", "--observations", merged]
    if shutil.which("p0f"):
        yield "p0f", ["p0f", "-r", merged]
    if shutil.which("ndpiReader"):
        yield "ndpiReader", ["ndpiReader", "-i", merged, "-q", "-n", "1"]
    if shutil.which("tshark"):
        yield "tshark", ["tshark", "-n", "-r", merged, "-Y", "dhcp or dns or mdns or http or tls or smb or smb2 or dicom or hl7"]


def timed(command):
    """Processor seconds of ${command}, children included; None where it fails."""
    before = os.times()
    begin = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    after = os.times()
    if done.returncode != 0:
        print(f"  {command[0]}: status {done.returncode}: {done.stderr.decode(errors='replace').strip()[-200:]}")
        return None
    return after.children_user + after.children_system - before.children_user - before.children_system, time.monotonic() - begin


def run(data, isoward, options):
    with tempfile.TemporaryDirectory(prefix="isoward-bench-") as folder:
        merged, packets = merge(data, folder)
        if not merged:
            print("speed: no capture to merge")
            return []
        seen = {}
        for _ in range(options.rounds or ROUNDS):
            for name, command in ways(isoward, merged):
                took = timed(command)
                if took:
                    seen.setdefault(name, []).append(took)
        size = os.path.getsize(merged)
    rates = {name: packets / statistics.median(cpu for cpu, _ in took) for name, took in seen.items()}
    own = rates.get("isoward replay", 0.0)
    peers = {name: rate for name, rate in rates.items() if not name.startswith("isoward")}
    fastest = max(peers.values(), default=0.0)
    times = own / fastest if fastest else 0.0
    print_table(f"Packets per second and core, {packets} packets, {size / 2**20:.0f} MiB, median of {options.rounds or ROUNDS} rounds; aim: "
                f"{AIM_TIMES:g} times the fastest other", ["way", "packets/s", "MiB/s", "wall s", "times"],
                [[name, int(rate), size / 2**20 / packets * rate, statistics.median(wall for _, wall in seen[name]), own / rate]
                 for name, rate in rates.items()])
    return [{"name": "replay speed", "unit": "packets/s a core", "ours": {re.sub("isoward ", "", name): round(rate) for name, rate in rates.items()
             if name not in peers}, "peers": {name: round(rate) for name, rate in peers.items()}, "aim": f"{AIM_TIMES:g} times the fastest",
             "times": round(times, 2), "met": not peers or times >= AIM_TIMES}]
