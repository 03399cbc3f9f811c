"""One act as its page shows it: its life, the versions of what was said, what it is linked to, what came of
it. Each thing is read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery

from zhilu.server.catalogue.models import Procedure
from zhilu.server.catalogue.services.differences import pieces
from zhilu.server.evidence import rules
from zhilu.server.evidence.models import Act, ActLink, ActRevision, Outcome, Statement
from zhilu.server.ledger.services.commit import event_of
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services import recordings
from zhilu.server.pages.services.acts import visible
from zhilu.server.pages.services.steps import Step, Teller, entries_about

MOST_COMPARED = 250_000
"""Letters of one text times letters of the other that are compared one by one."""
Piece = tuple[str, str]


@dataclass(frozen=True)
class Version:
    """Of a statement. `confirmed`: by whom, if by anybody."""

    statement: Statement
    who: str
    confirmed: str

    @property
    def elements(self) -> list[tuple[str, str]]:
        return [(name, getattr(self.statement, name)) for name in rules.ELEMENTS]

    @property
    def lacks(self) -> list[str]:
        """Elements without a text."""
        return [name for name in rules.ELEMENTS if name not in self.statement.complete]


@dataclass(frozen=True)
class Revision:
    """What the act said of itself, in words."""

    row: ActRevision
    who: str
    officers: list[str]


@dataclass(frozen=True)
class Ended:
    """A link or an outcome; `until` says who ended it."""

    row: Any
    who: str
    until: str


def found(act: UUID, rights: Rights) -> Any:
    """The act, and `is_head`: whether its unit is this person's, `is_amended`: whether it was ever corrected;
    None where he may not see it."""
    head = Act.objects.filter(rights.within("unit-head"), pk=OuterRef("pk"))
    amended = ActRevision.objects.filter(act=OuterRef("pk"))
    seen = visible(rights).annotate(is_head=Exists(head), is_amended=Exists(amended))
    return seen.filter(id=act).first()


class Page:
    """`act`: as `found` gives it; `rights`: of who looks; `before`: of steps, those before this entry."""

    def __init__(self, act: Any, rights: Rights, before: int | None = None) -> None:
        self.act = act
        self.statements = list(Statement.objects.filter(act=act).order_by("-version"))
        opened = recordings.visible(rights).filter(id=OuterRef("recording")).values("opened_at")[:1]
        spans = act.spans.annotate(opened=Subquery(opened))
        self.spans = sorted(spans, key=lambda one: int(one.id.rpartition("/")[2]))
        """`opened`: when its recording began, where this person may see it."""
        self.procedure = Procedure.objects.filter(version=act.catalogue, code=act.procedure).first()
        self._officers = [one.officer for one in act.officers.order_by("id")]
        self._links = list(ActLink.objects.filter(act=act).order_by("at", "id"))
        self._outcomes = list(Outcome.objects.filter(act=act).order_by("at", "id"))
        revisions = ActRevision.objects.filter(act=act).order_by("-version")
        self._revisions = list(revisions) if act.is_amended else []
        ids = [*(one.id for one in self._links), *(one.id for one in self._outcomes)]
        window = entries_about([act.id, *ids], before=before)
        self._entries, self.older = window.entries, window.older
        self._teller = Teller()
        told = {UUID(one) for row in self._revisions for one in row.officers}
        self._teller.name_all(self._entries, {*self._officers, *told})
        self._me = str(rights.person)
        self.is_officer = "officer" in rights.roles and rights.person in self._officers
        self.is_head = bool(act.is_head)

    @property
    def may_write(self) -> bool:
        """As `evidence.writers.may_write` judges again when something is sent."""
        return self.is_officer or self.is_head

    @property
    def may_confirm(self) -> bool:
        act = self.act
        whole = act.present == len(rules.ELEMENTS)
        return self.is_head and whole and not act.confirmed and not self._had_part

    @property
    def _had_part(self) -> bool:
        """As `evidence.standing.had_part` judges again, of what is read here already."""
        me = self._me
        officers = {str(one) for one in self._officers} | {
            one for row in self._revisions for one in row.officers
        }
        return me in officers or any(str(one.filed_by) == me for one in self.statements)

    @property
    def officers(self) -> list[str]:
        return [self._teller.name(one) for one in self._officers]

    @property
    def steps(self) -> list[Step]:
        found = (self._teller.step(entry) for entry in self._entries)
        return [one for one in found if one is not None]

    @property
    def amended_since_confirmed(self) -> bool:
        """Other officers or spans took the confirmation away, or something else was corrected since."""
        codes = [step.code for step in self.steps if step.code in ("confirmed", "amended", "statement")]
        since = codes[::-1].index("confirmed") if "confirmed" in codes else 0
        return since > 0 and set(codes[-since:]) == {"amended"}

    @property
    def versions(self) -> list[Version]:
        confirmed = {
            event_of(entry).version: self._teller.name(entry.actor)
            for entry in self._entries
            if entry.kind == "statement-confirmed/1"
        }
        if not self.act.confirmed:
            confirmed.pop(self.act.version, None)  # the act has other officers or spans since
        return [
            Version(one, self._teller.name(one.filed_by), confirmed.get(one.version, ""))
            for one in self.statements
        ]

    @property
    def revisions(self) -> list[Revision]:
        name = self._teller.name
        opener = next((entry.actor for entry in self._entries if entry.kind == "act-opened/1"), "")
        return [
            Revision(row, name(row.by or opener), [name(one) for one in row.officers])
            for row in self._revisions
        ]

    @property
    def links(self) -> list[Ended]:
        return self._ended(self._links)

    @property
    def outcomes(self) -> list[Ended]:
        return self._ended(self._outcomes)

    def _ended(self, rows: Sequence[ActLink] | Sequence[Outcome]) -> list[Ended]:
        """Those that live first."""
        name = self._teller.name
        found = [Ended(row, name(row.by), name(row.gone_by)) for row in rows]
        return sorted(found, key=lambda one: one.row.gone_at is not None)


def differences(statements: Sequence[Statement], asked: str) -> dict[str, Any] | None:
    """Of a version and the one before it, element by element; None of what is not there."""
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0
    by_version = {one.version: one for one in statements}
    was, now = by_version.get(number - 1), by_version.get(number)
    if was is None or now is None:
        return None
    pairs = [(name, getattr(was, name), getattr(now, name)) for name in rules.ELEMENTS]
    return {
        "was": was,
        "now": now,
        "elements": [(name, old, new, _pieces(old, new)) for name, old, new in pairs if old != new],
    }


def _pieces(was: str, now: str) -> list[Piece]:
    if len(was) * len(now) <= MOST_COMPARED:
        return list(pieces(was, now))
    return [("gone", was), ("new", now)]
