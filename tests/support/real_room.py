"""A viewing room of the programs themselves: recorder, station, county server and keyholder, each a process
of its own, with one film that went the whole road and lies in the ledger. Nothing is a double but the people.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.loop import free_tcp_base
from zhilu.demo import place as places
from zhilu.demo import story as stories
from zhilu.demo.people import Cast
from zhilu.demo.processes import PR_SET_PDEATHSIG, Programs
from zhilu.demo.story import Story, Wishes
from zhilu.demo.viewing import Room, wait_until_known, witness
from zhilu.encoding import b64u, sha256, unb64u

TESTS = Path(__file__).parents[1]


class WithPlain(Programs):
    """The server gives the film as a plain file too."""

    def __init__(self, logs: Path, film: Path) -> None:
        super().__init__(logs)
        self._film = film

    def start(self, name: str, *arguments: str | Path) -> None:
        if name != "server":
            super().start(name, *arguments)
            return
        command = [sys.executable, "-m", "support.plain_server", str(self._film), *map(str, arguments)]
        with (self.logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(TESTS)))),
                },
                preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
            )


@dataclass
class Recorded:
    recording: str


@dataclass
class RealRoom:
    """What `visitors` need of a room: `api`, `ciphertext`, the recording, and whoever witnesses a key."""

    story: Story

    def __post_init__(self) -> None:
        place = self.story.place
        self.api, self.ciphertext = place.room_origin, f"http://{place.server_authority}"
        self.video = Recorded(self.story.recording)
        self.viewings: dict[str, Any] = {}

    @property
    def viewer(self) -> str:
        return self.story.cast.viewer.id

    @property
    def approver(self) -> str:
        return self.story.cast.approver.id

    def registration_id(self, registration: str) -> str:
        return b64u(sha256(unb64u(registration)))

    def witness(self, registration_id: str, registration: str) -> None:
        for admin in self.story.cast.admins:
            witness(Room(self.story.place, admin), registration_id, unb64u(registration))


@contextmanager
def lived(film: Path) -> Iterator[RealRoom]:
    """Founded, recorded, handed over, stored, known to the keyholder."""
    work, kept = places.prepare(None)
    place = places.Place(work, kept, free_tcp_base())
    try:
        with WithPlain(place.logs, film) as programs:
            story = Story(place, Cast(place), programs, Wishes(str(film), 0, False, "auto"))
            stories.make_keys(story)
            stories.start_county(story)
            stories.register_keys(story)
            stories.adopt_and_start_station(story)
            stories.record(story)
            stories.dock(story)
            wait_until_known(place, story.cast, story.recording)
            yield RealRoom(story)
    finally:
        places.clear(work)
