# SPDX-License-Identifier: GPL-3.0-or-later
"""dataplane_forward: what traffic through the gateway costs, beside plain routing and beside one rule for each device."""

import json
import os
import shutil

from dataplane_space import SERVER, Gateway, LabError, becomes, pump_address, pump_mac, wait_for
from dataplane_traffic import send, softirq_seconds
from figures import Figure, percentile

KNOWN = (1, 1000, 100000)  # nobody would be let through at none
SCRIPTED = (1, 1000, 10000)  # rules: one for each device
PACKET_MS, CONNECT_MS, BULK_S = 500, 500, 1
STEADY_PPS, STEADY_MS = 40000, 1000
BURSTS = 600
ROUNDS = 7  # of each way; the median counts
AIMS = {"bulk": 0.95, "packets": 0.90, "connections": 0.90}
UNITS = {"bulk": "Gbit/s", "packets": "packets/s", "connections": "connections/s"}
PUMP = 1
SCRIPT = """table inet script {{
	chain forward {{
		type filter hook forward priority 0; policy {policy};
		ct state established,related accept
{rules}
	}}
}}
"""


def prepare(gateway):
    gateway.be_pump(PUMP)
    gateway.run_in(gateway.wire, "ping", "-c", "1", "-W", "1", "10.16.0.1")
    # a connection that was reset is forgotten at once: the table must not be what is measured
    for name in ("tcp_timeout_close", "udp_timeout"):
        path = f"netfilter/nf_conntrack_{name}"
        try:
            gateway.sysctl(gateway.gateway, path, 1)
        except OSError:
            pass  # no conntrack in this namespace yet: plain routing


def bulk(gateway):
    server = gateway.start_in(gateway.far, "iperf3", "-s", "-1", "--forceflush", "-p", "5100", log="iperf3.log")
    wait_for(lambda: "listening" in gateway.text("iperf3.log").lower(), 5, "iperf3 listens")
    done = gateway.run_in(gateway.wire, "iperf3", "-c", SERVER, "-p", "5100", "-t", str(BULK_S), "-J", timeout=60)
    gateway.stop(server)
    os.unlink(gateway.path("iperf3.log"))
    told = json.loads(done.stdout)
    if "error" in told:
        raise LabError(f"iperf3: {told['error']}")
    return told["end"]["sum_received"]["bits_per_second"] / 1e9


def packets(gateway):
    seen = send(gateway, "packets", PACKET_MS)
    return seen["received"] / seen["us"] * 1e6


def connections(gateway):
    seen = send(gateway, "connect", CONNECT_MS)
    return seen["opened"] / seen["us"] * 1e6


MEASURES = {"bulk": bulk, "packets": packets, "connections": connections}


def cost(gateway):
    """Microseconds of processor a packet: at a steady rate (softirq of the machine by its tick, all on the sender's account),
    and all in bursts of 64."""
    before = softirq_seconds()
    seen = send(gateway, "packets", STEADY_MS, STEADY_PPS)
    softirq = softirq_seconds() - before
    burst = send(gateway, "bursts", BURSTS)
    if burst["received"] < 0.99 * burst["sent"]:
        raise LabError(f"bursts are lost: {burst}")
    return softirq / max(seen["received"], 1) * 1e6, seen["cpu"] / max(seen["received"], 1), burst["ps"] / 1e6


def plain():
    gateway = Gateway()
    prepare(gateway)
    return gateway


def scripted(count, policy="drop"):
    gateway = Gateway()
    # the device that is measured comes last, as likely as any place
    rules = "\n".join(f"\t\tip saddr {pump_address(number)} ether saddr {pump_mac(number)} ip daddr 10.8.0.0/24 accept"
                      for number in range(count, 0, -1))
    gateway.nft("-f", gateway.write("script.nft", SCRIPT.format(rules=rules, policy=policy)))
    prepare(gateway)
    return gateway


def guarded(known):
    gateway = Gateway()
    try:
        gateway.preload(known)
        gateway.start_isoward()
        gateway.settle()
        prepare(gateway)
        if not becomes(lambda: gateway.run_in(gateway.wire, "ping", "-c", "1", "-W", "1", "10.16.0.1").returncode == 0, 10):
            raise LabError("the gateway does not answer its device")
    except BaseException:
        gateway.close()
        raise
    return gateway


def ways():
    yield "plain", 0, plain
    yield "conntrack", 0, lambda: scripted(0, "accept")
    for count in SCRIPTED:
        yield "one rule a device", count, lambda count=count: scripted(count)
    for known in KNOWN:
        yield "isoward", known, lambda known=known: guarded(known)


def measured(names):
    """{(way, count): {measure: [values]}}: all gateways stand side by side and are measured in turns, so that a noise of
    the machine meets all alike."""
    gateways, seen = {}, {}
    try:
        for label, count, make in ways():
            gateways[label, count] = make()
            seen[label, count] = {name: [] for name in names}
        for name, measure in names.items():
            for _ in range(ROUNDS):
                for key, gateway in gateways.items():
                    seen[key][name].append(measure(gateway))
    finally:
        for gateway in gateways.values():
            gateway.close()
    return seen


def figure_of(name, seen, runs):
    base = seen["plain", 0][name]
    ours = {f"{part} at {known}": seen["isoward", known][name] / (base if part == "of plain" else 1)
            for known in KNOWN for part in ("isoward", "of plain")}
    worst = min(seen["isoward", known][name] for known in KNOWN) / base
    conntrack = seen["conntrack", 0][name]
    peers = {"plain routing": {UNITS[name]: base}, "conntrack alone": {UNITS[name]: conntrack, "of plain": conntrack / base},
             "one rule a device": {f"at {count}": seen["one rule a device", count][name] for count in SCRIPTED}}
    curves = {label: [(count, found[name]) for (way, count), found in seen.items() if way == label]
              for label in ("isoward", "one rule a device")}
    return Figure(f"forward-{name}", UNITS[name], ours, peers, aim=f">= {AIMS[name]} of plain at each size", met=worst >= AIMS[name],
                  runs=runs, curves={**curves, "plain": [(1, base), (KNOWN[-1], base)]})


def cost_figure(seen):
    def told(way, count):
        return {f"{part} at {count}": percentile(values, 0.5)
                for part, values in zip(("softirq", "all", "burst"), zip(*seen[way, count]["cost"]))}

    def of(way, counts):
        return {key: value for count in counts for key, value in told(way, count).items()}
    return Figure("cpu", "µs a packet", of("isoward", KNOWN), {"plain routing": of("plain", (0,)), "conntrack alone": of("conntrack", (0,)),
                                                              "one rule a device": of("one rule a device", SCRIPTED)},
                  note=f"at {STEADY_PPS} packets a second; softirq: of the whole machine, by its tick; all: on the sender's account; "
                       "burst: the same for 64 packets at once, undisturbed",
                  runs=ROUNDS)


def forward(options):
    del options
    names = {name: measure for name, measure in MEASURES.items() if name != "bulk" or shutil.which("iperf3")}
    seen = measured({**names, "cost": cost})
    medians = {key: {name: percentile(found[name], 0.5) for name in names} for key, found in seen.items()}
    for name in names:
        yield figure_of(name, medians, ROUNDS)
    yield cost_figure(seen)


FIGURES = {"forward": forward}
