# SPDX-License-Identifier: GPL-3.0-or-later
"""dataplane_join: from the DHCPACK on the wire to the device's element in the kernel, alone and in a storm."""

from dataplane_space import Gateway, spread, wait_for
from figures import Figure

KNOWN = (1000, 10000, 100000)
JOINS, SCRIPT_JOINS = 1000, 300
STORM, STORM_RATE = 10000, 1000
AIM_P50, AIM_P99, AIM_GROWTH, AIM_STORM_P99 = 100, 250, 1.2, 5000
PEER = """table inet peer {
	set guard { type ifname . ether_addr . ipv4_addr; }
	chain forward { type filter hook forward priority 0; policy accept; iifname . ether saddr . ip saddr @guard accept; }
}
"""
SCRIPT = """#!/bin/sh
# What dnsmasq calls with: add|old|del MAC ADDRESS NAME
[ "$1" = del ] || exec nft add element inet peer guard "{ \\"$DNSMASQ_INTERFACE\\" . $2 . $3 }"
"""


def start_dnsmasq(gateway, *more):
    gateway.start_in(gateway.gateway, "dnsmasq", "-k", "-C", "/dev/null", "-u", "root", "-x", "", "--port=0", "--no-ping", "--no-hosts",
                     "--dhcp-authoritative", "--bind-dynamic", f"--dhcp-leasefile={gateway.path('leases')}", "--dhcp-lease-max=60000",
                     "--interface=pumps0", "--dhcp-range=10.17.0.10,10.17.250.250,255.240.0.0,12h", "--log-facility=-", *more,
                     log="dhcp.log")
    wait_for(lambda: "DHCP, IP range" in gateway.text("dhcp.log"), 5, "dnsmasq runs")


def join_ours(known, mode="join", count=JOINS, pace=1):
    """(microseconds of each device, how many never got there), with ${known} devices known before."""
    gateway = Gateway()
    try:
        gateway.preload(known)
        gateway.start_isoward()
        gateway.warm()
        gateway.settle()
        if mode == "join":
            start_dnsmasq(gateway)
        values, _, _ = gateway.arrive(mode, 1, count, pace)
        return values, count - len(values)
    finally:
        gateway.close()


def join_by_script(count=SCRIPT_JOINS):
    gateway = Gateway()
    try:
        gateway.nft("-f", "-", input=PEER)
        script = gateway.write("lease-script", SCRIPT, 0o755)
        start_dnsmasq(gateway, f"--dhcp-script={script}", "--dhcp-scriptuser=root")
        return gateway.arrive("join", 1, count, 1, "peer", "guard")[0]
    finally:
        gateway.close()


def join(options):
    seen, missing = {}, 0
    for known in KNOWN:
        values = []
        for _ in range(options.runs):
            more, lost = join_ours(known)
            values += more
            missing += lost
        seen[known] = spread(values)
    growth = seen[KNOWN[-1]]["p50"] / seen[KNOWN[0]]["p50"]
    ours = {f"{part} at {known}": seen[known][part] for known in KNOWN for part in ("p50", "p99")}
    met = all(seen[known]["p50"] < AIM_P50 and seen[known]["p99"] < AIM_P99 for known in KNOWN) and growth <= AIM_GROWTH and not missing
    yield Figure("join", "µs", {**ours, "growth": growth, "missing": missing}, {"dnsmasq dhcp-script + nft": spread(join_by_script())},
                 aim=f"p50 < {AIM_P50}, p99 < {AIM_P99}, growth <= {AIM_GROWTH}, none missing", met=met, runs=options.runs,
                 curves={f"isoward {part}": [(known, seen[known][part]) for known in KNOWN] for part in ("p50", "p99")})


def storm(options):
    values, missing = [], 0
    for _ in range(options.runs):
        more, lost = join_ours(1000, "serve", STORM, f"{STORM_RATE}/s")
        values += more
        missing += lost
    seen = spread(values)
    yield Figure("storm", "µs", {**seen, "lost": missing}, aim=f"p99 < {AIM_STORM_P99}, none lost",
                 met=seen["p99"] < AIM_STORM_P99 and missing == 0, runs=options.runs,
                 note=f"{STORM} devices, {STORM_RATE} a second; the bench's own responder acknowledges in the gateway")


FIGURES = {"join": join, "storm": storm}
