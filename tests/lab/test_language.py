# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules can say, with real packets: devices by themselves, reject, rate, log, observe, and data channels."""

import contextlib
import ftplib
import io
import os
import socket
import threading

import pytest

import hospital as hospital_module
from hospital import INTERNET, PACS, PUMP_SERVER, policy_text, staff
from space import entered, wait_for

TRANSFER = b"".join(number.to_bytes(4, "big") for number in range(1 << 16))
RULES = """\
  - { from: CT-2, to: internet, allow: [telemetry], why: what its maker may see }
  - { from: internet, to: imaging, reject: [smb], why: whoever asks is told }
  - { from: pumps, to: internet, allow: [udp/7000], rate: 5/hour }
  - { from: pumps, to: pump-servers, deny: [ssh], mode: observe }
  - { from: pumps, to: pump-servers, allow: [tcp/22], log: true }
  - { from: pumps, to: internet, allow: [http], mode: observe }
  - { from: pumps, to: internet, deny: [https], log: false }
  - { from: imaging, to: internet, allow: [FTP] }
  - { from: imaging, to: pacs, allow: [tftp] }
  - { from: pumps, to: pacs, allow: [udp/69] }
  - { from: pumps, to: internet, allow: [tcp/21] }
"""
WITH, WITHOUT, NONE = "ftp", "tcp/21", "tcp/2100"


def language_text(transfer=WITH):
    """The policy; ${transfer} is what imaging may use of the internet's FTP."""
    ct = hospital_devices()["ct-2"]
    return policy_text(telemetry=False, pins=[(ct.mac, "imaging", "CT-2")], extra=RULES.replace("FTP", transfer))


def hospital_devices():
    return {device.name: device for device in staff()}


class FtpServer:
    """As much of RFC 959 as a client asks for to fetch TRANSFER, slowly where it is told so."""

    def __init__(self, lab, namespace):
        self.lab, self.namespace = lab, namespace
        self.listener = lab.socket_in(namespace)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("", 21))
        self.listener.listen(8)
        self.go_on = threading.Event()
        self.go_on.set()
        self.half_sent = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.go_on.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                control, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(control,), daemon=True).start()

    def _serve(self, control):
        where = None
        with contextlib.suppress(OSError), control, control.makefile("r", encoding="ascii", newline="\r\n") as lines:
            control.sendall(b"220 ready\r\n")
            for line in lines:
                verb, _, rest = line.strip().partition(" ")
                if verb == "PASV":
                    where = self._passive(control)
                elif verb == "PORT":
                    parts = [int(part) for part in rest.split(",")]
                    where = (".".join(map(str, parts[:4])), parts[4] * 256 + parts[5])
                    control.sendall(b"200 so be it\r\n")
                elif verb == "RETR":
                    self._send(control, where)
                elif verb == "QUIT":
                    control.sendall(b"221 bye\r\n")
                    return
                else:
                    control.sendall({"USER": b"230 in\r\n", "TYPE": b"200 fine\r\n"}.get(verb, b"502 no\r\n"))

    def _passive(self, control):
        address = control.getsockname()[0]
        passive = self.lab.socket_in(self.namespace)
        passive.settimeout(4)
        passive.bind((address, 0))
        passive.listen(1)
        port = passive.getsockname()[1]
        numbers = ",".join([*address.split("."), str(port >> 8), str(port & 255)])
        control.sendall(f"227 Entering Passive Mode ({numbers}).\r\n".encode("ascii"))
        return passive

    def _send(self, control, where):
        try:
            if isinstance(where, tuple):
                data = self.lab.socket_in(self.namespace)
                data.settimeout(2)
                data.connect(where)
            else:
                data, _ = where.accept()
                where.close()
            control.sendall(b"150 here it comes\r\n")
            with data:
                data.settimeout(8)
                for at in range(0, len(TRANSFER), 4096):
                    if at == len(TRANSFER) // 2:
                        self.half_sent.set()
                        self.go_on.wait(20)
                    data.sendall(TRANSFER[at:at + 4096])
            control.sendall(b"226 done\r\n")
        except OSError:
            control.sendall(b"425 no data connection\r\n")


def fetch(house, device, passive=True, seconds=4, opened=None):
    """Fetch TRANSFER from the internet; (True, bytes) or (False, how it failed)."""
    got = io.BytesIO()
    try:
        with entered(device.namespace), ftplib.FTP(timeout=seconds) as client:
            client.connect(INTERNET, 21)
            client.login()
            client.set_pasv(passive)
            if opened:
                opened(client)
            client.retrbinary("RETR image", got.write)
        return True, got.getvalue()
    except (OSError, EOFError, ftplib.Error) as error:
        return False, f"{type(error).__name__}: {error}"


@pytest.fixture(scope="module")
def house(isoward):
    place = hospital_module.Hospital()
    try:
        place.build()
        ftp = FtpServer(place, place.internet)
        place.ftp = ftp
        place.closers.append(ftp.close)
        os.makedirs(place.path("tftp"))
        with open(place.path("tftp", "firmware"), "wb") as file:
            file.write(TRANSFER)
        os.chmod(place.folder, 0o755)
        place.start_in(place.pacs, "dnsmasq", "-k", "-C", "/dev/null", "-u", "root", "-x", "", "--port=0", "--enable-tftp",
                       f"--tftp-root={place.path('tftp')}", log="tftp.log")
        place.echo.listen_tcp(place, place.pumpsrv, 22)
        place.start_isoward(language_text())
        for name in ("pump-1", "ct-1", "ct-2"):
            place.join(next(device for device in staff() if device.name == name))
        for name, zone in (("pump-1", "pumps"), ("ct-1", "imaging"), ("ct-2", "imaging")):
            place.wait_zone(place.devices[name], zone)
        yield place
    finally:
        if place.daemon and place.daemon.poll() is None:
            place.stop_isoward()
        print(f"\n--- isoward's log\n{place.read('isoward.log')[-6000:]}")
        place.close()


def reload_and_wait(house, text):
    loaded = house.read("isoward.log").count("policy-loaded")
    house.reload(text)
    wait_for(lambda: house.read("isoward.log").count("policy-loaded") > loaded, 5, "the policy is loaded")


def reported(house, device, kind, port):
    return [row for row in house.query("SELECT * FROM reported") if row["mac"] == device.mac and row["kind"] == kind and
            row["port"] == port]


def denied(house, device, port):
    return [row for row in house.denied(device) if row["port"] == port]


def test_a_device_by_itself(house):
    """CT-2 may what its zone may not; what its zone may, it may too."""
    one, two = house.devices["ct-1"], house.devices["ct-2"]
    assert house.tcp(two.namespace, INTERNET, 7000) == "open"
    assert house.tcp(one.namespace, INTERNET, 7000) == "reset"
    assert house.tcp(two.namespace, PACS, 11112) == "open" and house.tcp(one.namespace, PACS, 11112) == "open"
    assert house.zone_elements()[two.address] != house.zone_elements()[one.address]


def test_reject_tells_whoever_asks(house):
    modality = house.devices["ct-1"]
    assert house.tcp(house.internet, modality.address, 445) == "reset"
    assert house.tcp(house.internet, modality.address, 80, 0.5) == "silent"


def test_rate_refuses_new_flows_above_it(house):
    pump = house.devices["pump-1"]
    first = house.socket_in(pump.namespace, kind=socket.SOCK_DGRAM)
    first.settimeout(1)
    first.connect((INTERNET, 7000))
    first.send(b"first")
    assert first.recv(100) == b"first"
    seen = [house.udp(pump.namespace, INTERNET, 7000, seconds=0.5) for _ in range(7)]
    assert seen == ["answered"] * 4 + ["refused"] * 3
    for number in range(10):  # what runs goes on
        first.send(b"%d" % number)
        assert first.recv(100) == b"%d" % number
    first.close()
    wait_for(lambda: denied(house, pump, 7000), 5, "the refusal is recorded")


def test_log_reports_what_is_allowed(house):
    pump = house.devices["pump-1"]
    assert house.tcp(pump.namespace, PUMP_SERVER, 22) == "open"
    rows = wait_for(lambda: reported(house, pump, "allowed", 22), 5, "the new flow is reported")
    assert rows[0]["destination"] == PUMP_SERVER
    assert not denied(house, pump, 22)


def test_log_false_only_counts(house):
    pump = house.devices["pump-1"]
    assert house.tcp(pump.namespace, INTERNET, 443) == "reset"
    assert house.tcp(pump.namespace, INTERNET, 444) == "reset"
    wait_for(lambda: denied(house, pump, 444), 5, "the other refusal is recorded")
    assert not denied(house, pump, 443)


def test_observing_decides_nothing(house):
    pump = house.devices["pump-1"]
    assert house.tcp(pump.namespace, PUMP_SERVER, 22) == "open"
    assert house.tcp(pump.namespace, INTERNET, 80) == "reset"
    wait_for(lambda: reported(house, pump, "observed", 22), 5, "what would have been refused is reported")
    wait_for(lambda: reported(house, pump, "observed", 80), 5, "what would have been allowed is reported")
    wait_for(lambda: denied(house, pump, 80), 5, "what was refused is recorded")
    assert not denied(house, pump, 22)


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
def test_ftp_data_passes_with_the_helper_only(house, passive):
    modality, pump = house.devices["ct-1"], house.devices["pump-1"]
    assert fetch(house, modality, passive) == (True, TRANSFER)
    connected = []
    assert not fetch(house, pump, passive, 3, connected.append)[0]
    assert connected  # the control connection was let through


def test_tftp_data_passes_with_the_helper_only(house):
    def get(device, name):
        return house.run_in(device.namespace, "busybox", "timeout", "4", "busybox", "tftp", "-g", "-l",
                            house.path(name), "-r", "firmware", PACS).returncode
    assert get(house.devices["ct-1"], "got") == 0
    with open(house.path("got"), "rb") as file:
        assert file.read() == TRANSFER
    assert get(house.devices["pump-1"], "not-got") != 0


def transfer_across(house, text):
    """Load ${text} when half of a transfer is done, and tell how it ended."""
    result = []
    house.ftp.half_sent.clear()
    house.ftp.go_on.clear()
    thread = threading.Thread(target=lambda: result.append(fetch(house, house.devices["ct-1"])))
    thread.start()
    try:
        assert house.ftp.half_sent.wait(5)
        reload_and_wait(house, text)
    finally:
        house.ftp.go_on.set()
        thread.join(20)
    return result[0]


def test_ftp_data_outlives_a_reload_that_allows_it(house):
    assert transfer_across(house, language_text() + "# again\n") == (True, TRANSFER)


@pytest.mark.parametrize("transfer", [WITHOUT, NONE])
def test_ftp_data_ends_with_its_rule(house, transfer):
    try:
        assert not transfer_across(house, language_text(transfer))[0]
    finally:
        reload_and_wait(house, language_text())
    assert fetch(house, house.devices["ct-1"]) == (True, TRANSFER)


def test_a_withdrawn_helper_opens_no_more(house):
    """The control connection runs on, with the helper that it was given; what it announces is refused."""
    def withdraw(_client):
        reload_and_wait(house, language_text(WITHOUT))
    try:
        done, how = fetch(house, house.devices["ct-1"], opened=withdraw)
        assert not done and "reset" not in how, how
    finally:
        reload_and_wait(house, language_text())


def test_a_name_is_no_way_until_it_is_learned(house):
    rule = "  - { from: pumps, to: { names: [updates.vendor.example], zone: internet }, allow: [https] }\n"
    text = language_text().replace("  - { from: pumps, to: internet, deny: [https]", rule + "  - { from: pumps, to: internet, deny: [https]")
    pump = house.devices["pump-1"]
    reload_and_wait(house, text)
    try:
        assert house.tcp(pump.namespace, INTERNET, 443) == "reset"
        assert "names4.1" in house.table()
    finally:
        reload_and_wait(house, language_text())
