# SPDX-License-Identifier: GPL-3.0-or-later
"""dataplane_resources: what all processes together take in memory, with nothing to do, and in a flood of refused packets."""

import statistics
import time

from dataplane_space import Gateway, memory_of, processor_seconds
from dataplane_traffic import send
from figures import Figure

KNOWN = (1000, 10000, 100000)
FLOWS, FLOW_RATE = 1000000, 40000
AIM_MIB, AIM_IDLE = 64, 0.5
QUIET, QUIET_S = 10000, 30
DENIALS_S, AIM_DENIALS, AIM_DENIALS_MIB = 8, 25, 16
PUMP = 1


def memory_by_process(gateway):
    return {role: memory_of(pid)["pss"] for role, pid in gateway.processes_of(gateway.daemon).items()}


def memory_at(known, flows):
    """PSS of each process at rest, and after ${flows} flows of one device were seen."""
    gateway = Gateway()
    try:
        gateway.preload(known)
        gateway.start_isoward()
        gateway.settle()
        before = memory_by_process(gateway)
        after, seen = before, {"received": 0}
        if flows:
            gateway.be_pump(PUMP)
            gateway.sysctl(gateway.gateway, "netfilter/nf_conntrack_udp_timeout", 1)
            seen = send(gateway, "flows", flows, FLOW_RATE)
            gateway.settle()
            after = memory_by_process(gateway)
        return before, after, seen["received"]
    finally:
        gateway.close()


def memory(options):
    del options
    curve = []
    for known in KNOWN:
        before, after, passed = memory_at(known, FLOWS if known == KNOWN[-1] else 0)
        curve.append((known, sum(before.values())))
    total = sum(after.values())
    each = (curve[-1][1] - curve[0][1]) / (KNOWN[-1] - KNOWN[0]) * 1024 * 1024
    yield Figure("memory", "MiB", {"total": total, **after, "before the flows": sum(before.values()), "bytes a device": each,
                                   "flows passed": passed}, aim=f"<= {AIM_MIB} at {KNOWN[-1]} devices and {FLOWS} flows",
                 met=total <= AIM_MIB, note="proportional set size of all processes", curves={"all processes": curve})


def idle(options):
    del options
    gateway = Gateway()
    try:
        gateway.preload(QUIET)
        gateway.start_isoward()
        gateway.settle()
        processes = gateway.processes_of(gateway.daemon)
        before = {role: processor_seconds(pid) for role, pid in processes.items()}
        begin = time.monotonic()
        time.sleep(QUIET_S)
        spent = time.monotonic() - begin
        parts = {role: (processor_seconds(pid) - before[role]) / spent * 100 for role, pid in processes.items()}
    finally:
        gateway.close()
    yield Figure("idle", "% of a core", {"total": sum(parts.values()), **parts}, aim=f"< {AIM_IDLE}", met=sum(parts.values()) < AIM_IDLE,
                 note=f"{QUIET} quiet devices, {QUIET_S} s")


def denials(options):
    """As many refused packets as go, each a flow of its own: what they cost the processes, and that none is let through."""
    gateway = Gateway()
    rounds = []
    try:
        gateway.preload(QUIET)
        gateway.start_isoward()
        gateway.be_pump(PUMP)
        send(gateway, "refused", 1000)
        gateway.settle()
        processes = gateway.processes_of(gateway.daemon)
        before = memory_by_process(gateway)
        for _ in range(options.runs):
            spent = {role: processor_seconds(pid) for role, pid in processes.items()}
            begin = time.monotonic()
            seen = send(gateway, "refused", DENIALS_S * 1000)
            took = time.monotonic() - begin
            rounds.append({"rate": seen["sent"] / seen["us"] * 1e6, "passed": seen["received"],
                           **{role: (processor_seconds(pid) - spent[role]) / took * 100 for role, pid in processes.items()}})
        after = memory_by_process(gateway)
    finally:
        gateway.close()
    ours = {name: statistics.median(entry[name] for entry in rounds) for name in ("rate", *processes)}
    grown = {f"{role} MiB more": after[role] - before[role] for role in processes}
    passed = max(entry["passed"] for entry in rounds)
    yield Figure("denials", "% of a core", {**ours, **grown, "passed": passed},
                 aim=f"< {AIM_DENIALS} of a core in all, < {AIM_DENIALS_MIB} MiB more, at 1 000 000 a second",
                 met=sum(ours[role] for role in processes) < AIM_DENIALS and sum(grown.values()) < AIM_DENIALS_MIB
                 and passed == 0 and ours["rate"] >= 1e6, note=f"refused packets, each a flow, {DENIALS_S} s a round", runs=options.runs)


FIGURES = {"memory": memory, "idle": idle, "denials": denials}
