# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser tests run in the lab's hospital."""

import importlib.util
import os
import sys

LAB = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lab")
sys.path.insert(0, LAB)
_spec = importlib.util.spec_from_file_location("lab_conftest", os.path.join(LAB, "conftest.py"))
_lab = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_lab)
pytest_collection_modifyitems = _lab.pytest_collection_modifyitems
cleanly, isoward, running = _lab.cleanly, _lab.isoward, _lab.running
