from pathlib import Path

import pytest

from support.kiosk_words import Room
from support.station_world import Bureau
from zhilu.devices import fingerprint
from zhilu.station import (
    bay,
    checks,
    drafts,
    greeting,
    handing,
    officer,
    pause,
    receipts,
    snapshots,
    templates,
    words,
)


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
    # And patient where a machine that has other work would get another answer.
    for module in (drafts, templates):
        monkeypatch.setattr(module, "PATIENCE_S", 60.0)
    monkeypatch.setattr(greeting, "ASK_S", 60.0)
    monkeypatch.setattr(officer, "ANSWER_S", 60.0)
    monkeypatch.setattr(fingerprint, "IN_USE_S", 60.0)
    monkeypatch.setattr(words, "FIRST_ATTEMPT_S", 60.0)
    # The machine that runs the tests may be short of disk: that is no alarm of theirs.
    monkeypatch.setattr(checks, "FIRST_S", 3600.0)


@pytest.fixture
def soon(hurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever files a statement is told at once that it waits."""
    monkeypatch.setattr(words, "FIRST_ATTEMPT_S", 0.3)


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return Bureau(tmp_path)


@pytest.fixture
def in_a_hurry(hurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is tried again at once."""
    monkeypatch.setattr(pause, "FIRST_S", 0.05)
    monkeypatch.setattr(pause, "LONGEST_S", 0.1)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Where words are said: a docking was collected, county and reader are played."""
    made = Room(tmp_path)
    made.collect()
    return made
