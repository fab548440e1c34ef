# SPDX-License-Identifier: GPL-3.0-or-later
"""dataplane_load: the elements of many devices into an empty kernel, beside the floor and what else can load them."""

import os
import shutil
import time

from dataplane_space import POLICY, Gateway, pump_address, pump_mac, tool
from figures import Figure, percentile

SIZES = (1000, 10000, 100000)
MOST = SIZES[-1]
AIM_FLOOR, AIM_NFT = 1.15, 2.0
RUNS = 3  # of each way: the median is taken
# %(size)s: what makes them fixed tables to the kernel, as ours are; without it they grow.
FLOOR_TABLE = """table inet floor {
	set guard { type ifname . ether_addr . ipv4_addr; %(size)s }
	map zone { type ipv4_addr : mark; %(size)s }
}
"""
FIXED, GROWING = {"size": "size 196608;"}, {"size": ""}


def in_gateway(measure):
    """${measure} in a gateway of its own: the kernel takes the former elements down behind our back."""
    gateway = Gateway()
    try:
        return measure(gateway)
    finally:
        gateway.close()


def by_tool(way, count):
    """Seconds on the wall and of the processor."""
    def measure(gateway):
        if way in ("floor", "growing"):
            gateway.nft("-f", "-", input=FLOOR_TABLE % (FIXED if way == "floor" else GROWING))
            arguments = ["floor", str(count)]
        else:
            arguments = [way, gateway.write("policy.yaml", POLICY), str(count)]
        told = gateway.run_in(gateway.gateway, tool("load"), *arguments, check=True).stdout.split()
        return [int(word) / 1e6 for word in told]
    return in_gateway(measure)


def timed(gateway, *argv):
    begin = time.monotonic()
    before = os.times()
    gateway.run_in(gateway.gateway, *argv, check=True, timeout=300)
    after = os.times()
    return [time.monotonic() - begin, after.children_user + after.children_system - before.children_user - before.children_system]


def by_nft(count):
    guard = ", ".join(f'"pumps0" . {pump_mac(number)} . {pump_address(number)}' for number in range(count))
    zone = ", ".join(f"{pump_address(number)} : 1" for number in range(count))
    filled = f"add element inet floor guard {{ {guard} }}\nadd element inet floor zone {{ {zone} }}\n"

    def measure(gateway):
        path = gateway.write("elements.nft", FLOOR_TABLE % GROWING + filled)
        return timed(gateway, "nft", "-f", path)
    return in_gateway(measure)


def by_ipset(kind, count):
    """Less than half of the work: one set, no zones; what firewalld's own ipsets become with iptables."""
    lines = "".join(f"add guard {pump_address(number)}{',' + pump_mac(number) if 'mac' in kind else ''}\n" for number in range(count))

    def measure(gateway):
        path = gateway.write("guard.ipset", f"create guard {kind} maxelem {count + 1}\n{lines}")
        return timed(gateway, "ipset", "restore", "-f", path)
    return in_gateway(measure)


def ipset_kind():
    """The kind of set nearest to ours that this kernel has; None where there is none."""
    def has(kind):
        return in_gateway(lambda gateway: gateway.run_in(gateway.gateway, "ipset", "create", "guard", kind).returncode == 0)
    return next(filter(has, ("hash:ip,mac", "hash:ip")), None) if shutil.which("ipset") else None


def median(ways):
    """{label: [wall, processor]} of ${ways}, {label: function}, the ways in turns so that a noise meets all alike."""
    seen = {label: [] for label in ways}
    for _ in range(RUNS):
        for label, measure in ways.items():
            seen[label].append(measure())
    return {label: [percentile([one[part] for one in values], 0.5) for part in (0, 1)] for label, values in seen.items()}


def load(options):
    del options
    curves = {"isoward": [], "libmnl alone": []}
    for count in SIZES[:-1]:
        some = median({"ours": lambda: by_tool("ours", count), "floor": lambda: by_tool("floor", count)})
        curves["isoward"].append((count, some["ours"][0] * 1000))
        curves["libmnl alone"].append((count, some["floor"][0] * 1000))
    ways = {"ours": lambda: by_tool("ours", MOST), "heard": lambda: by_tool("heard", MOST), "floor": lambda: by_tool("floor", MOST),
            "table alone": lambda: by_tool("ours", 1), "libmnl alone, sets that grow": lambda: by_tool("growing", MOST), "nft -f": lambda: by_nft(MOST)}
    kind = ipset_kind()
    if kind:
        ways[f"ipset restore, {kind} only"] = lambda: by_ipset(kind, MOST)
    seen = median(ways)
    curves["isoward"].append((MOST, seen["ours"][0] * 1000))
    curves["libmnl alone"].append((MOST, seen["floor"][0] * 1000))
    ours, floor, nft = seen["ours"], seen["floor"], seen["nft -f"]
    told = {label: {"ms": values[0] * 1000, "cpu ms": values[1] * 1000} for label, values in seen.items()}
    elements = ours[1] - seen["table alone"][1]
    met = elements <= AIM_FLOOR * floor[1] and nft[0] >= AIM_NFT * ours[0]
    yield Figure("load", "ms", {**told["ours"], "of the floor": elements / floor[1], "heard, of the floor": seen["heard"][1] / floor[1],
                                "nft -f takes": nft[0] / ours[0]},
                 {label: values for label, values in told.items() if label not in ("ours", "floor")}, told["floor"],
                 f"processor time of the elements <= {AIM_FLOOR} of the floor, nft -f takes >= {AIM_NFT} times as long", met, runs=RUNS, curves=curves,
                 note="heard: while somebody listens to nf_tables, for whom the kernel writes a notification of each element")


FIGURES = {"load": load}
