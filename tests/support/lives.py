"""A recorder that lives line by line, and may lie: for what a county finds at a docking.

Each step writes what an honest recorder writes unless it is told otherwise; `copy` is its store set aside, to
be put back later.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from support.county_world import BUREAU, DOCK_RP, KIOSK, CountyWorld
from support.lines import after
from support.recordings import OFFICER, START, fixed_bytes, fixed_id, fixed_key, fixed_random, policy_core
from zhilu import strictjson
from zhilu.encoding import b64u, format_time, sha256
from zhilu.protocols.docking_handover import Handover, handover_digest, station_signature
from zhilu.protocols.docking_messages import HandoverRequest
from zhilu.sealed.envelopes import make_shares, make_text
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import JOURNAL, LOGBOOK, Chain, line_hash
from zhilu.sealed.policy import Policy
from zhilu.sealed.segments import Sealer, key_commitment, recording_key, seal_private


@dataclass
class Film:
    """One recording as the recorder holds it."""

    id: UUID
    opened_at: str
    journal: list[bytes] = field(default_factory=list)
    media: list[bytes] = field(default_factory=list)
    minutes: int = 0
    counter: int = 0
    closed_at: str = ""

    @property
    def length(self) -> int:
        return sum(map(len, self.media))

    def listed(self) -> dict[str, Any]:
        last = line_hash(self.journal[-1]).hex()
        return {"id": str(self.id), "lines": len(self.journal), "last": last, "length": self.length}


class Life:
    """`logbook`, `films`, `counter`: the recorder's store and what lies outside it."""

    def __init__(self, county: CountyWorld, start: datetime = START) -> None:
        self.county, self.signer = county, county.recorder
        self.at, self.mono_us = start, 0
        self.counter = 0
        self.policy = policy_core()
        self.book, self.logbook = Chain(), list[bytes]()
        self.films: list[Film] = []
        self.log("enrolled", **county.maker.enrolled_line())

    @classmethod
    def going_on(cls, county: CountyWorld, counter: int, at: datetime) -> Life:
        """After the lines that the county holds of it; `counter` as in the last that carries one."""
        from zhilu.server.equipment.services import logbooks

        life = cls(county, at)
        life.logbook = list(logbooks.lines_of(life.signer.kid))
        life.book, life.counter = after(life.logbook[-1]), counter
        return life

    # -- lines

    def now(self) -> tuple[datetime, int]:
        self.at += timedelta(milliseconds=500)
        self.mono_us += 500_000
        return self.at, self.mono_us

    @property
    def time(self) -> str:
        """`at` of the last line."""
        return format_time(self.at)

    def pass_time(self, **delta: float) -> None:
        self.at += timedelta(**delta)

    def log(self, kind: str, **more: Any) -> bytes:
        line = self.book.next(self.signer, LOGBOOK, kind, *self.now(), **more)
        self.logbook.append(line)
        return line

    def raised(self) -> int:
        self.counter += 1
        return self.counter

    def boot(self) -> None:
        from zhilu.server.ledger.services import proofs

        newest = proofs.newest()
        note = sha256(bytes(newest.note)).hex() if newest else None
        self.log("boot", counter=self.raised(), uptime_ms=900, checkpoint=note, software="zhilu")

    def assign(self, index: int, drill: bool) -> None:
        self.log(
            "assigned",
            entry="00" * 32,
            index=index,
            officer=OFFICER,
            station=self.county.station.kid,
            bay=1,
            drill=drill,
        )

    # -- recordings

    def open(self, name: str, drill: bool = False, **more: Any) -> Film:
        id_, policy = fixed_id(name), Policy.from_core(self.policy)
        opened = self.log("recording-opened", counter=self.raised(), id=str(id_), **more)
        film = Film(id_, self.time, counter=self.counter)
        self.draw = fixed_random(name)
        shares, open_shares = make_shares(policy, id_, self.draw)
        self.text_key, text = make_text(policy, id_, self.draw)
        self.sealer = Sealer(key := recording_key(shares, id_), id_)
        self.chain = Chain(line_hash(opened))
        self.write(
            film,
            "open",
            id=str(id_),
            suite="zhilu-1",
            origin="camera",
            drill=drill,
            officer=OFFICER,
            policy=self.policy["version"],
            shares=open_shares,
            text=text,
            key_commitment=key_commitment(key, id_).hex(),
            codec="avc1.42c01e",
            media="video/mp4",
            width=1280,
            height=720,
        )
        self.segment(film, b"header " * 40)
        self.films.append(film)
        return film

    def write(self, film: Film, kind: str, **more: Any) -> None:
        film.journal.append(self.chain.next(self.signer, JOURNAL, kind, *self.now(), **more))

    def segment(self, film: Film, data: bytes = b"picture " * 50, position: bool = False) -> None:
        offset = film.length
        i, sealed = self.sealer.seal(data)
        film.media.append(sealed)
        more: dict[str, Any] = {}
        if position:
            where = {"at": self.time, "lat": 371_840_000, "lon": 1_150_300_000}
            more["private"] = seal_private(self.text_key, film.id, self.chain.n, {"position": where})
        self.write(
            film,
            "segment",
            i=i,
            offset=offset,
            length=len(sealed),
            sha256=sha256(sealed).hex(),
            pts_us=max(i - 1, 0) * 2_000_000,
            duration_us=2_000_000 if i else 0,
            **more,
        )

    def minute(self, film: Film) -> None:
        self.pass_time(minutes=1)
        self.write(film, "minute", counter=self.raised())
        film.minutes += 1

    def mark(self, film: Film, text: str, pts_us: int = 1_000_000) -> None:
        private = seal_private(self.text_key, film.id, self.chain.n, {"text": text})
        self.write(film, "mark", pts_us=pts_us, private=private)

    def quality(self, film: Film, from_us: int, to_us: int, reason: str) -> None:
        self.write(film, "quality", from_us=from_us, to_us=to_us, reason=reason)

    def gap(self, film: Film, from_us: int, to_us: int) -> None:
        self.write(film, "gap", from_us=from_us, to_us=to_us, reason="camera")

    def close(self, film: Film, **other: Any) -> None:
        self.write(film, "close", reason="power-off", segments=len(film.media), length=film.length)
        self._closed(film, "recording-closed", other)

    def recover(self, film: Film, **other: Any) -> None:
        """After a power cut; to be called after `boot`, or before, as the recorder does."""
        until = strictjson.loads(_payload(film.journal[-1]))["at"]
        self._closed(film, "recovered", {"cut": 0, "torn": 0, "until": until} | other)

    def _closed(self, film: Film, kind: str, more: dict[str, Any]) -> None:
        said = film.listed() | {"segments": len(film.media), "minutes": film.minutes} | more
        self.log(kind, counter=self.raised(), **said)
        film.closed_at = self.time

    def record(self, name: str, minutes: int = 0, drill: bool = False, **more: Any) -> Film:
        """One recording from beginning to end."""
        film = self.open(name, drill, **more)
        self.segment(film)
        for _ in range(minutes):
            self.minute(film)
            self.segment(film)
        self.close(film)
        return film

    def cleared(self, film: Film) -> None:
        self.log("cleared", id=str(film.id), receipt="00" * 32, index=1, checkpoint="00" * 32)
        self.films.remove(film)

    # -- the store set aside

    def copy(self) -> Life:
        """The store at this moment. The counter is not in the store: put it back by hand."""
        other = copy.copy(self)
        other.book, other.logbook, other.films = copy.copy(self.book), [*self.logbook], [*self.films]
        return other

    # -- docking

    def dock(
        self, station: SoftSigner | None = None, offered: list[Film] | None = None, offset_us: int = 0
    ) -> Docking:
        """A handover over what is offered, with the recorder's `docked` line."""
        said = self.films if offered is None else offered
        handover = Handover(
            bureau=BUREAU,
            station=(station or self.county.station).kid,
            bay=1,
            recorder=self.signer.kid,
            officer=OFFICER,
            deputy_reason=None,
            n=len(self.logbook) - 1,
            head=line_hash(self.logbook[-1]).hex(),
            recordings=tuple(film.listed() for film in said),
            station_nonce=fixed_bytes("sn"),
            recorder_nonce=fixed_bytes(f"rn {len(self.logbook)} {self.time}"),
            station_at=self.time,
            clock_offset_us=offset_us,
            snapshot="00" * 32,
            offline=False,
        ).to_bytes()
        digest = handover_digest(handover)
        signer = station or self.county.station
        request = HandoverRequest(
            handover,
            station_signature(signer, digest, "key"),
            signer.jwk,
            "key",
            self.county.officer_key.assert_(digest, DOCK_RP, KIOSK),
        )
        nonce = b64u(fixed_bytes("sn"))
        docked = self.log("docked", handover=digest.hex(), station_nonce=nonce, checkpoint="00" * 32)
        body = strictjson.loads(request.to_bytes(), 2**20) | {"docked": docked.decode().removesuffix("\n")}
        return Docking(self, signer, digest.hex(), strictjson.dumps(body))


@dataclass
class Docking:
    """What a station brings to the county after a handover."""

    life: Life
    station: SoftSigner
    digest: str
    body: bytes

    def lines(self, first: int | None = None, last: int | None = None) -> Any:
        """PUT the logbook from where the county's ends, or from `first`."""
        from zhilu.server.equipment.services import logbooks

        kid = self.life.signer.kid
        start = logbooks.head_of(kid).n + 1 if first is None else first
        body = b"".join(self.life.logbook[start:last])
        path = f"/intake/recorders/{kid}/logbook"
        return self.life.county.request("PUT", path, f"from={start}", body, signer=self.station)

    def handover(self) -> Any:
        path = f"/intake/handovers/{self.digest}"
        return self.life.county.request("PUT", path, body=self.body, signer=self.station)

    def journal(self, film: Film) -> Any:
        query = f"recorder={self.life.signer.kid}&handover={self.digest}"
        path = f"/intake/recordings/{film.id}/journal"
        return self.life.county.request("PUT", path, query, b"".join(film.journal), signer=self.station)

    def bring(self, film: Film) -> Any:
        """Journal, segments, `complete`; its answer."""
        answer = self.journal(film)
        assert answer.status_code == 200, answer.content
        for i, data in enumerate(film.media):
            path = f"/intake/recordings/{film.id}/segments/{i}"
            answer = self.life.county.request("PUT", path, body=data, signer=self.station)
            assert answer.status_code == 200, answer.content
        path = f"/intake/recordings/{film.id}/complete"
        return self.life.county.request("POST", path, body=b"{}", signer=self.station)

    def arrive(self) -> None:
        """Lines and handover, both taken."""
        answers = [self.lines(), self.handover()]
        assert all(answer.status_code in (200, 201) for answer in answers), [a.content for a in answers]


def _payload(line: bytes) -> bytes:
    from zhilu.encoding import unb64u

    return unb64u(line.decode("ascii").split(".")[1])


def found(code: str | None = None) -> list[tuple[str, str, str]]:
    """(code, since, until) of what was found; "" for what nobody can know."""
    from zhilu.server.equipment.models import Finding

    rows = Finding.objects.order_by("id")
    said = [(row.code, *(format_time(at) if at else "" for at in (row.since, row.until))) for row in rows]
    return [one for one in said if code in (None, one[0])]


def error_of(answer: Any) -> str:
    return str(json.loads(answer.content)["error"])


def other_station(county: CountyWorld) -> SoftSigner:
    from zhilu.server.equipment.events import StationEnrolled
    from zhilu.server.ledger.services.commit import commit

    signer = SoftSigner(fixed_key("second station"))
    commit(StationEnrolled(signer.kid, signer.jwk, "第二采集站", 4, DOCK_RP, KIOSK), "julu")
    return signer


def assign(county: CountyWorld, drill: bool) -> int:
    from zhilu.server.equipment.events import RecorderAssigned
    from zhilu.server.ledger.services.commit import commit

    core = next(core for kind, core, _ in county.founding() if kind == "recorder-assigned/1")
    return commit(RecorderAssigned(**core | {"drill": drill}), "julu").index
