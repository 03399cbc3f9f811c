"""A station's page where people speak, without bays: words, queue, drafts and their addresses are the real
ones; county, snapshot and reader are played.

The county opens what it gets with the text key and judges it as the real one does (`check_word_request`).
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from aiohttp.test_utils import TestClient, TestServer

from support.recordings import fixed_id, fixed_key, policy_core
from zhilu.encoding import unb64u
from zhilu.errors import DataError, WorldError
from zhilu.pki import certificates
from zhilu.protocols import intake_words, words
from zhilu.protocols.dock_keys import Made
from zhilu.protocols.intake import Call
from zhilu.protocols.snapshot_people import Catalogue, Person, Procedure, in_force
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.policy import Policy
from zhilu.softkey import SoftKey
from zhilu.softkey.ceremonies import Holder
from zhilu.station import config, page
from zhilu.station.alarms import Alarms
from zhilu.station.ceremony import Turn
from zhilu.station.fingers import Fingers
from zhilu.station.keys import Keys
from zhilu.station.officer import Desk
from zhilu.station.spool import COLLECTED, Spool, State
from zhilu.station.tries import Tries
from zhilu.station.words import Words
from zhilu.station.words_after import Collected, Statements, Taken

RP_ID, ORIGIN = "dock.localhost", "http://s1.dock.localhost:8443"
OFFICER, SECOND, KEEPER, CLERK = (str(fixed_id(name)) for name in ("officer", "second", "keeper", "clerk"))
NAMES = {OFFICER: "李建国", SECOND: "马超", KEEPER: "赵敏", CLERK: "王晓梅"}
FIRST, LAST = str(fixed_id("first recording")), str(fixed_id("last recording"))
RECORDER = "R" * 42 + "A"
TAXPAYER, COURSE = "巨鹿县宏达机械配件厂", "出示税务检查证,宣读决定内容,当场核对后签收"
SECOND_US = 1_000_000


ROSTER = (
    Person(OFFICER, "李建国", "0101", "税源管理一股", date(2030, 1, 1), False, True),
    Person(SECOND, "马超", "0102", "税源管理一股", date(2020, 1, 1), False, True),
    Person(KEEPER, "赵敏", "0103", "办公室", None, True, False),
    Person(CLERK, "王晓梅", "0104", "办公室", None, False, False),
)


def procedure(code: str, name: str, least: int) -> Procedure:
    return Procedure(
        code=code,
        class_code=code[0],
        tier="3",
        min_officers=least,
        name=name,
        start="进门",
        content="亮证",
        end="离开",
        script="show",
    )


CATALOGUE = Catalogue(
    version=1,
    since=date(2026, 1, 1),
    classes={"H": "入户类", "Y": "约谈类"},
    scripts={"show": "您好,我是巨鹿县税务局工作人员,这是我的税务检查证。"},
    procedures=(procedure("H04", "送达税务文书", 2), procedure("Y01", "纳税约谈", 1)),
)


@dataclass
class Snapshots:
    """`current` is itself a snapshot as words and drafts read it."""

    station: str
    holders: Mapping[str, Holder]
    least: str = "key"
    renewed: int = 0

    def __post_init__(self) -> None:
        self.roster, self.revoked = ROSTER, frozenset[str]()
        self.bindings = {RECORDER: SimpleNamespace(station=self.station, bay=1)}
        self.fingers: frozenset[tuple[str, str]] = frozenset()

    @property
    def policy(self) -> Policy:
        return Policy.from_core(policy_core(officer_check_least=self.least))

    def current(self) -> Snapshots:
        return self

    async def renew(self) -> None:
        self.renewed += 1

    def name_of(self, person: str) -> str:
        return NAMES.get(person, "")

    def catalogue(self, on: date) -> Catalogue | None:
        return in_force([CATALOGUE], on)

    def credentials_of(self, person: str) -> dict[bytes, bytes]:
        holder = self.holders.get(person)
        return {holder.credential: holder.key.credential(RP_ID).public_key} if holder else {}


@dataclass
class County:
    """Takes words as spec/intake.md says, and breaks down on demand."""

    station: str
    snapshots: Snapshots
    away: bool = False
    stored: set[str] = field(default_factory=lambda: {FIRST, LAST})
    trained: set[str] = field(default_factory=lambda: {OFFICER})
    refuse: str = ""
    lose_answers: int = 0
    taken: dict[str, words.Word] = field(default_factory=dict)
    nonces: set[bytes] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    templates: list[dict[str, Any]] = field(default_factory=list)

    async def ask(self, call: Call, body: bytes = b"", limit: int = 0) -> bytes:
        self.requests.append(f"{call.method} {call.path}")
        if self.away:
            raise WorldError("county-away", "The county server cannot be reached.")
        answer = self._answer(call, body)
        if self.lose_answers:
            self.lose_answers -= 1
            raise WorldError("county-away", "The county server cannot be reached.")
        return json.dumps(answer).encode()

    def _answer(self, call: Call, body: bytes) -> dict[str, Any]:
        if call.path == "/intake/words":
            return self._word(json.loads(body))
        if call.path == "/intake/words/nonce":
            self.nonces.add(nonce := secrets.token_bytes(words.NONCE_SIZE))
            return intake_words.nonce_body(nonce)
        if call.path == "/intake/dock-keys":
            if self.refuse:
                raise DataError(self.refuse, "")
            return {"number": Made.read(json.loads(body)).check(RP_ID, ORIGIN).number}
        if call.path == "/intake/templates" and call.method == "POST":
            self.templates.append({"id": str(len(self.templates)), **json.loads(body)})
            return {"id": "1"}
        if call.path == "/intake/templates":
            mine = [one for one in self.templates if f"person={one['person']}" == call.query]
            return {"templates": [{name: one[name] for name in ("id", "name", "elements")} for one in mine]}
        recording = call.path.split("/")[3]
        if recording not in self.stored:
            raise DataError("recording-unstored", "")
        place = {"at_us": 0, "lat": 370_000_000, "lon": 1_150_000_000}
        said = {"from": "2026-11-24T10:40:00.000Z", "to": "2026-11-24T10:41:00.000Z"}
        return said | {"positions": [place], "marks": [5_000_000]}

    def _word(self, body: dict[str, Any]) -> dict[str, Any]:
        digest = body["digest"]
        if digest in self.taken:
            return {"entries": [1]}
        raw = words.open_word(fixed_key("text"), body["sealed"], bytes.fromhex(digest))
        word = words.check_word_request(
            words.WordRequest.from_bytes(raw),
            self.snapshots.credentials_of,
            bureau="julu",
            station=self.station,
            rp_id=RP_ID,
            origin=ORIGIN,
            least=self.snapshots.least,
            now=datetime.now(UTC),
        )
        if self.refuse:
            raise DataError(self.refuse, "")
        if isinstance(word, words.Statement):
            named = {span.recording for act in word.acts for span in act.spans}
            if not named <= self.stored:
                raise DataError("recording-unstored", "")
        if isinstance(word, words.Assignment) and not word.drill and word.officer not in self.trained:
            raise DataError("not-trained", "")
        if words.is_for_now(word):
            if word.nonce not in self.nonces:
                raise words.word_old()
            self.nonces.remove(word.nonce)
        self.taken[digest] = word
        return {"entries": [1]}


class Reader:
    """Says yes to whoever `matches`."""

    def __init__(self) -> None:
        self.matches: set[str] = set()
        self.fingers: list[tuple[str, str]] = []
        self.fails = ""

    async def present(self) -> bool:
        return True

    async def enrolled(self, person: str) -> list[str]:
        return ["right-index-finger"] if person in self.matches else []

    async def verify(self, person: str, prompt: Any) -> bool:
        return person in self.matches

    async def enrol(self, person: str, finger: str, prompt: Any = None) -> None:
        if self.fails:
            raise WorldError(self.fails, "")
        self.fingers.append((person, finger))


class Room:
    """One station's words; `restart` is another process on the same disk."""

    rp_id, origin = RP_ID, ORIGIN
    snapshots: Any
    county: Any

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reader = Reader()
        self.late = timedelta()
        self.furnish()
        self.restart()

    def furnish(self) -> None:
        """The others: who has which key, what the county says."""
        self.signer = SoftSigner(certificates.new_key())
        self.holders = {person: Holder.new(person, RP_ID, ORIGIN) for person in (OFFICER, KEEPER, CLERK)}
        self.snapshots = Snapshots(self.signer.kid, self.holders)
        self.county = County(self.signer.kid, self.snapshots)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.late

    def restart(self) -> None:
        kiosk = config.Kiosk("127.0.0.1", 8443, self.origin, self.rp_id)
        settings = SimpleNamespace(bureau="julu", name="第一采集站", kiosk=kiosk)
        spool = Spool(self.folder / "spool")
        self.alarms = Alarms(spool.root / "alarms", self.now, lambda: None)
        self.desk = Desk(
            station=self.signer.kid,
            origin=self.origin,
            reader=cast(Any, self.reader),
            tries=Tries(spool.root / "tries", self.now),
            alarms=self.alarms,
            changed=lambda: None,
        )
        self.parts: Any = SimpleNamespace(
            home=SimpleNamespace(
                kid=self.signer.kid, signer=self.signer, settings=settings, path=self.folder
            ),
            spool=spool,
            snapshots=self.snapshots,
            county=self.county,
            statements=Statements(spool, self.now),
            alarms=self.alarms,
            desk=self.desk,
            turn=Turn(),
            clock=self.now,
            changed=lambda: None,
            name_of=lambda person: self.snapshots.current().name_of(person),
        )
        self.words = Words(self.parts, Fingers(self.parts))
        self.keys = Keys(self.parts)

    def collect(self, bay: int = 1, **changed: Any) -> None:
        """As if a recorder with two recordings had been collected in this bay just now."""
        opened = "2026-11-24T10:40:00.000Z"
        recordings = (
            Taken(FIRST, opened, False, 60 * SECOND_US, (5 * SECOND_US,)),
            Taken(LAST, opened, False, 30 * SECOND_US),
        )
        collected = Collected("ab" * 32, OFFICER, RECORDER, "XT-0001", self.now(), 0, recordings)
        self.parts.statements._keep(bay, replace(collected, **changed))

    def hold(self, recording: str = FIRST) -> None:
        """Its recording is in the spool and not yet with the county."""
        self.county.stored.discard(recording)
        state = State(COLLECTED, RECORDER, "ab" * 32, 3, "00" * 32, 1, 10)
        self.parts.spool.begin(UUID(recording), b"{}", state)

    def bring(self, recording: str = FIRST) -> None:
        """The uploads have brought it to the county, and the recorder is cleared."""
        self.county.stored.add(recording)
        self.parts.spool.recording(UUID(recording)).remove()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Page]:
        """The queue at work, the page served."""
        queue = asyncio.create_task(self.words.queue.run())
        station: Any = SimpleNamespace(
            home=self.parts.home,
            parts=self.parts,
            words=self.words,
            keys=self.keys,
            alarms=self.alarms,
            bays={1: SimpleNamespace(number=1)},
            state=lambda: {"waiting_words": self.words.queue.waiting()},
        )
        station.board = page.Board(station.state)
        client: Any = TestClient(TestServer(page.application(station)))
        async with client:
            try:
                yield Page(self, client)
            finally:
                queue.cancel()
                await self.words.enrolments.stop()

    def on_disk(self, *texts: str) -> list[str]:
        """Which of these texts stand in any file of the station, under any spelling that JSON knows."""
        data = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())
        spelled = {text: (text.encode(), json.dumps(text)[1:-1].encode()) for text in texts}
        return [text for text, forms in spelled.items() if any(form in data for form in forms)]


@dataclass
class Page:
    """What the page's scripts do."""

    room: Room
    client: Any

    async def call(
        self, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        sent = {"Host": urlsplit(self.room.origin).netloc} | dict(headers or {})
        if body is None:
            answer = await self.client.get(path, headers=sent)
        else:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent = {"Content-Type": "application/json"} | sent
            answer = await self.client.post(path, data=data, headers=sent)
        return answer.status, json.loads(await answer.read())

    async def make_key(self, person: str, key: SoftKey) -> tuple[int, Any]:
        """A security key is registered for this person, from the begin to its number."""
        status, begun = await self.call("/api/keys", {"person": person})
        if status != 200:
            return status, begun
        return await self.call(f"/api/keys/{begun['id']}", answer_of(self.room, key, begun))

    async def sign(self, begun: Mapping[str, Any], holder: Holder | None = None) -> tuple[int, Any]:
        """The person whose turn it is touches the key."""
        signer = begun["signer"]
        key = holder or self.room.holders[signer["person"]["id"]]
        return await self.call(f"/api/words/{begun['id']}/assertion", key.sign(unb64u(signer["challenge"])))

    async def say(self, asked: Mapping[str, Any]) -> tuple[int, Any]:
        """A word to its end, each person touching the key."""
        status, begun = await self.call("/api/words", asked)
        if status != 200:
            return status, begun
        id_ = begun["id"]
        while status == 200 and "done" not in begun:
            status, begun = await self.sign({"id": id_, **begun})
        return status, begun


def answer_of(room: Room, key: SoftKey, begun: Mapping[str, Any]) -> dict[str, str]:
    """What the page's script answers after `navigator.credentials.create`."""
    made = key.create(begun["rp_id"], room.origin, begun["user"]["id"], unb64u(begun["challenge"]))
    said = made["response"]
    parts = {"client_data_json": said["clientDataJSON"], "attestation_object": said["attestationObject"]}
    return {"id": made["id"]} | parts


def act(*spans: tuple[str, int, int], **changed: Any) -> dict[str, Any]:
    """As the form sends it; times in seconds."""
    return {
        "procedure": "Y01",
        "officers": [OFFICER],
        "taxpayer": TAXPAYER,
        "spans": [
            {"recording": recording, "from_us": begin * SECOND_US, "to_us": end * SECOND_US}
            for recording, begin, end in spans or ((FIRST, 0, 60),)
        ],
        "elements": {"place": "新华北街 18 号", "course": COURSE},
        **changed,
    }


def statement(*acts: dict[str, Any], bay: int = 1) -> dict[str, Any]:
    return {"kind": "statement", "bay": bay, "acts": list(acts) or [act()]}


def assignment(officer: str = OFFICER, **changed: Any) -> dict[str, Any]:
    asked = {"kind": "assignment", "bay": 1, "person": KEEPER, "officer": officer, "drill": False}
    return asked | {"deputy": False, "reason_code": None} | changed


def finger(*persons: str, subject: str = OFFICER) -> dict[str, Any]:
    both = list(persons or (KEEPER, OFFICER))
    return {"kind": "finger", "subject": subject, "finger": "right-index-finger", "persons": both}


def taken(room: Room) -> Any:
    """The one word that the county has."""
    assert len(room.county.taken) == 1
    return next(iter(room.county.taken.values()))
