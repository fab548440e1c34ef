# SPDX-License-Identifier: GPL-3.0-or-later
"""figures: what a bench hands to tests/bench/run: a figure, its peers, its aim, and its curves."""

import dataclasses
import math
import os
import platform


@dataclasses.dataclass
class Figure:
    """One row of the table and one object of the JSON."""

    name: str
    unit: str
    ours: dict  # what was seen: {"p50": 80.1, "p99": …}
    peers: dict = dataclasses.field(default_factory=dict)  # {"nft -f": {"p50": …}}
    floor: dict = None
    aim: str = "reported"
    met: bool = None  # None where there is no aim, or nothing to hold it against
    note: str = ""
    runs: int = 1
    curves: dict = dataclasses.field(default_factory=dict)  # {"isoward": [(1000, 80.1), …]}
    across: str = "devices known"  # what the curve's x is

    def as_json(self):
        return known_numbers(dataclasses.asdict(self))


def known_numbers(value):
    """${value} with null for what is no number: JSON has no other word for it."""
    if isinstance(value, dict):
        return {key: known_numbers(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [known_numbers(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


def spread(values):
    """What a figure says of many values: median, 99th percentile, most, and how many there were."""
    return {"p50": percentile(values, 0.5), "p99": percentile(values, 0.99), "max": max(values, default=float("nan")),
            "n": len(values)}


def listeners():
    """Sockets that listen to changes of nf_tables, in whatever namespace: they slow down every transaction of all."""
    found = set()
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/net/netlink", encoding="ascii") as file:
                rows = [line.split() for line in file.readlines()[1:]]
        except OSError:
            continue
        found |= {row[9] for row in rows if row[1] == "12" and int(row[3], 16) & 1 << 6}  # NETLINK_NETFILTER, group 7
    return len(found)


def machine():
    """Where the figures were taken, in words and numbers."""
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) // 1024
    return {"kernel": platform.release(), "cores": os.cpu_count(), "memory_mib": memory, "load": os.getloadavg()[0],
            "listeners": listeners()}


def number(value):
    """Three digits that mean something."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if value != value:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def words(values):
    """A dictionary in one line."""
    return ", ".join(f"{key} {number(value)}" for key, value in values.items())
