# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row of the story, with real packets through Isoward."""

import pytest

import story


@pytest.fixture(scope="module")
def settled(running):
    story.settle(running)
    return running


@pytest.mark.parametrize("row", story.ROWS, ids=lambda row: row.name)
def test_row(settled, row):
    holds, seen = row(settled)
    print(f"{row.route}: {row.what}: must {row.must}: {seen}")
    assert holds, seen
