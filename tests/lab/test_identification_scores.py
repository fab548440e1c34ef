# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read out of real traffic and what the devices are taken for does not fall below what was reached."""
import json
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BENCH = os.path.join(ROOT, "tests", "bench", "identification")
DATA = os.path.join(os.path.dirname(ROOT), "shared", "data")
ISOWARD = os.environ.get("ISOWARD", os.path.join(ROOT, "build", "isoward"))

# Percent of rows equal, a little below what was measured.
EQUAL = {
    "arp": 98.5, "dhcp": 95.5, "dhcpv6": 95.5, "ndp": 96.0, "mdns": 99.5, "llmnr": 99.5, "nbns": 99.5, "browser": 89.0, "smb": 82.0,
    "ssdp": 99.5, "tls": 98.0, "dicom": 95.0, "hl7": 99.5, "lldp": 97.5, "cdp": 83.0, "bacnet": 59.0, "http": 98.5,
}
# Percent of labels right.
RIGHT = {
    "device_labels iot_sentinel": 79.0, "dicom": 99.0, "dicom uids": 97.0, "hl7": 99.0,
    "fingerbank option55": 83.0, "fingerbank option60": 84.0, "satori option55": 81.0, "satori option60": 91.0, "recog dhcp_vendor_class": 99.0,
    "recog ftp_banners": 99.0, "recog http_servers": 97.5, "recog http_wwwauth": 96.0, "recog mdns_device-info_txt": 99.0, "recog sip_user_agents": 98.0,
    "recog smb_native_lm": 99.0, "recog smb_native_os": 90.0, "recog snmp_sysdescr": 99.0, "recog telnet_banners": 97.0, "recog x509_subjects": 98.5,
    "ua uap_browser": 98.0, "ua uap_device": 97.5, "ua uap_os": 99.0,
}
WRONG_MOST = 1.0  # percent, in any source


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    if not os.path.exists(os.path.join(DATA, "captures.tsv")):
        pytest.skip("no captures in ../shared/data beside the sources")
    path = tmp_path_factory.mktemp("bench") / "results.json"
    tables = [word for table in ("extraction", "classes", "traps") for word in ("--only", table)]
    told = subprocess.run([BENCH, "--data", DATA, "--build", os.path.dirname(ISOWARD), "--json", str(path), *tables],
                          capture_output=True, text=True, timeout=1100, check=False)
    assert told.returncode in (0, 1), told.stderr
    return {result["name"]: result for result in json.loads(path.read_text())}


@pytest.mark.parametrize("table", sorted(EQUAL))
def test_rows_equal(scored, table):
    ours = scored[f"extraction {table}"]["ours"]
    if ours["equal"] + ours["differ"] == 0:
        pytest.skip(f"nothing is read of {table} yet")
    assert ours["percent"] >= EQUAL[table], ours


@pytest.mark.parametrize("source", sorted(RIGHT))
def test_labels_right(scored, source):
    ours = scored[f"class {source}"]["ours"]
    assert ours["right_percent"] >= RIGHT[source], ours


def test_few_labels_wrong(scored):
    wrong = {name: result["ours"] for name, result in scored.items() if name.startswith("class ") and result["ours"]["wrong_percent"] >= WRONG_MOST}
    assert wrong == {}


def test_no_trap_is_fallen_for(scored):
    fallen = {name for name, result in scored.items() if name.startswith("trap ") and not result["met"]}
    assert not fallen, fallen
