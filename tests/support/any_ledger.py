"""Entries of a ledger that nobody checked: few people, recordings, acts and viewings, and about them whatever
chance brings, in any order, what cannot be applied among it. From a seed, the same each time.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from support.recordings import fixed_bytes
from zhilu import strictjson
from zhilu.encoding import b64u, format_time
from zhilu.server.catalogue.services.catalogue import first_version
from zhilu.server.evidence.rules import ELEMENTS
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.shapes import to_core
from zhilu.server.oversight.findings.rule import id_of as finding_id
from zhilu.server.oversight.rules_tasks import task_id

START = datetime(2026, 11, 2, tzinfo=UTC)
KIDS = [b64u(fixed_bytes(f"device {number}")) for number in range(3)]
HEX = fixed_bytes("digest").hex()
Said = tuple[str, dict[str, Any], dict[str, Any] | None]


def id_of(what: str, number: int) -> str:
    return str(UUID(int=int.from_bytes(fixed_bytes(what)[:7], "big") << 64 | number))


class AnyLedger:
    def __init__(self, seed: int, stray: float = 0.1) -> None:
        """`stray`: how often something is about what most likely is not there."""
        self._random, self._stray = random.Random(seed), stray
        self._made: dict[str, list[str]] = {}
        self._versions: dict[str, int] = {}
        self.entries: list[Entry] = []
        self.founding()

    def founding(self) -> None:
        self._add("catalogue-set/1", to_core(first_version()))
        for _ in range(3):
            self.department()
            self.person()
            self.post()

    def grow(self, count: int) -> list[Entry]:
        """That many more."""
        before = len(self.entries)
        common = (self.stored, self.opened, self.filed, self.linked, self.confirmed, self.outcome)
        rare = (
            self.amended, self.unlinked, self.withdrawn, self.aside, self.assigned, self.imported, self.gaps,
            self.measured, self.lengthened, self.asked, self.decided, self.released, self.reported,
            self.copied, self.pictured, self.held,
            self.told, self.person, self.post, self.left, self.described, self.handed,
            self.announced, self.drawn, self.targeted, self.reviewed, self.tasks, self.corrected,
            self.raised, self.cleared, self.limited,
        )  # fmt: skip
        while len(self.entries) < before + count:
            self._random.choice(common if self._random.random() < 0.6 else rare)()
        return self.entries[before : before + count]

    # What the rest is about.

    def _new(self, what: str) -> str:
        """Now and then one that is there already."""
        known = self._made.setdefault(what, [])
        if known and self._random.random() < self._stray / 2:
            return self._random.choice(known)
        known.append(id_of(what, len(known)))
        return known[-1]

    def _any(self, what: str) -> str:
        known = self._made.get(what)
        if not known or self._random.random() < self._stray / 4:
            return id_of(what, len(known or ()) + self._random.randrange(2))
        # Rather a new one: what is together in a batch meets.
        return self._random.choice(known[-6:])

    def _number(self, what: str) -> int:
        self._versions[what] = self._versions.get(what, 0) + (self._random.random() > self._stray / 2)
        return self._versions[what]

    def _add(self, kind: str, core: dict[str, Any], personal: dict[str, Any] | None = None) -> None:
        index = len(self.entries)
        at = START + timedelta(minutes=97 * index)
        entry = Entry(
            index=index,
            kind=kind,
            at=at,
            actor=self._any("person"),
            core=strictjson.dumps(core),
            personal=None if personal is None else strictjson.dumps(personal),
        )
        self.entries.append(entry)

    @property
    def _at(self) -> datetime:
        return START + timedelta(minutes=97 * len(self.entries))

    def _text(self) -> str:
        return "".join(
            self._random.choices("张建国送达税务处理决定书 2026 QX", k=self._random.randrange(1, 30))
        )

    # Organisation.

    def department(self) -> None:
        core: dict[str, Any] = {"department": self._new("department"), "bureau": "julu", "parent": None}
        core |= {"kind": "inspection", "name": self._text()[:20], "order": 1, "closed": False}
        self._add("department-set/1", core)

    def person(self) -> None:
        self._add("person-added/1", {"person": self._new("person")}, {"name": self._text()[:20]})

    def described(self) -> None:
        self._add("person-described/1", {"person": self._any("person")}, {"name": self._text()[:20]})

    def post(self) -> None:
        core = {"post": self._new("post"), "person": self._any("person"), "rank": "officer"}
        core |= {"department": self._any("department"), "since": self._at.date().isoformat()}
        self._add("post-taken/1", core)

    def left(self) -> None:
        core = {"post": self._any("post"), "reason": "transferred", "until": self._at.date().isoformat()}
        self._add("post-left/1", core)

    # Recordings.

    def stored(self) -> None:
        core = self._sealed() | {
            "recorder": self._random.choice(KIDS),
            "origin": "camera",
            "bay": 1,
            "marks": 2,
        }
        core |= {"drill": self._random.random() < 0.1, "handover": HEX, "officer_check": "key"}
        self._add("recording-stored/1", core | {"closed_by": "recording-closed"})

    def imported(self) -> None:
        core = self._sealed() | {"prev": HEX, "media": "video", "source_sha256": HEX, "source_size": 5}
        core |= {"source_state": "sound", "duration_us": self._random.choice([None, 10**8])}
        self._add("recording-imported/1", core, {"name": self._text()})

    def _sealed(self) -> dict[str, Any]:
        opened, closed = self._at - timedelta(hours=2), self._at - timedelta(hours=1)
        return {
            "recording": self._new("recording"), "lines": 9, "last": HEX, "segments": 8, "length": 99,
            "officer": self._any("person"), "policy": 1, "opened_at": format_time(opened),
            "closed_at": format_time(closed), "station": KIDS[0], "copies": 1,
        }  # fmt: skip

    def gaps(self) -> None:
        gap = {"from_us": 5, "to_us": 9, "reason": "camera"}
        core = {"recording": self._any("recording"), "count": 1, "total_us": 4, "gaps": [gap]}
        self._add("recording-gaps/1", core)

    def measured(self) -> None:
        core = {"recording": self._any("recording"), "marks": [5, 7], "black_count": 1, "black_us": 4}
        self._add(
            "recording-measured/1",
            core | {"black": [[5, 9]], "silent_count": 0, "silent_us": 0, "silent": []},
        )

    def held(self) -> None:
        core = {
            "handover": HEX,
            "recorder": KIDS[1],
            "station": KIDS[0],
            "bay": 1,
            "officer": self._any("person"),
        }
        core |= {
            "officer_check": "key",
            "at": format_time(self._at),
            "n": len(self.entries),
            "part": 0,
            "offset_us": -5,
        }
        self._add("handover-held/1", core | {"recordings": [self._any("recording")]})

    def told(self) -> None:
        """Lines of a logbook that follow, or do not; nobody signed them."""
        kid = self._random.choice(KIDS[1:])
        first = self._versions.get(kid, 0) + (self._random.random() < self._stray)
        lines = [self._line(first + place) for place in range(self._random.randrange(1, 6))]
        self._versions[kid] = first + len(lines)
        core = {"recorder": kid, "first": first, "last": first + len(lines) - 1, "line": "x", "told": lines}
        self._add("logbook-held/1", core)

    def _line(self, number: int) -> dict[str, Any]:
        kinds = ["boot", "recording-opened", "recording-closed", "cleared", "shutdown", "docked"]
        kind = self._random.choice([*kinds, "clearing-refused"])
        line: dict[str, Any] = {"n": number, "type": kind, "at": format_time(self._at)}
        if kind in ("boot", "recording-opened", "recording-closed"):
            line["counter"] = number
        if kind in ("recording-opened", "recording-closed", "cleared", "clearing-refused"):
            line["id"] = self._any("recording")
        line |= {"reason": "consistency"} if kind == "clearing-refused" else {}
        return line | ({"minutes": 1, "lines": 9, "length": 99} if kind == "recording-closed" else {})

    def handed(self) -> None:
        core: dict[str, Any] = {
            "recorder": KIDS[1],
            "officer": self._any("person"),
            "station": KIDS[0],
            "bay": 1,
        }
        core |= {"rp_id": "d", "origin": "o", "credentials": [], "officer_check_least": "key", "drill": False}
        self._add("recorder-assigned/1", core | {"deputy": False, "reason_code": None})

    def aside(self) -> None:
        core = {"recording": self._any("recording"), "reason": "accidental"}
        self._add("recording-set-aside/1", core, {"text": self._text()})

    def lengthened(self) -> None:
        core = {"recording": self._any("recording"), "keep": "permanent", "reason": "other"}
        self._add("retention-lengthened/1", core, {"text": self._text()})

    def assigned(self) -> None:
        core = {"recording": self._any("recording"), "officer": self._any("person")}
        self._add("description-assigned/1", core)

    # Acts.

    def _content(self) -> dict[str, Any]:
        officers = list(dict.fromkeys(self._any("person") for _ in range(2)))
        spans = [
            {"recording": self._any("recording"), "from_us": 0, "to_us": self._random.randrange(1, 9)}
            for _ in range(self._random.randrange(1, 3))
        ]
        procedure = self._random.choice(["H04", "H01", "Q01", "none"])
        return {"procedure": procedure, "catalogue": 1, "officers": officers, "spans": spans}

    def opened(self) -> None:
        self._add("act-opened/1", {"act": self._new("act"), **self._content()}, {"taxpayer": self._text()})

    def amended(self) -> None:
        act = self._any("act")
        core = {"act": act, "version": 1 + self._number(f"content of {act}"), **self._content()}
        self._add("act-amended/1", core, {"taxpayer": self._text()})

    def filed(self) -> None:
        act = self._any("act")
        present = [name for name in ELEMENTS if self._random.random() < 0.8] or ["time"]
        core = {"act": act, "version": self._number(f"statement of {act}"), "complete": present}
        is_told = self._random.random() < 0.5
        core |= {name: format_time(self._at) if is_told else None for name in ("began", "ended")}
        self._add("statement-filed/1", core, {name: self._text() for name in present})

    def confirmed(self) -> None:
        act = self._any("act")
        newest = self._versions.get(f"statement of {act}", 1)
        self._add("statement-confirmed/1", {"act": act, "version": newest})

    def announced(self) -> None:
        at = format_time(START)
        core = {"draw": self._new("draw"), "departments": None, "since": at, "until": at, "list": HEX}
        core |= {"population": 3, "count": 2, "percent": None, "second": 50, "after": at, "cosigner": "none"}
        self._add("draw-announced/1", core)

    def drawn(self) -> None:
        chosen = [self._any("recording") for _ in range(self._random.randrange(4))]
        core = {"draw": self._any("draw"), "note": "none", "seed": HEX, "chosen": chosen}
        self._add("draw-made/1", core)

    def targeted(self) -> None:
        at = format_time(START)
        core = {"draw": self._new("draw"), "criterion": "class", "value": "scene", "since": at, "until": at}
        recordings = list({self._any("recording") for _ in range(3)})
        self._add("draw-targeted/1", core | {"second": 40, "recordings": recordings})

    def reviewed(self) -> None:
        core = {"review": self._new("review"), "draw": self._any("draw"), "recording": self._any("recording")}
        core |= {"level": self._random.choice([1, 2]), "class": "scene", "version": 1, "passed": False}
        answers = {"credential-shown": self._random.choice(["yes", "no"])}
        core |= {"viewing": id_of("viewing", 1), "answers": answers}
        self._add("footage-reviewed/1", core, {"comment": self._text()})

    def tasks(self) -> None:
        numbers = [self._new("task")[-4:] for _ in range(self._random.randrange(1, 3))]
        numbers += [self._any("task")[-4:] for _ in range(2)]
        rows, since = [], self._at
        for number in dict.fromkeys(numbers):
            row = {"number": number, "version": self._number(f"task {number}"), "procedure": "H01"}
            row |= {"officers": list({self._any("person") for _ in range(2)}), "withdrawn": False}
            rows.append(row | {"since": format_time(since), "until": format_time(since + timedelta(hours=1))})
        texts = [[self._text() for _ in range(4)] for _ in rows]
        core = {"batch": id_of("batch", len(self.entries)), "source": "file", "rows": rows}
        self._add("tasks-entered/1", core, {"rows": texts})

    def corrected(self) -> None:
        known = self._made.get("task", [])[-6:] or [""]
        task = str(task_id(self._random.choice(known)[-4:]))
        act, back = self._any("act"), self._random.random() < 0.2
        said = self._random.choice([(task, act), (task, None), (None, act)])
        core = {"about": said[0] or said[1], "task": said[0], "act": said[1], "back": back}
        self._add("match-corrected/1", core, {"reason": self._text()})

    def raised(self) -> None:
        rule, act = self._random.choice(["gap", "incomplete", "of-tomorrow"]), self._any("act")
        is_odd = self._random.random() < self._stray
        core = {"finding": "f" * 32 if is_odd else finding_id(rule, act), "rule": rule, "version": 1}
        core |= {"severity": "minor", "about": act, "subject_kind": "act", "department": None}
        core |= {"day": f"2026-11-0{self._random.randrange(2, 5)}", "places": [[1, 2]], "words": []}
        self._add("finding-raised/1", core | {"persons": list({self._any("person") for _ in range(2)})})

    def cleared(self) -> None:
        rule = self._random.choice(["gap", "incomplete"])
        core = {"finding": finding_id(rule, self._any("act")), "reason": "not-shown"}
        self._add("finding-cleared/1", core)

    def limited(self) -> None:
        value = self._random.choice(["30", "90", "many"])
        since = self._random.choice(["2020-01-01", "2030-01-01"])
        self._add("limit-set/1", {"name": "edge_s", "value": value, "since": since})

    def linked(self) -> None:
        kind = self._random.choice(["taxpayer", "document", "case"])
        core = {"act": self._any("act"), "link": self._new("link"), "kind": kind, "source": "officer"}
        self._add("act-linked/1", core, {"number": self._text(), "name": self._text()})

    def unlinked(self) -> None:
        self._add("act-unlinked/1", {"link": self._any("link"), "reason": "other"})

    def outcome(self) -> None:
        core = {"act": self._any("act"), "outcome": self._new("outcome"), "kind": "tax-collected"}
        self._add("outcome-recorded/1", core | {"amount_fen": 5}, {"note": self._text()})

    def withdrawn(self) -> None:
        self._add("outcome-withdrawn/1", {"outcome": self._any("outcome"), "reason": "other"})

    # Viewings.

    def asked(self) -> None:
        asked = {
            "viewing": self._new("viewing"), "bureau": "julu", "viewer": self._any("person"),
            "kind": self._random.choice(["view", "urgent"]), "purpose": "review", "reason": HEX,
            "recordings": [{"id": self._any("recording"), "from": 0, "to": 3}], "viewer_key": KIDS[2],
            "requested": format_time(self._at), "expires": format_time(self._at + timedelta(hours=9)),
        }  # fmt: skip
        core = {"request": b64u(strictjson.dumps(asked)), "assertion": {}}
        self._add("viewing-requested/1", core, {"reason": self._text()})

    def decided(self) -> None:
        viewing = self._any("viewing")
        told = {
            "viewing": viewing, "approver": self._any("person"), "decided": format_time(self._at),
            "decision": self._random.choice(["approve", "refuse"]),
            "expires": format_time(self._at + timedelta(hours=self._random.randrange(1, 9))),
        }  # fmt: skip
        core = {"viewing": viewing, "decision": b64u(strictjson.dumps(told)), "assertion": {}}
        self._add("viewing-decided/1", core)

    def released(self) -> None:
        core = self._segments() | {"viewer_key": KIDS[2], "nonce": KIDS[2], "expires": format_time(self._at)}
        self._add("key-released/1", core)

    def _segments(self) -> dict[str, Any]:
        return {"viewing": self._any("viewing"), "recording": self._any("recording"), "from": 0, "to": 3}

    def reported(self) -> None:
        core = {"viewing": self._any("viewing"), "report": b64u(b"{}"), "assertion": {}}
        self._add("viewing-reported/1", core, {"text": self._text()})

    def copied(self) -> None:
        core = self._segments() | {
            "recipient": KIDS[2],
            "sha256": HEX,
            "length": 5,
            "at_ms": 5,
            "assertion": {},
        }
        self._add("copy-made/1", core)

    def pictured(self) -> None:
        core = {
            "viewing": self._any("viewing"),
            "recording": self._any("recording"),
            "pts_us": 5,
            "sha256": HEX,
        }
        self._add("screenshot-taken/1", core | {"at_ms": 5, "assertion": {}})
