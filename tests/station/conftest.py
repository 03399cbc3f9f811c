from pathlib import Path

import pytest

from support.station_world import Bureau
from zhilu.station import bay, snapshots, uploads


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The station's own pace, sped up: nothing of what it does depends on it."""
    for name, seconds in (("LOOK_S", 0.05), ("AFTER_TROUBLE_S", 0.2), ("PING_S", 0.5), ("GREET_S", 0.3)):
        monkeypatch.setattr(bay, name, seconds)
    monkeypatch.setattr(bay, "STORED_RETRY_S", 0.1)
    monkeypatch.setattr(uploads, "FIRST_PAUSE_S", 0.1)
    monkeypatch.setattr(uploads, "LONGEST_PAUSE_S", 0.3)
    monkeypatch.setattr(snapshots, "RETRY_S", 0.2)


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return Bureau(tmp_path)
