# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a running hospital in a real browser: what it shows, live, by keyboard, on a phone, and asking nobody else."""

import json
import os
import subprocess

import pytest

import story
from hospital import REPOSITORY
from space import LabError

HERE = os.path.dirname(os.path.abspath(__file__))
SCREENSHOT = os.environ.get("ISOWARD_SCREENSHOT") or os.path.join(REPOSITORY, "build", "page.png")
PLANTED = "<u>planted</u>"  # no blank: udhcpc ends a host name there


@pytest.fixture(scope="module")
def told(running):
    """Every step the browser told, by name."""
    story.settle(running)
    running.join(running.devices["static"])
    running.join(story.Device("planted", "pcs", "02:5a:3e:00:00:77", "udhcpc", PLANTED, "qx-77", (1, 3, 58, 59, 201)))
    for row in (story.pump_to_pump, story.modality_to_internet, story.static_device):
        row(running)
    newcomer = story.Device("newcomer", "pumps", "00:d0:75:00:00:99", "udhcpc", "ALARIS-PCU-0099", "ALARIS PCU",
                            (1, 3, 6, 12, 15, 28))
    expected = {"texts": texts(running), "live": newcomer.mac}
    browser = subprocess.Popen(["node", os.path.join(HERE, "page.mjs"), f"http://127.0.0.1:{running.port}/", SCREENSHOT],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE)
    running.processes.append(browser)
    steps = {}
    with browser.stdin as out:
        json.dump(expected, out)
    for line in browser.stdout:
        step = json.loads(line)
        steps[step.pop("step")] = step
        if "live" in steps and not newcomer.namespace:
            running.join(newcomer)
    assert browser.wait(30) == 0, steps.get("failed")
    running.processes.remove(browser)
    return steps


def texts(house):
    """What must stand on the page: every zone, every device with zone and why, what was denied."""
    rows = house.query("SELECT * FROM device")
    zones = house.query("SELECT * FROM zone")
    if not rows or not zones:
        raise LabError("the inventory is empty")
    wanted = [zone["label"] for zone in zones] + ["Riverside General, east wing"]
    for row in rows:
        wanted += [row["mac"], row["zone_why"], row["class"] or "unknown"]
    return wanted + [PLANTED] + [row["destination"] for row in house.query(
        "SELECT destination FROM denied WHERE kind = 'lateral-movement' ORDER BY last_seen DESC LIMIT 3")]


def test_loads_under_a_strict_policy(told):
    assert told["loaded"]["status"] == 200
    policy = told["loaded"]["headers"].get("content-security-policy", "")
    assert "default-src 'none'" in policy or "default-src 'self'" in policy, policy
    assert "unsafe" not in policy and "http:" not in policy and "*" not in policy, policy
    assert told["loaded"]["headers"].get("x-content-type-options") == "nosniff"


def test_shows_zones_devices_and_what_was_denied(told):
    assert not told["texts"]["missing"]


def test_a_joining_device_appears_without_a_reload(told):
    assert not told["lived"]["missing"] and told["lived"]["same"]


def test_a_device_cannot_write_markup(told):
    assert told["markup"]["planted"] == 0


def test_keyboard(told):
    assert told["focus"]["visited"] >= 3
    assert not told["focus"]["unseen"]


def test_phone(told):
    assert told["phone"]["width"] <= 390, told["phone"]["wide"]


def test_contrast(told):
    assert not told["contrast"]["poor"]


def test_no_error_and_no_outside_request(told):
    assert not told["quiet"]["trouble"]
    assert not told["quiet"]["outside"]
    assert not told["quiet"]["violations"]
