# SPDX-License-Identifier: GPL-3.0-or-later
"""hospital: a switch per VLAN, a gateway, servers behind a core router, and devices that are real DHCP clients.

    device ── eth0 ─ port (isolated) ┐
    device ── eth0 ─ port (isolated) ┤ bridge ─ pumps0, imaging0, pcs0 [gateway] wan0 ─ [core] ─ pacs, pump server,
    device ── eth0 ─ port (isolated) ┘                                                          infra, internet
"""

import dataclasses
import glob
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import urllib.error
import urllib.request

import peers
from space import Lab, LabError, run, wait_for

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ISOWARD = os.path.abspath(os.environ.get("ISOWARD") or os.path.join(REPOSITORY, "build", "isoward"))

PACS, PUMP_SERVER, INFRA, INTERNET = "10.9.0.10", "10.8.0.10", "10.1.0.53", "203.0.113.10"
VLANS = {"pumps": "10.20.0", "imaging": "10.30.0", "pcs": "10.40.0"}
SERVERS = {"pacs": PACS, "pumpsrv": PUMP_SERVER, "infra": INFRA, "internet": INTERNET}
PUMP_PORTS = (21, 22, 23, 80, 445, 3389)
WINDOWS = (1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252)

POLICY = """\
version: 1
site: Riverside General, east wing
gateway: {{ clinical: [{clinical}], uplink: [wan0], isolation: {isolation} }}
zones:
  pumps:      {{ label: Infusion pumps, members: {{ class: medical/infusion-pump }} }}
  imaging:    {{ label: Imaging, members: {{ class: medical/imaging }} }}
  pcs:        {{ label: Workstations, members: {{ class: computer }} }}
  pacs:       {{ label: Image archive, networks: [10.9.0.0/24] }}
  pump-servers: {{ label: Pump servers, networks: [10.8.0.10] }}
  infra:      {{ label: DNS and time, networks: [10.1.0.53] }}
  internet:   {{ label: Internet, networks: [0.0.0.0/0, "::/0"] }}
  quarantine: {{ label: Quarantine, default: true }}
services:
  dicom: [tcp/104, tcp/11112, tcp/2762]
  alaris: [tcp/3613]
  web:   [tcp/80, tcp/443, udp/443]
  telemetry: [tcp/7000, udp/7000]
rules:
  - {{ from: imaging, to: pacs, allow: [dicom], why: archive }}
  - {{ from: pumps, to: pump-servers, allow: [alaris, udp/3613], why: ICSMA-23-194-01 }}
  - {{ from: pcs, to: internet, allow: [web], why: browsing of staff }}
{extra_rules}  - {{ from: any, to: infra, allow: [dns, ntp], why: names and time }}
devices:
{pins}"""
TELEMETRY_RULE = "  - { from: pcs, to: internet, allow: [telemetry], why: a stream to be revoked }\n"


def policy_text(telemetry=True, pins=(), clinical="pumps0, imaging0, pcs0", isolation="proxy-arp", extra=""):
    """The policy of the issue; ${pins} are (mac, zone, name)."""
    lines = "".join(f'  - {{ mac: "{mac}", zone: {zone}, name: {name} }}\n' for mac, zone, name in pins)
    text = POLICY.format(clinical=clinical, isolation=isolation, pins=lines,
                         extra_rules=(TELEMETRY_RULE if telemetry else "") + extra)
    return text if lines else text.replace("devices:\n", "")


@dataclasses.dataclass
class Device:
    """What a device is and says; address and namespace are filled in as it joins."""

    name: str
    vlan: str
    mac: str
    client: str  # udhcpc, dhclient, dhcpcd, static
    host_name: str = ""
    vendor_class: str = ""
    parameters: tuple = (1, 3, 6)
    address: str = ""
    ports: tuple = ()  # TCP ports it listens on
    namespace: str = ""
    process: subprocess.Popen = None


def staff():
    """The devices of the story."""
    return [
        Device("pump-1", "pumps", "00:d0:75:00:00:01", "udhcpc", "ALARIS-PCU-0001", "ALARIS PCU", (1, 3, 6, 12, 15, 28),
               ports=PUMP_PORTS),
        Device("pump-2", "pumps", "00:12:21:00:00:02", "udhcpc", "SPACECOM-0002", "BBRAUN SPACECOM",
               (1, 3, 6, 12, 15, 28), ports=PUMP_PORTS),
        Device("ct-1", "imaging", "88:4b:39:00:00:01", "dhclient", "CT-1", "SOMATOM", (1, 28, 2, 3, 15, 6, 12),
               ports=(445, 80)),
        Device("ct-2", "imaging", "44:4b:5d:00:00:01", "dhclient", "CT-2", "REVOLUTION CT", (1, 28, 2, 3, 15, 6, 12),
               ports=(445, 80)),
        Device("pc-1", "pcs", "98:e7:43:00:00:01", "udhcpc", "DESKTOP-7H2K9QX", "MSFT 5.0", WINDOWS, ports=(445, 3389)),
        Device("pc-2", "pcs", "c8:f7:50:00:00:02", "dhcpcd", "DESKTOP-0PL4M8T", "MSFT 5.0", WINDOWS, ports=(445, 3389)),
        Device("unknown", "pcs", "02:5a:3e:00:00:09", "udhcpc", "", "qx-77", (1, 3, 58, 59, 201)),
        Device("static", "imaging", "00:c0:c3:00:00:44", "static", address="10.30.0.200"),
    ]


class Hospital(Lab):
    """Namespaces, servers, devices and, once started, Isoward in the gateway."""

    def __init__(self):
        super().__init__()
        self.gateway = self.core = self.switch = ""
        self.devices = {}
        self.dnsmasq = None
        self.resolver = None  # the name server
        self.daemon = None
        self.listener = None
        self.daemon_starts = 0
        self.echo = None
        self.port = 0
        self.marks = set()  # steps of the story that are done once

    # ---- the house ----

    def build(self):
        self.gateway, self.core, self.switch = (self.namespace(name) for name in ("gw", "core", "switch"))
        if os.path.exists("/proc/sys/net/bridge"):
            self.sysctl(self.switch, "bridge/bridge-nf-call-iptables", 0)
        for kind in ("all", "default"):  # a switch has no words of its own on the VLANs
            self.sysctl(self.switch, f"ipv6/conf/{kind}/disable_ipv6", 1)
        for space in (self.gateway, self.core):
            self.sysctl(space, "ipv4/ip_forward", 1)
        self.ip(self.gateway, f"link add wan0 type veth peer name down0 netns {self.core}",
                "addr add 10.0.0.1/24 dev wan0", "link set wan0 up")
        self.ip(self.core, "addr add 10.0.0.2/24 dev down0", "link set down0 up",
                *(f"route add {net}.0/24 via 10.0.0.1" for net in VLANS.values()))
        self.ip(self.gateway, "route add default via 10.0.0.2")
        for vlan in VLANS:
            self.add_vlan(vlan)
        for name, address in SERVERS.items():
            self.add_server(name, address)
        self.start_servers()
        self.start_dhcp()
        return self

    def add_vlan(self, vlan):
        self.ip(self.switch, f"link add br-{vlan} type bridge forward_delay 0 mcast_snooping 0",
                f"link set br-{vlan} up")
        self.plug_gateway(vlan)

    def plug_gateway(self, vlan):
        """Give the gateway its interface on the VLAN; its switch port is the one that is not isolated."""
        self.ip(self.gateway, f"link add {vlan}0 type veth peer name up-{vlan} netns {self.switch}",
                f"addr add {VLANS[vlan]}.1/24 dev {vlan}0", f"link set {vlan}0 up")
        self.ip(self.switch, f"link set up-{vlan} master br-{vlan}", f"link set up-{vlan} up")

    def add_server(self, name, address):
        space = self.namespace(name)
        net = address.rsplit(".", 1)[0]
        self.ip(space, f"link add eth0 type veth peer name {name}0 netns {self.core}", f"addr add {address}/24 dev eth0",
                "link set eth0 up", f"route add default via {net}.1")
        self.ip(self.core, f"addr add {net}.1/24 dev {name}0", f"link set {name}0 up")
        setattr(self, name, space)

    def start_servers(self):
        self.echo = peers.Echo()
        self.closers.append(self.echo.close)
        self.echo.listen_tcp(self, self.pumpsrv, 3613)
        self.echo.listen_udp(self, self.pumpsrv, 3613)
        self.echo.listen_udp(self, self.infra, 123, answer=peers.ntp_answer)
        self.echo.listen_udp(self, self.internet, 443)
        self.echo.listen_tcp(self, self.internet, 7000)
        self.echo.listen_udp(self, self.internet, 7000)
        certificate = peers.make_certificate(self)
        self.closers.append(peers.web_server(self, self.internet, 80))
        self.closers.append(peers.web_server(self, self.internet, 443, certificate))
        self.resolver = self.start_in(
            self.infra, "dnsmasq", "-k", "-C", "/dev/null", "-u", "root", "-x", "", "--no-resolv", "--no-hosts",
            "--listen-address", INFRA, "--bind-interfaces", f"--address=/hospital.example/{PACS}",
            f"--address=/vendor.example/{INTERNET}", log="dns.log")
        os.makedirs(self.path("archive"), exist_ok=True)
        self.start_in(self.pacs, "storescp", "--disable-host-lookup", "--output-directory", self.path("archive"), "+xa", "11112", log="pacs.log")
        wait_for(lambda: self.tcp(self.core, PACS, 11112) == "open", 15, "storescp listens")

    def start_dhcp(self, lease="1h"):
        ranges = [f"--dhcp-range={vlan}0,{net}.50,{net}.99,255.255.255.0,{lease}" for vlan, net in VLANS.items()]
        started = self.read("dhcp.log").count("DHCP, ")
        self.dnsmasq = self.start_in(
            self.gateway, "dnsmasq", "-k", "-C", "/dev/null", "-u", "root", "-x", "", "--port=0", "--no-ping", "--no-hosts",
            "--dhcp-authoritative", "--bind-dynamic", f"--dhcp-leasefile={self.path('leases')}", "--log-dhcp", "--log-facility=-",
            f"--dhcp-option=option:dns-server,{INFRA}", *(f"--interface={vlan}0" for vlan in VLANS), *ranges,
            log="dhcp.log")
        wait_for(lambda: self.read("dhcp.log").count("DHCP, ") >= started + len(VLANS), 5,
                 lambda: f"dnsmasq runs: {self.read('dhcp.log')[-500:]}")

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    # ---- devices ----

    def plug(self, device):
        """Give the device its namespace and an isolated port on its VLAN's switch."""
        device.namespace = self.namespace(device.name)
        port = f"p{len(self.devices)}"
        self.devices[device.name] = device
        self.ip(device.namespace, f"link add eth0 address {device.mac} type veth peer name {port} netns {self.switch}",
                "link set eth0 up")
        self.ip(self.switch, f"link set {port} master br-{device.vlan}", f"link set {port} type bridge_slave isolated on",
                f"link set {port} up")
        for number in device.ports:
            self.echo.listen_tcp(self, device.namespace, number)
        return device

    def join(self, device, seconds=15, request=""):
        """Plug the device in where it is not, and have its client get an address."""
        if not device.namespace:
            self.plug(device)
        if device.client == "static":
            net = VLANS[device.vlan]
            self.ip(device.namespace, f"addr replace {device.address}/24 dev eth0", f"route replace default via {net}.1")
            return device
        self.start_client(device, request)
        device.address = wait_for(lambda: self.read(f"{device.name}.lease").strip(), seconds,
                                  lambda: f"{device.name} has a lease: {self.read(device.name + '.client')}")
        return device

    def start_client(self, device, request=""):
        lease = self.path(f"{device.name}.lease")
        if os.path.exists(lease):
            os.unlink(lease)
        start = {"udhcpc": self._udhcpc, "dhclient": self._dhclient, "dhcpcd": self._dhcpcd}[device.client]
        device.process = self.start_in(device.namespace, *start(device, request), log=f"{device.name}.client")

    def _hook(self, device):
        """What the client calls with its news; the address is written last, when it can be used."""
        lease = self.path(f"{device.name}.lease")
        text = f"""#!/bin/sh
case "${{reason:-$1}}" in
PREINIT|deconfig) ip link set eth0 up ;;
BOUND|RENEW|REBIND|REBOOT|bound|renew)
	ip="${{new_ip_address:-$ip}}"
	router="${{new_routers:-$router}}"
	ip -4 addr flush dev eth0
	ip addr add "$ip/24" dev eth0
	ip route replace default via "${{router%% *}}"
	printf '%s' "$ip" > {lease}.new && mv {lease}.new {lease} ;;
esac
exit 0
"""
        return self.write(f"{device.name}.hook", text, 0o755)

    def _udhcpc(self, device, request):
        options = [part for number in device.parameters for part in ("-O", str(number))]
        argv = ["udhcpc", "-f", "-i", "eth0", "-s", self._hook(device), "-t", "20", "-T", "1", "-A", "1", "-o", *options]
        argv += ["-V", device.vendor_class] if device.vendor_class else ["-V", ""]
        argv += ["-x", f"hostname:{device.host_name}"] if device.host_name else []
        return argv + (["-r", request] if request else [])

    _OPTION_NAMES = {1: "subnet-mask", 2: "time-offset", 3: "routers", 6: "domain-name-servers", 12: "host-name",
                     15: "domain-name", 28: "broadcast-address", 42: "ntp-servers", 44: "netbios-name-servers",
                     47: "netbios-scope", 26: "interface-mtu", 121: "rfc3442-classless-static-routes"}

    def _dhclient(self, device, _request):
        names = ", ".join(self._OPTION_NAMES[number] for number in device.parameters)
        config = self.write(f"{device.name}.conf", f"""timeout 20;
retry 2;
initial-interval 1;
initial-delay 0;
backoff-cutoff 2;
option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
send host-name "{device.host_name}";
send vendor-class-identifier "{device.vendor_class}";
request {names};
""")
        return ["dhclient", "-4", "-d", "-cf", config, "-sf", self._hook(device), "-lf", self.path(f"{device.name}.db"),
                "-pf", self.path(f"{device.name}.pid"), "eth0"]

    def _dhcpcd(self, device, _request):
        config = self.write(f"{device.name}.conf", f"""define 249 rfc3442 ms_classless_static_routes
define 252 string wpad
hostname {device.host_name}
vendorclassid {device.vendor_class}
clientid
option {','.join(str(number) for number in device.parameters)}
nooption 28,51,58,59
noarp
noipv4ll
nodelay
nohook resolv.conf
timeout 20
""")
        # dhcpcd keeps one pid file an interface name: every PC gets a /run and /var/lib of its own.
        script = ("mount -t tmpfs none /run/dhcpcd 2>/dev/null || { mkdir -p /run/dhcpcd && mount -t tmpfs none "
                  "/run/dhcpcd; }; mkdir -p /var/lib/dhcpcd; mount -t tmpfs none /var/lib/dhcpcd; exec \"$@\"")
        return ["unshare", "--mount", "sh", "-c", script, "sh", "dhcpcd", "-4", "-B", "-f", config, "-c",
                self._hook(device), "eth0"]

    def leave(self, device, release=False):
        """End the device's client; without ${release} the server hears nothing of it."""
        if device.process:
            self.stop(device.process, signal.SIGTERM if release else signal.SIGKILL)
            device.process = None

    def unplug(self, device):
        """As leave, and the cable out."""
        self.leave(device)
        self.ip(device.namespace, "link set eth0 down")

    def set_mac(self, device, mac):
        self.ip(device.namespace, "link set eth0 down", f"link set eth0 address {mac}", "link set eth0 up")

    # ---- Isoward ----

    def start_isoward(self, policy, port=0, wait=True, state="state", binary=None, fingerprints=None):
        """Run the daemon in the gateway with the page's socket handed over by systemd's protocol."""
        if self.listener is None:
            self.listener = socket.socket()
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind(("127.0.0.1", port))
            self.listener.listen(128)
            self.port = self.listener.getsockname()[1]
            self.closers.append(self.listener.close)
        path = self.write("policy.yaml", policy)
        number = self.listener.fileno()
        handover = f'exec 3<&{number}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
        argv = [binary or ISOWARD, "run", "--policy", path, "--state", self.path(state), "--fingerprints",
                fingerprints or os.path.join(REPOSITORY, "policy", "fingerprints")]
        os.makedirs(self.path(state), exist_ok=True)
        self.daemon = self.start_in(self.gateway, "bash", "-c", handover, "isoward", *argv, log="isoward.log",
                                    pass_fds=(number,))
        self.daemon_starts += 1
        if wait:
            wait_for(self.enforcing, 15, lambda: f"isoward enforces: {self.read('isoward.log')}")
        return self.daemon

    def enforcing(self):
        if self.daemon.poll() is not None:
            raise LabError(f"isoward ended with {self.daemon.returncode}: {self.read('isoward.log')}")
        return self.table() and self.answering()

    def answering(self):
        try:
            return bool(self.api("status"))
        except (OSError, ValueError):
            return False

    def stop_isoward(self, how=signal.SIGTERM):
        status = self.stop(self.daemon, how)
        self.daemon = None
        return status

    def reload(self, policy):
        self.write("policy.yaml", policy)
        self.daemon.send_signal(signal.SIGHUP)

    def children(self):
        """The daemon's processes as {pid: command line}."""
        found = subprocess.run(["ps", "--ppid", str(self.daemon.pid), "-o", "pid=,args="], stdout=subprocess.PIPE,
                               text=True)
        return {int(line.split()[0]): line.split(None, 1)[1] for line in found.stdout.splitlines() if line.strip()}

    def api(self, path, seconds=3):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=seconds) as answer:
            return json.load(answer)

    def query(self, statement, *values, state="state"):
        """Rows of the inventory as dictionaries."""
        files = [path for path in glob.glob(self.path(state, "*")) if re.search(r"\.(db|sqlite3?)$", path)]
        if not files:
            return []
        base = sqlite3.connect(f"file:{files[0]}?mode=ro", uri=True, timeout=3)
        try:
            base.row_factory = sqlite3.Row
            return [dict(row) for row in base.execute(statement, values)]
        except sqlite3.OperationalError:
            return []
        finally:
            base.close()

    def device_row(self, mac):
        rows = self.query("SELECT * FROM device WHERE mac = ?", mac.lower())
        return rows[0] if rows else None

    def zone_of(self, device):
        row = self.device_row(device.mac)
        return row["zone"] if row else None

    def denied(self, device=None, kind=None):
        rows = self.query("SELECT * FROM denied")
        return [row for row in rows if (device is None or row["mac"] == device.mac) and (kind is None or row["kind"] == kind)]

    def events(self, kind):
        return self.query("SELECT * FROM event WHERE kind = ?", kind)

    def table(self):
        """The kernel's table as text, or '' where there is none."""
        done = self.run_in(self.gateway, "nft", "-s", "list", "table", "inet", "isoward")
        return done.stdout if done.returncode == 0 else ""

    def rules(self):
        """The table without what the kernel itself fills in: the sets of flows seen."""
        text = self.table()
        return re.sub(r"(\tset seen\w* \{[^{}]*?)\n\t\telements = \{.*?\}(\n\t\})", r"\1\2", text, flags=re.S)

    def elements(self, name):
        """The elements of a set or map, as (key, value) with value None in a set."""
        done = self.run_in(self.gateway, "nft", "-j", "list", "table", "inet", "isoward")
        if done.returncode:
            return []
        found = []
        for item in json.loads(done.stdout)["nftables"]:
            body = item.get("set") or item.get("map")
            if not body or re.sub(r"\.g\d+$", "", body["name"]) != name:  # later generations' names carry a number
                continue
            for element in (body or {}).get("elem", []):
                pair = element if isinstance(element, list) else [element, None]
                found.append(tuple(json.dumps(part) if isinstance(part, dict) else part for part in pair))
        return found

    def zone_elements(self):
        return {key: value for key, value in self.elements("zone4")}

    def guarded(self, device, address=None):
        wanted = {f"{device.vlan}0", device.mac, address or device.address}
        return any(all(part in str(key) for part in wanted) for key, _ in self.elements("guard4"))

    def wait_zone(self, device, zone, seconds=10):
        """Wait until the inventory and the kernel have the device in ${zone}."""
        def settled():
            return self.zone_of(device) == zone and device.address in self.zone_elements()
        return wait_for(settled, seconds,
                        lambda: f"{device.name} in zone {zone}: is in {self.zone_of(device)}: {self.device_row(device.mac)}")

    # ---- probes ----

    def tcp(self, namespace, address, port, seconds=1.0, source=None):
        """Try one connection, by whatever protocol the address is of: open, reset, unreachable, silent."""
        sock = self.socket_in(namespace, family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        sock.settimeout(seconds)
        try:
            if source:
                sock.bind((source, 0))
            sock.connect((address, port))
            return "open"
        except TimeoutError:
            return "silent"
        except ConnectionError:
            return "reset"
        except OSError:
            return "unreachable"
        finally:
            sock.close()

    def udp(self, namespace, address, port, payload=b"isoward", seconds=1.0):
        """Send one datagram and wait: answered, refused, silent."""
        sock = self.socket_in(namespace, kind=socket.SOCK_DGRAM)
        sock.settimeout(seconds)
        try:
            sock.connect((address, port))
            sock.send(payload)
            sock.recv(2048)
            return "answered"
        except TimeoutError:
            return "silent"
        except OSError:
            return "refused"
        finally:
            sock.close()

    def dns(self, namespace, address=INFRA, seconds=1.0):
        query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + b"\x08hospital\x07example\x00\x00\x01\x00\x01"
        return self.udp(namespace, address, 53, query, seconds)

    def ntp(self, namespace, address=INFRA, seconds=1.0):
        return self.udp(namespace, address, 123, b"\x23" + b"\0" * 47, seconds)

    def ping(self, namespace, address):
        done = self.run_in(namespace, "ping", "-n", "-c", "1", "-W", "1", address)
        return "answered" if done.returncode == 0 else "refused" if "iltered" in done.stdout else "silent"

    def curl(self, namespace, url):
        """Fetch with curl: (exit status, seconds, body)."""
        done = self.run_in(namespace, "curl", "-sk", "--max-time", "4", "-w", "\n%{time_total}", url)
        body, _, seconds = done.stdout.rpartition("\n")
        return done.returncode, float(seconds or 9), body

    def nmap_open(self, namespace, targets, ports):
        """The open ports nmap finds, by a connection-less SYN scan of ${targets}."""
        done = self.run_in(namespace, "nmap", "-n", "-Pn", "-sS", "-T4", "--max-retries", "1", "--host-timeout", "20s",
                           "--disable-arp-ping", "-p", ",".join(map(str, ports)), "-oG", "-", *targets, timeout=90)
        if done.returncode:
            raise LabError(f"nmap: {done.stderr}")
        return re.findall(r"(\d+)/open/tcp", done.stdout)

    def images(self):
        return sorted(glob.glob(self.path("archive", "*")))

    def make_image(self, name="image"):
        """Write a small CT image with dcmtk: 64 × 64 pixels of a ramp."""
        raw, dump, image = self.path(f"{name}.raw"), self.path(f"{name}.dump"), self.path(f"{name}.dcm")
        with open(raw, "wb") as file:
            file.write(b"".join((number * 37 % 4096).to_bytes(2, "little") for number in range(4096)))
        lines = [
            "(0008,0016) UI =CTImageStorage", "(0008,0018) UI [1.2.826.0.1.3680043.2.1125.1.1]",
            "(0008,0060) CS [CT]", "(0010,0010) PN [Phantom^Water]", "(0010,0020) LO [PHANTOM-1]",
            "(0020,000d) UI [1.2.826.0.1.3680043.2.1125.1.2]", "(0020,000e) UI [1.2.826.0.1.3680043.2.1125.1.3]",
            "(0028,0002) US 1", "(0028,0004) CS [MONOCHROME2]", "(0028,0010) US 64", "(0028,0011) US 64",
            "(0028,0100) US 16", "(0028,0101) US 12", "(0028,0102) US 11", "(0028,0103) US 0",
            f"(7fe0,0010) OW ={raw}",
        ]
        self.write(f"{name}.dump", "\n".join(lines) + "\n")
        run("dump2dcm", "+te", dump, image)
        return image

    def dataset(self, image):
        """The data set without the file's meta header, as explicit little endian bytes."""
        out = image + ".dataset"
        run("dcmconv", "-F", "+te", image, out)
        with open(out, "rb") as file:
            data = file.read()
        os.unlink(out)
        return data

    def store(self, namespace, image, address=PACS):
        return self.run_in(namespace, "storescu", "-to", "3", "-ta", "5", "-td", "5", address, "11112", image)

    def clear_archive(self):
        shutil.rmtree(self.path("archive"), ignore_errors=True)
        os.makedirs(self.path("archive"))

    def stream(self, device, address, port, protocol):
        return peers.Stream(self, device.namespace, address, port, protocol)
