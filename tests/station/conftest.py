from pathlib import Path

import pytest

from support.station_world import Bureau
from zhilu.station import bay, checks, handing, pause, receipts, snapshots


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The station's own pace, sped up: nothing of what it does depends on it."""
    monkeypatch.setattr(bay, "LOOK_S", 0.05)
    monkeypatch.setattr(bay, "AFTER_TROUBLE_S", 0.2)
    monkeypatch.setattr(handing, "GREET_S", 0.3)
    monkeypatch.setattr(receipts, "PING_S", 0.5)
    monkeypatch.setattr(receipts, "STORED_RETRY_S", 0.1)
    monkeypatch.setattr(pause, "FIRST_S", 0.1)
    monkeypatch.setattr(pause, "LONGEST_S", 0.3)
    monkeypatch.setattr(snapshots, "RETRY_S", 0.2)
    # The machine that runs the tests may be short of disk: that is no alarm of theirs.
    monkeypatch.setattr(checks, "FIRST_S", 3600.0)


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return Bureau(tmp_path)
