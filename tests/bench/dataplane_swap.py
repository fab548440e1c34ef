# SPDX-License-Identifier: GPL-3.0-or-later
"""dataplane_swap: another policy of fifty zones in the place of one, under flood; beside a reload of firewalld."""

import os
import shutil
import signal
import subprocess
import time

from dataplane_space import Gateway, LabError, pump_address, wait_for
from dataplane_traffic import Flood, Generations
from figures import Figure, percentile

KNOWN, ZONES, RULES, SWAPS = 100000, 50, 20, 5
BLOCK = 2048  # addresses of a zone: a /21
AIM_MS = 300
PUMP = 7
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


def policy_text(version):
    """Fifty zones by network, twenty rules each; what the flood sends is allowed and refused by both versions."""
    lines = ["version: 1", "site: Bench", "gateway: { clinical: [pumps0], uplink: [wan0], isolation: proxy-arp }", "zones:"]
    lines += [f"  zone-{zone:02}: {{ priority: {zone + 1}, members: {{ network: {pump_address(zone * BLOCK)}/21 }} }}" for zone in range(ZONES)]
    lines += ["  servers: { networks: [10.8.0.0/24] }", "  archive: { networks: [10.9.0.0/24] }", "  quarantine: { default: true }", "rules:"]
    for zone in range(ZONES):
        lines.append(f"  - {{ from: zone-{zone:02}, to: servers, allow: [udp/5001-5900, tcp/5001-5900], why: what is measured }}")
        lines += [f"  - {{ from: zone-{zone:02}, to: archive, allow: [tcp/{1000 * version + rule}], why: rule {rule} }}"
                  for rule in range(RULES - 1)]
    return "\n".join(lines) + "\n"


def swaps(count):
    """[milliseconds from SIGHUP to the switch] and what became of the flood."""
    gateway = Gateway()
    try:
        gateway.preload(KNOWN, "zone-00", "")
        gateway.start_isoward(policy_text(2))
        gateway.settle()
        gateway.be_pump(PUMP)
        taken = []
        with Flood(gateway) as flood:
            time.sleep(1)
            for number in range(count):
                gateway.write("policy.yaml", policy_text(3 + number % 2))
                generations = Generations(gateway)
                begin = time.monotonic()
                gateway.daemon.send_signal(signal.SIGHUP)
                wait_for(lambda: len(generations.changes) >= 3, 60, "three transactions")
                taken.append((generations.stop()[1] - begin) * 1000)
                time.sleep(1)
        return taken, flood.seen
    finally:
        gateway.close()


def write_firewalld(gateway, version):
    """The nearest equal: fifty zones by source, each with its ports towards the servers as rich rules of a policy."""
    folder = gateway.path("firewalld")
    for name in ("zones", "policies"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    shutil.copy("/etc/firewalld/firewalld.conf", folder)
    for zone in range(ZONES):
        gateway.write(f"firewalld/zones/zone-{zone:02}.xml", '<?xml version="1.0" encoding="utf-8"?><zone><short>z</short>'
                      f'<source address="{pump_address(zone * BLOCK)}/21"/></zone>')
        ports = [f"{1000 * version + rule}" for rule in range(RULES - 1)]
        rules = "".join(f'<rule><port port="{port}" protocol="tcp"/><accept/></rule>' for port in ports)
        gateway.write(f"firewalld/policies/p-{zone:02}.xml", f'<?xml version="1.0" encoding="utf-8"?><policy target="DROP">'
                      f'<ingress-zone name="zone-{zone:02}"/><egress-zone name="servers"/>'
                      f'<rule><port port="5001-5900" protocol="udp"/><accept/></rule>{rules}</policy>')
    gateway.write("firewalld/zones/servers.xml", '<?xml version="1.0" encoding="utf-8"?><zone><short>s</short>'
                  '<source address="10.8.0.0/24"/></zone>')


def firewalld_reloads(count):
    """[milliseconds of firewall-cmd --reload] and what became of the flood, with no devices known at all."""
    gateway = Gateway()
    try:
        gateway.be_pump(PUMP)
        bus = gateway.path("bus")
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
        gateway.start_in(gateway.gateway, "dbus-daemon", "--nofork", "--nopidfile", "--config-file",
                         gateway.write("bus.conf", BUS.format(path=bus)), log="bus.log")
        wait_for(lambda: os.path.exists(bus), 5, "a message bus")
        write_firewalld(gateway, 2)
        gateway.start_in(gateway.gateway, "firewalld", "--nofork", "--nopid", "--system-config", gateway.path("firewalld"), "--log-file",
                         gateway.path("firewalld.log"), env=environment, log="firewalld.out")

        def control(*argv):
            return subprocess.run(gateway.argv_in(gateway.gateway, "firewall-cmd", *argv), env=environment, capture_output=True,
                                  text=True, timeout=120, check=False).stdout.strip()
        wait_for(lambda: control("--state") == "running", 60, lambda: f"firewalld runs: {gateway.text('firewalld.log')[-300:]}")
        taken = []
        with Flood(gateway) as flood:
            time.sleep(1)
            for number in range(count):
                write_firewalld(gateway, 3 + number % 2)
                begin = time.monotonic()
                if control("--reload") != "success":
                    raise LabError(f"firewalld does not reload: {gateway.text('firewalld.log')[-300:]}")
                taken.append((time.monotonic() - begin) * 1000)
                time.sleep(1)
        return taken, flood.seen
    finally:
        gateway.close()


def told(taken, seen):
    return {"p50": percentile(taken, 0.5), "max": max(taken), "swaps": len(taken), "leaked": seen["leaked"], "lost": seen["lost"],
            "sent": seen["sent"], "gap ms": seen["gap"] / 1000}


def swap(options):
    ours = told(*swaps(SWAPS * options.runs))
    peers = {"foomuuri reload": "not in Debian 12"}
    if shutil.which("firewalld") and shutil.which("dbus-daemon"):
        try:
            peers["firewalld reload (no devices)"] = told(*firewalld_reloads(2))
        except LabError as error:
            peers["firewalld reload"] = f"not taken: {error}"
    yield Figure("swap", "ms", ours, peers, aim=f"max < {AIM_MS}, none leaked, none lost", runs=options.runs,
                 met=ours["max"] < AIM_MS and not ours["leaked"] and not ours["lost"],
                 note=f"{ZONES} zones, {ZONES * RULES} rules, {KNOWN} devices; from SIGHUP to the switch to the new rules")


FIGURES = {"swap": swap}
