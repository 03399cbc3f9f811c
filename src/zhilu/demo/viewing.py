"""The acted viewing: registration with two witnesses, request, decision, playback. Each step is a real
WebAuthn assertion.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zhilu.browser.runner import Job, Played, play
from zhilu.demo.http import Api
from zhilu.demo.people import Person, Troupe, new_id
from zhilu.demo.place import Place
from zhilu.encoding import b64u, unb64u
from zhilu.protocols.viewing import Span
from zhilu.softkey.authenticator import AAGUID
from zhilu.softkey.ceremonies import Holder


class Room:
    """The viewing room as one person sees it; signed in."""

    def __init__(self, place: Place, holder: Holder) -> None:
        self.api, self.holder = Api(place.keyholder_tcp, place.room_authority), holder
        challenge = unb64u(self.api.post("/api/session/begin", {})["challenge"])
        self.session: dict[str, Any] = self.api.post("/api/session", {"assertion": holder.sign(challenge)})


def register(place: Place, cast: Troupe, person: Person) -> None:
    """A person's key becomes valid for the viewing room once two administrators witnessed it."""
    holder = cast.holder(person)
    registration = holder.registration(person.roles)
    body = {"registration": b64u(registration), "binding": holder.binding(), "aaguid": AAGUID.hex()}
    number = Api(place.keyholder_tcp, place.room_authority).post("/api/registrations", body)[
        "registration_id"
    ]
    for admin in cast.admins:
        witness(Room(place, admin), number, registration)


def witness(room: Room, registration_id: str, registration: bytes) -> None:
    room.api.post(f"/api/registrations/{registration_id}/witness", room.holder.witness(registration))


class Viewing:
    """One viewing of one whole recording."""

    def __init__(self, place: Place, cast: Troupe, recording: str, last_segment: int) -> None:
        self.place, self.cast, self.recording, self.id = place, cast, recording, new_id()
        self.viewer, self.approver = (
            Room(place, cast.holder(cast.viewer)),
            Room(place, cast.holder(cast.approver)),
        )
        self.span = Span(recording, 0, last_segment)

    def request(self) -> None:
        body = self.viewer.holder.request(
            self.id, self.place.bureau, [self.span], "演示：核对执法过程", datetime.now(UTC)
        )
        self._request = unb64u(body["request"])
        self.viewer.api.post("/api/viewings", body)

    def approve(self) -> None:
        self.approver.api.post(
            f"/api/viewings/{self.id}/decision",
            self.approver.holder.decision(self._request, datetime.now(UTC)),
        )

    def refused_release(self, holder: Holder) -> tuple[int, str]:
        """Ask for the key where it must not be given: status and error code of the refusal."""
        ask = holder.release_ask(self.id, self.recording, datetime.now(UTC))
        return self.viewer.api.status_of_post(f"/api/viewings/{self.id}/release", ask)

    def play(self, out: Path, engine: str) -> Played:
        job = Job(self.place.room_origin, self.id, self.recording, out)
        return asyncio.run(play(job, self.cast.viewer.key, engine))


def wait_until_known(place: Place, cast: Troupe, recording: str) -> int:
    """The number of the recording's last segment, once the keyholder has read its entry."""
    core: dict[str, Any] = Room(place, cast.holder(cast.viewer)).api.get(f"/api/recordings/{recording}")
    return int(core["segments"]) - 1
