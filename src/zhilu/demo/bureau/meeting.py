"""How the bureaus of the demonstration, each built in a process of its own, come to know each other and share
what is made once: files in one folder, there when whole.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zhilu.demo.bureau.ground import CITY, COUNTIES, Ground
from zhilu.demo.bureau.scenes import SCENES, Clip, encode
from zhilu.demo.place import Place
from zhilu.durable import replace
from zhilu.errors import WorldError
from zhilu.protocols.federation import Neighbour

WAIT_S, LOOK_S = 300.0, 0.02
SERVER, KEYHOLDER = "server", "keyholder"
"""What a bureau leaves of its programs, for those of the others."""


@dataclass(frozen=True)
class Meeting:
    """`folder` goes when all have met."""

    folder: Path
    ground: Ground

    def leave(self, bureau: str, what: str, said: bytes) -> None:
        replace(self.folder / f"{bureau}.{what}", said)

    def take(self, bureau: str, what: str) -> Path:
        """What that bureau left, or will leave soon."""
        return self._wait_for(f"{bureau}.{what}")

    def neighbours(self, place: Place) -> Iterator[tuple[str, Neighbour]]:
        """Whom this bureau joins, with their addresses: the city its counties, a county its city."""
        for one in COUNTIES if place.bureau == CITY.code else (CITY,):
            said = self.take(one.code, SERVER).read_bytes()
            yield f"http://127.0.0.1:{self.ground.place(one).server_tcp}", Neighbour.loads(said)

    def encode_clips(self) -> None:
        for name in SCENES:
            replace(self.folder / f"{name}.clip", pickle.dumps(encode(name)))

    def clips(self) -> Callable[[str], Clip]:
        """Which waits for the clip of a scene."""
        have: dict[str, Clip] = {}

        def clip(name: str) -> Clip:
            if name not in have:
                have[name] = pickle.loads(self._wait_for(f"{name}.clip").read_bytes())  # noqa: S301 - made by ourselves
            return have[name]

        return clip

    def _wait_for(self, name: str) -> Path:
        path, until = self.folder / name, time.monotonic() + WAIT_S
        while not path.exists():
            if time.monotonic() > until:
                raise WorldError("demo-meeting", "Nothing came of {name}.", name=name)
            time.sleep(LOOK_S)
        return path
