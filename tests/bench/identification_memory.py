# SPDX-License-Identifier: GPL-3.0-or-later
"""identification_memory: what replay needs for 100 000 devices and a million flows, and whether it counts what it forgets."""

import os
import resource
import struct
import subprocess
import tempfile

from identification_data import print_table

DEVICES, FLOWS = 100_000, 1_000_000
AIM_MIB = 512


def checksum(header):
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(device, flow):
    """A TCP SYN of a device of its own MAC and address to one of 250 servers."""
    mac = b"\x02" + struct.pack(">I", device)[:4] + b"\x01"
    source = struct.pack(">I", 0x0a000000 + device + 2)
    target = struct.pack(">I", 0xc0a80000 + flow % 250 + 1)
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 44, flow & 0xffff, 0x4000, 64, 6, 0, source, target)
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    port = 1024 + (flow // DEVICES) * 64 + flow % 61
    return (b"\x02\xff\x00\x00\x00\x01" + mac + b"\x08\x00" + header
            + struct.pack(">HHIIBBHHHBBH", port, 443, flow, 0, 0x60, 0x02, 64240, 0, 0, 2, 4, 1460))


def request(device):
    """A DHCP request of a device, so that it is known by name as well."""
    mac = b"\x02" + struct.pack(">I", device)[:4] + b"\x01"
    name = f"device-{device}".encode()
    options = b"\x63\x82\x53\x63\x35\x01\x03\x0c" + bytes([len(name)]) + name + b"\x37\x04\x01\x03\x06\x0f\x3c\x08MSFT 5.0\xff"
    body = struct.pack(">BBBBIHH16x6s202x", 1, 1, 6, 0, device, 0, 0, mac) + options
    datagram = struct.pack(">HHHH", 68, 67, 8 + len(body), 0) + body
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0, b"\0\0\0\0", b"\xff\xff\xff\xff")
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    return b"\xff\xff\xff\xff\xff\xff" + mac + b"\x08\x00" + header + datagram


def write_capture(path, devices, flows):
    """One DHCP request a device, then the flows, a tenth of a millisecond apart."""
    with open(path, "wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number in range(devices + flows):
            frame = request(number) if number < devices else syn((number - devices) % devices, number - devices)
            micros = number * 100
            file.write(struct.pack("<IIII", 1_700_000_000 + micros // 1_000_000, micros % 1_000_000, len(frame), len(frame)) + frame)


def measured(command):
    """Run ${command}; its peak in MiB, status, output's last lines and errors."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1024, process.returncode, errors, usage.ru_utime + usage.ru_stime


def statistics_of(isoward, path):
    """The counters that replay prints at its end, as {name: number}."""
    import json  # only here
    done = subprocess.run([isoward.program, "replay", *isoward.policy, "--json", path], capture_output=True, check=False)
    found = {}
    for line in done.stdout.splitlines():
        if line.startswith(b'{"type":"statistics"') or b'"type": "statistics"' in line:
            found.update({name: value for name, value in json.loads(line).items() if isinstance(value, (int, float, dict))})
    return found


def run(_data, isoward, options):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    lines, results = [], []
    with tempfile.TemporaryDirectory(prefix="isoward-bench-") as folder:
        path = os.path.join(folder, "crowd.pcap")
        for devices, flows in ((DEVICES // 10, FLOWS // 10), (DEVICES, FLOWS), (DEVICES, 2 * FLOWS)):
            write_capture(path, devices, flows)
            peak, status, errors, seconds = measured([isoward.program, "replay", *isoward.policy, path])
            if status != 0:
                print(f"  replay: status {status}: {errors.strip()[-200:]}")
            told = statistics_of(isoward, path)
            lines.append([devices, flows, peak, seconds, ", ".join(f"{name} {value}" for name, value in told.items())[:120]])
            results.append((devices, flows, peak, status, told))
            os.unlink(path)
    print_table(f"Memory of replay, aim: {DEVICES} devices and {FLOWS} flows in {AIM_MIB} MiB, and twice the flows in no more than a tenth above",
                ["devices", "flows", "peak MiB", "cpu s", "counted"], lines)
    peak, doubled = results[1][2], results[2][2]
    is_met = peak <= AIM_MIB and doubled <= 1.1 * peak and all(status == 0 for *_, status, _ in results)
    return [{"name": "replay memory", "unit": "MiB", "ours": {f"{devices} devices {flows} flows": round(peak, 1) for devices, flows, peak, _, _ in results},
             "counted": results[1][4], "peers": {}, "aim": AIM_MIB, "met": is_met}]
