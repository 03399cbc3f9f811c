"""A viewing room with one real recording, and people with security keys in browsers of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.films import make_film
from support.sealed_video import VideoSealer
from support.viewing_room import ADMIN_1, ADMIN_2, APPROVER, VIEWER, Room
from support.visitors import Visitors


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of picture and sound: 30 segments."""
    return make_film(tmp_path_factory.mktemp("video") / "source.mp4", 60, width=640, height=360, rate=10)


@pytest.fixture(scope="module")
def room(video: Path) -> Iterator[Room]:
    room = Room(VideoSealer(video).seal())
    room.start()
    yield room
    room.stop()


@pytest.fixture(autouse=True)
def sound(room: Room) -> None:
    room.put_back()


@pytest.fixture(scope="module")
def visitors(chromium: Browser, room: Room) -> Iterator[Visitors]:
    """Viewer, approver and two security administrators, registered and signed in."""
    people = Visitors(
        chromium,
        room,
        {
            "viewer": (VIEWER, ["viewer"]),
            "approver": (APPROVER, ["approver"]),
            "admin_1": (ADMIN_1, ["security-administrator"]),
            "admin_2": (ADMIN_2, ["security-administrator"]),
        },
    )
    yield people
    people.leave()
