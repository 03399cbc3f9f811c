"""A dozen faults at a station with real programs round it: nothing lost, nothing twice, nobody cleared early.

`make soak` makes it a thousand and more.
"""

from pathlib import Path

import pytest

from support.station_faults import faults_apart

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]


def test_a_dozen_faults(tmp_path: Path) -> None:
    outcome = faults_apart(tmp_path / "world", 12, 20261124)
    assert outcome.count >= 12
    assert (outcome.lost_bytes, outcome.early, outcome.twice, outcome.defects) == (0, [], [], [])
    assert outcome.recordings >= outcome.dockings >= 3
