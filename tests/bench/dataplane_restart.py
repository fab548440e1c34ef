# SPDX-License-Identifier: GPL-3.0-or-later
"""dataplane_restart: what happens to running traffic while the daemon is started again, and one device is put elsewhere."""

import time

from dataplane_space import Gateway, spread, wait_for
from dataplane_traffic import Flood, Generations
from figures import Figure, percentile

KNOWN = (1000, 10000, 100000)
AIM_RESTART_MS, AIM_REZONE_US = 600, 1000
REZONED = 500
PUMP = 7  # the device that the traffic comes from


def restarted(known):
    """Milliseconds from exec to the switch, as in nft_replace.c: the second of three transactions; and the traffic."""
    gateway = Gateway()
    try:
        gateway.preload(known)
        gateway.start_isoward()
        gateway.settle()
        gateway.be_pump(PUMP)
        with Flood(gateway) as flood:
            time.sleep(1)
            gateway.stop(gateway.daemon, seconds=60)
            generations = Generations(gateway)
            begin = time.monotonic()
            gateway.start_isoward()
            wait_for(lambda: len(generations.changes) >= 3, 30, "three transactions")
            time.sleep(0.5)
        changes = generations.stop()
        return (changes[1] - begin) * 1000, flood.seen
    finally:
        gateway.close()


def restart(options):
    curve, floods, most = [], [], []
    for known in KNOWN:
        taken = [restarted(known) for _ in range(options.runs)]
        most = [ms for ms, _ in taken]
        floods += [seen for _, seen in taken]
        curve.append((known, percentile(most, 0.5)))
    leaked, lost = (sum(seen[part] for seen in floods) for part in ("leaked", "lost"))
    yield Figure("restart", "ms", {**{f"p50 at {known}": ms for known, ms in curve}, "leaked": leaked, "lost": lost,
                                   "sent": sum(seen["sent"] for seen in floods)},
                 aim=f"< {AIM_RESTART_MS} at {KNOWN[-1]}, none leaked, none lost", runs=options.runs,
                 met=curve[-1][1] < AIM_RESTART_MS and not leaked and not lost, curves={"exec to enforced": curve})


def rezone_at(known):
    """Microseconds from a DHCP request that tells what an unknown device is to its zone in the kernel."""
    gateway = Gateway()
    try:
        gateway.preload(known - REZONED)
        gateway.preload(REZONED, "quarantine", "", known - REZONED + 1)
        gateway.start_isoward()
        gateway.warm()
        gateway.settle()
        values, _, _ = gateway.arrive("speak", known - REZONED + 1, REZONED, 1)
        return values, REZONED - len(values)
    finally:
        gateway.close()


def rezone(options):
    seen, missing = {}, 0
    for known in KNOWN:
        values = []
        for _ in range(options.runs):
            more, lost = rezone_at(known)
            values += more
            missing += lost
        seen[known] = spread(values)
    last = seen[KNOWN[-1]]
    yield Figure("rezone", "µs", {**{f"{part} at {known}": seen[known][part] for known in KNOWN for part in ("p50", "p99")},
                                  "missing": missing}, aim=f"p99 < {AIM_REZONE_US} at {KNOWN[-1]}, none missing",
                 met=last["p99"] < AIM_REZONE_US and not missing, runs=options.runs,
                 note="an unknown device says what it is: from its frame on the wire to its new zone in the kernel",
                 curves={part: [(known, seen[known][part]) for known in KNOWN] for part in ("p50", "p99")})


FIGURES = {"restart": restart, "rezone": rezone}
