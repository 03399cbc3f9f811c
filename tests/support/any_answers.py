"""A ledger that nobody checked, of findings and of what people do about them, whatever chance brings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.any_ledger import HEX, AnyLedger
from zhilu.encoding import format_time
from zhilu.server.oversight.findings.rule import id_of

FORMS = ("criticism", "suspension", "dismissal")
WORDS = {"text": "情况说明"}


class AnyAnswers(AnyLedger):
    def grow_answers(self, count: int) -> None:
        steps = (
            self.found, self.found, self.explained, self.explained, self.attached, self.accepted,
            self.confirmed_ahead, self.concluded, self.concluded, self.referred, self.sanctioned,
            self.appealed, self.heard, self.cleared,
        )  # fmt: skip
        before = len(self.entries)
        while len(self.entries) < before + count:
            self._random.choice(steps)()

    def _finding(self) -> str:
        known = self._made.get("finding") or ["0" * 32]
        return self._random.choice(known[-8:]) if self._random.random() > self._stray / 2 else "f" * 32

    def found(self) -> None:
        rule = self._random.choice(["gap", "missing", "clearing-refused"])
        kind = {"gap": "act", "missing": "task"}.get(rule, "docking")
        about = self._any("act") if kind == "act" else self._new("subject")
        finding = id_of(rule, about)
        self._made.setdefault("finding", []).append(finding)
        persons = list(dict.fromkeys([self._any("person"), self._any("person")]))
        core: dict[str, Any] = {"finding": finding, "rule": rule, "version": 1, "severity": "minor"}
        core |= {"about": about, "subject_kind": kind, "day": "2026-11-02", "persons": persons}
        core |= {"department": self._any("department"), "places": [], "words": []}
        self._add("finding-raised/1", core)

    def cleared(self) -> None:
        self._add("finding-cleared/1", {"finding": self._finding(), "reason": "not-shown"})

    def explained(self) -> None:
        core: dict[str, Any] = {"explanation": self._new("explanation"), "finding": None, "task": None}
        core |= {
            "act": None,
            "kind": self._random.choice(["other", "interrupted", "no such kind".replace(" ", "-")]),
        }
        core |= {"reason": "privacy", "since": None, "until": None}
        if core["kind"] == "interrupted" and self._random.random() < 0.5:
            core |= {"since": format_time(self._at - timedelta(hours=2)), "until": format_time(self._at)}
        if self._random.random() < 0.7:
            core["finding"] = self._finding()
        else:
            core["act"] = self._any("act")
        core["attachments"] = [{"kind": "png", "sha256": HEX, "size": 9}]
        self._add("explanation-filed/1", core, WORDS)

    def attached(self) -> None:
        core = {"explanation": self._any("explanation"), "number": self._random.randrange(2), "kind": "png"}
        self._add("explanation-attached/1", core | {"sha256": HEX, "size": 9}, {"name": "一", "data": "AA=="})

    def accepted(self) -> None:
        decision = self._random.choice(["accepted", "refused", "perhaps"])
        self._add(
            "explanation-decided/1", {"explanation": self._any("explanation"), "decision": decision}, WORDS
        )

    def confirmed_ahead(self) -> None:
        decision = self._random.choice(["confirmed", "refused", "accepted"])
        core = {"explanation": self._any("explanation"), "decision": decision}
        self._add("explanation-confirmed/1", core, WORDS)

    def concluded(self) -> None:
        conclusion = self._random.choice(["fault", "fault", "excused", "no-fault", "late"])
        core: dict[str, Any] = {"finding": self._finding(), "conclusion": conclusion, "exemption": None}
        core["persons"] = [self._any("person")] if conclusion == "fault" else []
        if conclusion == "excused":
            core["exemption"] = "force-majeure"
        self._add("finding-concluded/1", core, WORDS)

    def referred(self) -> None:
        if self._random.random() < 0.3:
            self._add("finding-referred/1", {"finding": self._finding()}, WORDS)

    def sanctioned(self) -> None:
        form = self._random.choice(FORMS)
        core = {"sanction": self._new("sanction"), "person": self._any("person"), "form": form}
        findings = list({self._finding(), self._finding()})
        self._add(
            "sanction-decided/1", core | {"findings": findings, "months": 3 * (form == "suspension")}, WORDS
        )

    def appealed(self) -> None:
        core: dict[str, Any] = {"appeal": self._new("appeal"), "finding": None, "sanction": None}
        if self._random.random() < 0.5:
            core["finding"] = self._finding()
        else:
            core["sanction"] = self._any("sanction")
        self._add("appeal-filed/1", core, WORDS)

    def heard(self) -> None:
        decision = self._random.choice(["upheld", "sanction-lifted", "lifted", "forgotten"])
        self._add("appeal-decided/1", {"appeal": self._any("appeal"), "decision": decision}, WORDS)
