# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator gets wrong: one clear line each, exit 1, and nothing changed in the kernel."""

import os
import re
import signal
import sqlite3
import subprocess

import pytest

import hospital as hospital_module
from hospital import policy_text
from space import Lab, becomes, wait_for


class Ward(Lab):
    """A gateway with clinical interfaces that lead nowhere."""

    def __init__(self, binary):
        super().__init__()
        self.binary = binary
        self.gateway = self.namespace("gw")
        for vlan, net in hospital_module.VLANS.items():
            self.ip(self.gateway, f"link add {vlan}0 type veth peer name far-{vlan}", f"addr add {net}.1/24 dev {vlan}0",
                    f"link set {vlan}0 up", f"link set far-{vlan} up")
        self.ip(self.gateway, "link add wan0 type veth peer name far-wan", "link set wan0 up")
        self.daemon = None

    def argv(self, policy, state, listen):
        return [self.binary, "run", "--policy", policy, "--state", state, "--listen", listen, "--fingerprints",
                os.path.join(hospital_module.REPOSITORY, "policy", "fingerprints")]

    def attempt(self, policy, state=None, listen="127.0.0.1:8080", prefix=(), seconds=10):
        """Start the daemon and expect it to end by itself: (exit status, what it said)."""
        state = state or self.state()
        path = policy if policy.startswith("/") else self.write("attempt.yaml", policy)
        try:
            done = self.run_in(self.gateway, *prefix, *self.argv(path, state, listen), timeout=seconds)
        except subprocess.TimeoutExpired:
            pytest.fail("the daemon ran although it should have ended")
        return done.returncode, done.stderr + done.stdout

    def state(self, name="state"):
        os.makedirs(self.path(name), exist_ok=True)
        return self.path(name)

    def start(self, policy, state=None, listen="127.0.0.1:8080"):
        path = self.write("policy.yaml", policy)
        self.log = "isoward.log"
        self.daemon = self.start_in(self.gateway, *self.argv(path, state or self.state(), listen), log=self.log)
        wait_for(lambda: self.alive() and "notice: ready" in self.said() and self.table() and self.listening(listen), 15,
                 lambda: f"isoward runs: {self.said()}")
        return self.daemon

    def alive(self):
        assert self.daemon.poll() is None, self.said()
        return True

    def said(self):
        with open(self.path("isoward.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def listening(self, listen):
        address, port = listen.rsplit(":", 1)
        sock = self.socket_in(self.gateway)
        try:
            return sock.connect_ex((address, int(port))) == 0
        finally:
            sock.close()

    def table(self):
        done = self.run_in(self.gateway, "nft", "-s", "list", "table", "inet", "isoward")
        return done.stdout if done.returncode == 0 else ""


@pytest.fixture
def ward(isoward):
    ward = Ward(isoward)
    try:
        yield ward
    finally:
        ward.close()


GOOD = policy_text()
WRONG = {
    "unknown zone in a rule": (GOOD.replace("to: pacs", "to: pax"), "pax", "pax"),
    "unknown service": (GOOD.replace("[dicom]", "[dycom]"), "dycom", "dycom"),
    "bad network": (GOOD.replace("10.9.0.0/24", "10.9.0.0/33"), "10.9.0.0/33", "10.9.0.0/33"),
    "bad port": (GOOD.replace("tcp/3613", "tcp/66613", 1), "tcp/66613", "tcp/66613"),
    "unknown key": (GOOD.replace("uplink:", "uplinks:"), "uplinks", "uplinks"),
    "unknown version": (GOOD.replace("version: 1", "version: 7"), "7", "7"),
    "two defaults": (GOOD.replace("label: Imaging,", "label: Imaging, default: true,"), "default", "default"),
    "not YAML": (GOOD.replace("zones:\n", "zones: [\n"), "", None),
    "tab": (GOOD.replace("  pcs: ", "\tpcs: "), "", None),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_policy_at_start(ward, name):
    text, word, under_caret = WRONG[name]
    assert text != GOOD
    status, said = ward.attempt(text)
    assert status == 1, said
    assert word in said
    place = re.search(r"attempt\.yaml:(\d+):(\d+): ", said)
    assert place, said
    line, column = int(place.group(1)), int(place.group(2))
    source = text.splitlines()[line - 1]
    assert source.strip()[:20].expandtabs() in said.expandtabs(), "the source line is shown"
    assert re.search(r"^\s*\^", said, flags=re.M), "a caret stands below the column"
    if under_caret:
        start = source.find(under_caret)
        assert start <= column - 1 < start + len(under_caret) or line != 0 and name in ("two defaults",), said
    assert not ward.table()


def test_policy_file_missing(ward):
    status, said = ward.attempt("/nonexistent/site.yaml")
    assert status == 1 and "/nonexistent/site.yaml" in said
    assert not ward.table()


def test_wrong_policy_at_reload_keeps_the_old(ward):
    daemon = ward.start(GOOD)
    before = ward.table()
    ward.write("policy.yaml", GOOD.replace("to: pacs", "to: pax"))
    daemon.send_signal(signal.SIGHUP)
    wait_for(lambda: re.search(r"policy\.yaml:\d+:\d+: .*pax", ward.said()), 5, lambda: f"a message: {ward.said()}")
    assert ward.alive() and ward.table() == before
    ward.write("policy.yaml", GOOD.replace("label: Imaging", "label: Radiology").replace("tcp/3613", "tcp/3614", 1))
    daemon.send_signal(signal.SIGHUP)
    # nft 1.0.6 shows the one port of a `ct original proto-dst` rule as a bare number
    wait_for(lambda: re.search(r"\b(3614|0xe1e)\b", ward.table()), 5, "a right policy is taken after a wrong one")


def test_unknown_interface(ward):
    status, said = ward.attempt(policy_text(clinical="pumps0, imagng0, pcs0"))
    assert status == 1 and "imagng0" in said, said
    assert not ward.table()


def test_port_in_use(ward):
    taken = ward.socket_in(ward.gateway)
    taken.bind(("127.0.0.1", 8080))
    taken.listen(1)
    try:
        status, said = ward.attempt(GOOD)
    finally:
        taken.close()
    assert status == 1 and "8080" in said and "in use" in said.lower(), said
    assert not ward.table()


def test_state_folder_not_writable(ward):
    """Root writes anywhere but on a read-only file system."""
    state = ward.state("frozen")
    script = f'mount -t tmpfs -o ro none "{state}" && exec "$@"'
    status, said = ward.attempt(GOOD, state=state, prefix=("unshare", "--mount", "sh", "-c", script, "sh"))
    assert status == 1 and state in said, said
    assert not ward.table()


def test_state_folder_is_a_file(ward):
    path = ward.write("occupied", "")
    status, said = ward.attempt(GOOD, state=path)
    assert status == 1 and path in said, said
    assert not ward.table()


def test_database_of_a_newer_version(ward):
    daemon = ward.start(GOOD)
    assert ward.stop(daemon) == 0, ward.said()
    ward.run_in(ward.gateway, "nft", "delete", "table", "inet", "isoward")
    files = [name for name in os.listdir(ward.path("state")) if re.search(r"\.(db|sqlite3?)$", name)]
    assert len(files) == 1, files
    base = sqlite3.connect(ward.path("state", files[0]))
    base.execute("PRAGMA user_version = 99")
    base.commit()
    base.close()
    status, said = ward.attempt(GOOD)
    assert status == 1 and "99" in said and files[0] in said, said
    assert not ward.table()


def test_not_root(ward):
    status, said = ward.attempt(GOOD, prefix=("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"))
    assert status == 1 and re.search(r"root|CAP_NET_ADMIN", said), said


def test_wrong_listen_address(ward):
    for listen in ("127.0.0.1", "127.0.0.1:http", "127.0.0.1:99999", "nowhere:80"):
        status, said = ward.attempt(GOOD, listen=listen)
        assert status in (1, 2) and listen in said, (listen, status, said)
    assert not ward.table()


def test_usage(ward):
    for argv in ((), ("run",), ("frob",), ("run", "--policy"), ("run", "--frob")):
        done = ward.run_in(ward.gateway, ward.binary, *argv, timeout=10)
        assert done.returncode not in (0, 77) and done.stderr, argv
        assert "Assertion" not in done.stderr


def test_clear_removes_the_table_and_gives_the_sysctls_back(ward):
    knob = "ipv4/conf/pumps0/proxy_arp_pvlan"
    before = ward.read_sysctl(ward.gateway, knob)
    daemon = ward.start(GOOD)
    assert becomes(lambda: ward.read_sysctl(ward.gateway, knob) == "1"), "set once the sensor takes the interface"
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()
    assert ward.table()
    done = ward.run_in(ward.gateway, ward.binary, "clear", "--state", ward.state())
    assert done.returncode == 0, done.stderr
    assert not ward.table()
    assert ward.read_sysctl(ward.gateway, knob) == before
    assert ward.run_in(ward.gateway, ward.binary, "clear", "--state", ward.state()).returncode == 0, "twice is no error"


def test_second_daemon_is_refused(ward):
    ward.start(GOOD)
    before = ward.table()
    status, said = ward.attempt(GOOD, listen="127.0.0.1:8081")
    assert status == 1 and said, said
    assert ward.alive() and ward.table() == before


def test_glob_interface_appears_flaps_and_vanishes(ward):
    """A VLAN that is created while the daemon runs is guarded from its first packet on."""
    ward.start(policy_text(clinical='"pumps*", imaging0, pcs0'))
    before = ward.table()
    knob = "ipv4/conf/pumps7/proxy_arp_pvlan"
    for _ in range(3):
        far = ward.namespace(f"far{_}")
        ward.ip(ward.gateway, f"link add pumps7 type veth peer name eth0 address 02:5a:3e:00:00:27 netns {far}", "addr add 10.27.0.1/24 dev pumps7",
                "link set pumps7 up")
        ward.ip(far, "addr add 10.27.0.9/24 dev eth0", "link set eth0 up", "route add default via 10.27.0.1")
        assert becomes(lambda: ward.read_sysctl(ward.gateway, knob) == "1", 5), ward.said()
        assert becomes(lambda: ping(ward, far) and "10.27.0.9" in ward.table(), 5), ward.said()
        ward.ip(ward.gateway, *(f"link set pumps7 {state}" for state in ("down", "up") * 5))
        assert ward.alive()
        assert becomes(lambda: ping(ward, far), 5)
        ward.ip(ward.gateway, "link del pumps7")
        assert ward.alive()
    assert "pumps*" in before and ward.alive()


def ping(ward, far):
    """The gateway answers a known device's echo request; the first ones teach it the device by ARP."""
    return ward.run_in(far, "ping", "-n", "-c", "1", "-W", "1", "10.27.0.1").returncode == 0


def test_named_interface_vanishes_and_comes_back(ward):
    ward.start(GOOD)
    ward.ip(ward.gateway, "link del pumps0")
    assert ward.alive()
    ward.ip(ward.gateway, "link add pumps0 type veth peer name far-pumps", "addr add 10.20.0.1/24 dev pumps0",
            "link set far-pumps up", "link set pumps0 up")
    assert becomes(lambda: ward.read_sysctl(ward.gateway, "ipv4/conf/pumps0/proxy_arp_pvlan") == "1", 5), ward.said()
    assert ward.alive() and "pumps0" in ward.table()
