# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab tests share. They need root; without the daemon only the hospital's own tests run."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import hospital as hospital_module  # noqa: E402
import story  # noqa: E402
from space import ended_cleanly  # noqa: E402


def pytest_collection_modifyitems(items):
    if os.geteuid() != 0:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="network namespaces need root"))


@pytest.fixture(scope="session", autouse=True)
def cleanly():
    with ended_cleanly():
        yield


@pytest.fixture(scope="session")
def isoward():
    if not os.access(hospital_module.ISOWARD, os.X_OK):
        pytest.fail(f"no daemon at {hospital_module.ISOWARD}: build it, or name it in ISOWARD")
    return hospital_module.ISOWARD


@pytest.fixture(scope="module")
def bare():
    """A hospital without Isoward: its gateway forwards everything."""
    house = hospital_module.Hospital()
    try:
        yield house.build()
    finally:
        house.close()


@pytest.fixture(scope="module")
def running(isoward):
    """A hospital where the story has begun."""
    house = hospital_module.Hospital()
    try:
        yield story.open_hospital(house)
    finally:
        if house.daemon and house.daemon.poll() is None:
            house.stop_isoward()
        sys.stdout.write(f"\n--- isoward's log\n{house.read('isoward.log')[-6000:]}\n")
        house.close()
