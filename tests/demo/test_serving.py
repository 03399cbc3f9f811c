"""The demo goes on: its acted officer signs only his own handover; how a visitor signs is said with names."""

from pathlib import Path
from typing import Any

import pytest

from zhilu.demo import serving
from zhilu.demo.docking import Kiosk
from zhilu.demo.people import Cast
from zhilu.demo.place import Place
from zhilu.demo.processes import Programs
from zhilu.demo.story import Story, Wishes


@pytest.fixture
def story(tmp_path: Path) -> Story:
    place = Place(tmp_path, tmp_path, 8600)
    return Story(place, Cast(place), Programs(tmp_path), Wishes("test", 1, False, "node"))


def test_the_acted_officer_leaves_anothers_handover_alone(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = Kiosk(story.place, story.cast.officer, lambda: None)
    bay: dict[str, Any] = {}
    monkeypatch.setattr(kiosk, "bay", lambda: bay)
    for phase, officer, ours in (
        ("waiting-officer", story.cast.officer, True),
        ("waiting-officer", story.cast.colleague, False),
        ("collecting", story.cast.officer, False),
        ("empty", None, False),
    ):
        bay |= {"phase": phase, "officer": officer and {"id": officer.id, "name": officer.name}}
        assert kiosk.waits_for_us() is ours


def test_how_a_visitor_signs_is_said_with_names(story: Story) -> None:
    said = "\n".join(serving.own_key(story))
    assert all(name in said for name in ("张建国", "李敏", "钱芳", "system"))
