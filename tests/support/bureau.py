"""A bureau of realistic size around the county's world: two departments of its own and one of another bureau,
somebody of every role in his department, officers, recordings and acts in each, recorders, alarms, visits.

`people`: persona → person. A role with departments occurs twice: `viewer` for its own department, and
`viewer*` for the whole bureau. `things`: place → name of an address's part → what stands there.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from support import bureau_answers, day, kept, training
from support.county_world import DEPARTMENT, OFFICER, RECORDING, SECTION, CountyWorld
from support.past_rules import unchecked
from support.recordings import START, test_id, test_key
from zhilu.encoding import format_time
from zhilu.sealed.keys import SoftSigner

SCOPED = ("unit-head", "viewer", "approver", "leader", "supervisor", "equipment-keeper")
UNSCOPED = (
    "officer",
    "legal-editor",
    "trainer",
    "system-administrator",
    "security-administrator",
    "audit-administrator",
)
OTHER, FOREIGN = str(test_id("other department")), str(test_id("foreign department"))
ABROAD = "qinghe"
OWN, BESIDE, BEYOND = PLACES = ("own", "other department", "other bureau")
RECORDINGS, FILLERS = 30, 14


@dataclass
class Bureau:
    people: dict[str, str]
    things: dict[str, dict[str, Any]]

    def client(self, persona: str) -> Client:
        """Signed in, without the work of a password."""
        from zhilu.server.organisation.models import User

        client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="zh-hans")
        if persona == "nobody":
            return client
        person = self.people[persona]
        user = User.objects.filter(person=person).first()
        if user is None:
            user = User.objects.create(username=f"u{len(person)}.{person[-12:]}", person=person)
        client.force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
        return client


@dataclass(frozen=True)
class _Grown:
    bureau: Bureau
    rows: kept.Rows
    home: Path
    cosigned: tuple[int, bytes] | None
    until: float
    """Of `time.monotonic`: what is grown is young."""


_grown: dict[str, _Grown] = {}
_homes = tempfile.TemporaryDirectory(prefix="zhilu-grown-")


def of(county: CountyWorld) -> Bureau:
    """A recording stored, the bureau grown round it, and all of it published. Made once in a process, and
    again when it is young no more; rows, files and what the cosigner knows then stand for it.
    """
    before = _grown.get(connection.vendor)
    if before is None or time.monotonic() > before.until:
        before = _grown[connection.vendor] = _made(county)
    else:
        kept.replace(before.rows)
        shutil.copytree(before.home, county.config.home, dirs_exist_ok=True)
        county.cosigner.state = before.cosigned
    return copy.deepcopy(before.bureau)


def _made(county: CountyWorld) -> _Grown:
    until = day.young_until()
    county.store()
    bureau = grow(county)
    county.publish()
    home = Path(tempfile.mkdtemp(dir=_homes.name)) / "home"
    shutil.copytree(county.config.home, home)
    return _Grown(bureau, kept.take(), home, county.cosigner.state, until)


def grow(world: CountyWorld) -> Bureau:
    """Needs `found` and a stored recording before."""
    from zhilu.server.ledger.events import read
    from zhilu.server.ledger.services.commit import Proposal, commit_all

    officers = {OWN: OFFICER, BESIDE: person_of("officer beside"), BEYOND: person_of("officer beyond")}
    people = {"no-role": person_of("no role"), "officer": OFFICER}
    lines = [*_departments()]
    for place, department in ((BESIDE, OTHER), (BEYOND, FOREIGN)):
        lines += _person(officers[place], "李海", "officer", None, department)
        lines += training.results(officers[place])
    for role in (*SCOPED, *UNSCOPED[1:]):
        people[role] = person_of(role)
        lines += _person(people[role], f"{role} 本科", role, [SECTION] if role in SCOPED else None)
    for role in SCOPED:
        people[f"{role}*"] = person_of(f"{role}*")
        lines += _person(people[f"{role}*"], f"{role} 全局", role, None)
    lines += _person(people["no-role"], "实习生", None, None)
    for number in range(FILLERS):
        lines += _person(person_of(f"filler {number}"), f"李文{number}", "officer", None)
    lines += _recorder(world)
    with unchecked("department-set/1"):
        commit_all([Proposal(read(kind, core), "julu", told) for kind, core, told in lines])
    recordings = _recordings(officers)
    acts = {place: _act(UUID(officers[place]), recordings[place]) for place in PLACES}
    _visits(people)
    things = _things(world, officers, recordings, acts)
    rules = _rules(UUID(people["legal-editor"]))
    return Bureau(people, {place: of_place | rules for place, of_place in things.items()})


def person_of(name: str) -> str:
    return str(test_id(f"bureau {name}"))


def _departments() -> list[Any]:
    def department(one: str, bureau: str, name: str) -> Any:
        core = {"department": one, "bureau": bureau, "parent": None, "kind": "administration"}
        return "department-set/1", core | {"name": name, "order": 5, "closed": False}, None

    abroad = {"bureau": ABROAD, "name": "清河县税务局", "parent": None, "closed": False}
    return [
        ("bureau-listed/1", abroad, None),
        department(OTHER, "julu", "管理一科"),
        department(FOREIGN, ABROAD, "稽查局"),
    ]


def _person(
    person: str, name: str, role: str | None, scope: list[str] | None, department: str = SECTION
) -> list[Any]:
    lines: list[Any] = [("person-added/1", {"person": person}, {"name": name, "number": person[-6:]})]
    post = {"post": str(test_id(f"post {person}")), "person": person, "department": department}
    lines.append(("post-taken/1", post | {"rank": "officer", "since": "2026-01-01"}, None))
    if role:
        lines.append(("role-granted/1", {"person": person, "role": role, "scope": scope}, None))
    return lines


def second_recorder() -> SoftSigner:
    return SoftSigner(test_key("bureau second recorder"))


def _recorder(world: CountyWorld) -> list[Any]:
    second = second_recorder()
    enrolled = {"recorder": second.kid, "jwk": second.jwk, "serial": "XT-0002", "counter_kind": "tpm"}
    owned = {"kind": "recorder", "model": "XT", "asset": "", "acquired": None}
    return [
        ("recorder-enrolled/1", enrolled, None),
        ("equipment-registered/1", owned | {"serial": "XT-0001", "department": SECTION}, None),
        ("equipment-registered/1", owned | {"serial": "XT-0002", "department": OTHER}, None),
    ]


def _recordings(officers: dict[str, str]) -> dict[str, str]:
    """The stored one, and thirty that the ledger alone knows; one of each place."""
    from zhilu.server.evidence.events import RecordingStored
    from zhilu.server.evidence.models import Recording
    from zhilu.server.ledger.services.commit import Proposal, commit_all

    first = Recording.objects.get(id=RECORDING)
    found, lines = {OWN: str(RECORDING)}, []
    for number in range(RECORDINGS):
        place, opened = PLACES[number % 3], START - timedelta(hours=5 * number + 3)
        event = RecordingStored(
            recording=str(test_id(f"bureau recording {number}")),
            recorder=first.recorder,
            lines=40,
            last=first.last,
            segments=30,
            length=30_000_000,
            origin="camera",
            drill=number % 9 == 5,
            officer=officers[place],
            policy=1,
            opened_at=format_time(opened),
            closed_at=format_time(opened + timedelta(minutes=11)),
            handover=first.handover,
            officer_check="key",
            station=first.station,
            bay=1,
            closed_by="recording-closed",
            copies=1,
            marks=number % 3,
        )
        lines.append(Proposal(event, first.station))
        found.setdefault(place, event.recording)
    commit_all(lines)
    for number, place in enumerate((BESIDE, BEYOND)):
        _evidence(first.recorder, found[place], 1_000 + number)
    return found


def _evidence(recorder: str, recording: str, n: int) -> None:
    """The journal of the stored recording under another name, and a line that opens it: enough for its page
    and its package.
    """
    from zhilu.server.equipment.models import LogbookLine
    from zhilu.server.evidence.services.media_store import journal_key, store

    with store().open(journal_key(RECORDING)) as file:
        store().put(journal_key(UUID(recording)), [file.read()])
    line = LogbookLine.objects.get(recording=RECORDING, type="recording-opened")
    LogbookLine.objects.create(
        recorder=recorder, n=n, line=line.line, hash=line.hash, type=line.type, recording=recording
    )


def _act(officer: UUID, recording: str) -> UUID:
    """With an unfinished statement; and some more of the same, that lists have something to list."""
    from zhilu.server.evidence.models import Act
    from zhilu.server.evidence.rules import Span
    from zhilu.server.evidence.services import acts

    made = [
        acts.open_act(officer, "C01", [str(officer)], "某纳税人", [Span(recording, 0, 1_000_000)])
        for _number in range(8)
    ]
    for act in made:
        acts.file_statement(officer, Act.objects.get(id=act), 0, {"time": "今天", "place": "某处"})
    return made[0]


def _rules(editor: UUID) -> dict[str, Any]:
    """A second version of the catalogue, a draft of the third, proposals, plan, a text in two versions."""
    from datetime import date

    from zhilu.server.catalogue.services import drafts, proposals, regulations, rollouts
    from zhilu.server.ledger.clock import today

    proposal = proposals.propose(UUID(OFFICER), "C01", {"content": "外观、门牌"}, "不便拍摄原值资料")
    drafts.set_procedure(drafts.read().after.procedures["C02"] | {"min_officers": 2}, editor)
    seen = drafts.digest(drafts.next_version(drafts.read(), today()))
    drafts.put_in_force(today(), editor, seen, [proposal])
    drafts.set_procedure(drafts.read().after.procedures["C03"] | {"tier": "priority"}, editor)
    waiting = proposals.propose(UUID(OFFICER), "C01", {"end": "离开"}, "现场不签字")
    line = rollouts.set_line(editor, "julu", UUID(DEPARTMENT), "priority", date(2026, 1, 1), None)
    rollouts.set_line(editor, ABROAD, UUID(FOREIGN), "selected", date(2026, 7, 1), date(2026, 12, 1))
    text = regulations.issue(editor, None, 1, "执法记录仪管理办法", "第一条 为规范执法。", today())
    regulations.issue(editor, text, 2, "执法记录仪管理办法", "第一条 为规范执法记录。", today())
    regulations.confirm(UUID(OFFICER), text, 1)
    return {"proposal": waiting, "line": line, "regulation": text, "notice": _notice(editor)}


def _notice(editor: UUID) -> UUID:
    """As if it had been taken over from a city."""
    from dataclasses import replace

    from django.conf import settings
    from django.test import override_settings

    from zhilu.server.catalogue.services import notices

    with override_settings(ZHILU=replace(settings.ZHILU, tier="city")):
        return notices.issue(editor, "汛期值守安排", "请各局安排值守。", None, None)


def _draws(recordings: dict[str, str]) -> dict[str, UUID]:
    """A recording of each department of the own bureau is to be reviewed; the checklists are set."""
    from zhilu.server.evidence.models import Recording
    from zhilu.server.oversight.services import reviewing

    reviewing.adopt_proposed(UUID(person_of("legal-editor")))
    made = {}
    for place in (OWN, BESIDE):
        one = Recording.objects.get(id=recordings[place])
        period = (one.opened_at, one.opened_at + timedelta(seconds=1))
        by, officer = UUID(person_of("supervisor*")), str(one.officer)
        made[place] = reviewing.target(by, "officer", officer, period, [one.id], 0)
    return made | {BEYOND: test_id("bureau draw")}  # of another bureau nobody here draws


def _visits(people: dict[str, str]) -> None:
    """Rows of the access log, refused ones among them, and alarms."""
    from zhilu.server.equipment.services.alarms import raise_alarm
    from zhilu.server.organisation.services.access import note

    for number, person in enumerate(people.values()):
        note(UUID(person), "GET", f"/recordings/{number}", number % 3 > 0, "127.0.0.1")
        note(UUID(person), "GET", f"/recordings/{number}/evidence.zip", True, "127.0.0.1")
        note(None, "sign-in", "/login", False, f"10.0.0.{number}")
    for number in range(6):
        raise_alarm("tls", f"device {number}")


def _viewing(world: CountyWorld, place: str, recording: str) -> UUID:
    """Asked for by nobody of the personas: a row as the ledger would give it."""
    from zhilu.server.evidence.models import Viewing, ViewingSpan
    from zhilu.server.ledger.clock import now
    from zhilu.server.ledger.models.base import applying

    at, id_ = now(), test_id(f"bureau viewing {place}")
    with applying():
        row = Viewing.objects.create(
            id=id_,
            viewer=person_of("no role"),
            purpose="review",
            requested=at,
            expires=at + timedelta(days=1),
            until=at + timedelta(days=1),
            asked_at=at,
            reason="复核",
            entry=1,
        )
        ViewingSpan.objects.create(
            id=f"{id_}/{recording}", viewing=row, recording=recording, first=0, last=1, entry=1
        )
    return id_


def _objection(place: str, person: str) -> UUID:
    """Against nothing: a row as the ledger would give it."""
    from datetime import date

    from zhilu.server.assessment.models import Objection
    from zhilu.server.ledger.clock import now
    from zhilu.server.ledger.models.base import applying

    id_ = test_id(f"bureau objection {place}")
    department = {OWN: SECTION, BESIDE: OTHER, BEYOND: FOREIGN}[place]
    with applying():
        Objection.objects.create(
            id=id_, month=date(2026, 6, 1), version=1, person=person, department=department, at=now(), entry=1
        )
    return id_


def _things(
    world: CountyWorld, officers: dict[str, str], recordings: dict[str, str], acts: dict[str, UUID]
) -> dict[str, dict[str, Any]]:
    from zhilu.server.equipment.models import Alarm, PendingDockKey
    from zhilu.server.evidence.services import links, outcomes
    from zhilu.server.evidence.services.templates import save
    from zhilu.server.ledger.clock import now

    key = {"public_key": "AA", "rp_id": "dock.example", "station": world.station.kid, "at": now()}
    made = PendingDockKey.objects.create(credential="AA", person=UUID(OFFICER), **key)

    viewings = {place: _viewing(world, place, recordings[place]) for place in PLACES}
    draws = _draws(recordings)
    kids = {OWN: world.recorder.kid, BESIDE: second_recorder().kid, BEYOND: second_recorder().kid}
    return {
        place: {
            "recording": recordings[place],
            "viewing": viewings[place],
            "act": acts[place],
            "link": links.link(officers[place], acts[place], "case", "邢税稽案〔2026〕12号", "某案"),
            "outcome": outcomes.record(officers[place], acts[place], "dispute-settled"),
            "person": officers[place],
            "recorder": kids[place],
            "station": world.station.kid,
            "department": {OWN: SECTION, BESIDE: OTHER, BEYOND: FOREIGN}[place],
            "above": DEPARTMENT,
            "course": training.CONDUCT,
            "template": save(UUID(officers[place]), "核实经营场所", {"place": "城关镇"}).id,
            "dock_key": made.id,
            "alarm": Alarm.objects.earliest("id").id,
            "result": test_id(f"result {officers[place]} {training.CONDUCT} 90"),
            "objection": _objection(place, officers[place]),
            "draw": draws[place],
            "class_code": "household",
            **bureau_answers.things(
                place, officers[place], acts[place], {OWN: SECTION, BESIDE: OTHER, BEYOND: FOREIGN}[place]
            ),
        }
        for place in PLACES
    }
