"""What entries of the ledger tell of a recording or an act: a step each, with its proof.

A kind that is not listed here is no step. What a step says more is in words, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zhilu.encoding import as_uuid, unb64u
from zhilu.protocols.viewing import parse_decision
from zhilu.server.evidence.models import ActLink, Outcome, Viewing
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import event_of
from zhilu.server.organisation.services import api_tokens
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.templatetags.zhilu import clock, said, yuan
from zhilu.server.pages.words_catalogue import kept_for
from zhilu.tlog.merkle import leaf_hash

MOST = 200
"""Entries about one thing that stand on a page: the newest, then those before them."""


@dataclass(frozen=True)
class Step:
    """`index` of its ledger entry, or None where the entry that stores the recording covers it. `proof`:
    hex of the hash that shows it, shortened on the page; `proof_kind`: leaf, line, handover or checkpoint.
    """

    code: str
    at: datetime
    proof_kind: str
    proof: str
    index: int | None = None
    who: str = ""
    more: str = ""


@dataclass
class Teller:
    """`recording`: the one whose life is told; of viewings then only what concerns it. `hidden`: acts that
    the reader may not read; that they were opened is told, and no more. `named`: names of people, of tokens.
    """

    recording: UUID | None = None
    viewings: Mapping[UUID, Viewing] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    named: dict[str, str] = field(default_factory=dict)

    def name_all(self, entries: Iterable[Entry], more: Iterable[UUID | None] = ()) -> None:
        """The names of all people and tokens that act in these, and of `more`; two queries at most."""
        events = [(entry.actor, event_of(entry)) for entry in entries if entry.kind in KINDS]
        wanted = {one for one in more if one} | {as_uuid(actor) for actor, _event in events}
        wanted |= {as_uuid(event.officer) for _actor, event in events if hasattr(event, "officer")}
        for viewing in self.viewings.values():
            wanted |= {viewing.viewer, viewing.approver}
        wanted |= {
            UUID(parse_decision(unb64u(event.decision)).approver)
            for _actor, event in events
            if hasattr(event, "decision")
        }
        self.named |= names(wanted)
        tokens = {one for one in wanted if one and str(one) not in self.named}
        if tokens:
            self.named |= api_tokens.names_of(tokens)

    def name(self, person: UUID | str | None) -> str:
        return self.named.get(str(person), "") if person else ""

    def step(self, entry: Entry) -> Step | None:
        """None of what is no step here."""
        tell = KINDS.get(entry.kind)
        if tell is None or (entry.subject in self.hidden and entry.kind != OPENED):
            return None
        event = event_of(entry)
        told = getattr(event, "recording", None)
        if self.recording is not None and told is not None and UUID(told) != self.recording:
            return None
        code, who, more = tell(self, event, entry)
        return Step(code, entry.at, "leaf", leaf_hash(bytes(entry.leaf)).hex(), entry.index, who, more)


OPENED = "act-opened/1"
Told = tuple[str, str, str]
"""Code of the step, who, more."""
KINDS: dict[str, Callable[[Teller, Any, Entry], Told]] = {}


def _of_actor(kind: str, code: str, more: Callable[[Any], str] = lambda event: "") -> None:
    KINDS[kind] = lambda teller, event, entry: (code, teller.name(entry.actor), more(event))


def _version(event: Any) -> str:
    return _("version %(version)s") % {"version": event.version}


def _worth(event: Any) -> str:
    return " · ".join([said(event.kind, "outcome"), *([yuan(event.amount_fen)] if event.amount_fen else [])])


def _segments(event: Any) -> str:
    return _("segments %(first)s-%(last)s") % {"first": event.from_, "last": event.to}


# In the life of a recording the act comes to it; in its own, it begins.
KINDS[OPENED] = lambda teller, event, entry: (
    "act" if teller.recording else "opened",
    teller.name(entry.actor),
    str(event.procedure),
)
_of_actor("act-amended/1", "amended", _version)
_of_actor("statement-filed/1", "statement", lambda event: f"{_version(event)} · {len(event.complete)}/7")
_of_actor("statement-confirmed/1", "confirmed", _version)
_of_actor("act-linked/1", "linked", lambda event: said(event.kind, "link"))
_of_actor("act-unlinked/1", "unlinked", lambda event: said(event.reason, "link-end"))
_of_actor("outcome-recorded/1", "outcome", _worth)
_of_actor("outcome-withdrawn/1", "outcome-withdrawn", lambda event: said(event.reason, "outcome-end"))
_of_actor("recording-set-aside/1", "set-aside", lambda event: said(event.reason, "aside"))
_of_actor(
    "retention-lengthened/1",
    "kept-longer",
    lambda event: f"{kept_for(event.keep)} · {said(event.reason, 'keep-reason')}",
)
KINDS["description-assigned/1"] = lambda teller, event, entry: (
    "assigned",
    teller.name(entry.actor),
    _("to %(name)s") % {"name": teller.name(event.officer)},
)


def _of_viewing(kind: str, code: str, more: Callable[[Any], str]) -> None:
    """What the keyholder enters for a viewer."""
    KINDS[kind] = lambda teller, event, entry: (
        code,
        teller.name(_viewing(teller, entry).viewer),
        more(event),
    )


def _viewing(teller: Teller, entry: Entry) -> Viewing:
    return teller.viewings.get(UUID(entry.subject)) or Viewing()


def _requested(teller: Teller, event: Any, entry: Entry) -> Told:
    viewing = _viewing(teller, entry)
    kind = [said(viewing.kind, "viewing-kind")] if viewing.kind != "view" else []
    words = [said(viewing.purpose, "purpose"), *kind]
    return "viewing-requested", teller.name(viewing.viewer), " · ".join(words)


def _decided(teller: Teller, event: Any, entry: Entry) -> Told:
    decision = parse_decision(unb64u(event.decision))
    code = "viewing-approved" if decision.approved else "viewing-refused"
    return code, teller.name(decision.approver), ""


KINDS["viewing-requested/1"], KINDS["viewing-decided/1"] = _requested, _decided
_of_viewing("key-released/1", "released", _segments)
_of_viewing("viewing-reported/1", "reported", lambda event: "")
_of_viewing("screenshot-taken/1", "screenshot", lambda event: clock(timedelta(microseconds=event.pts_us)))
_of_viewing("copy-made/1", "copied", _segments)


@dataclass(frozen=True)
class Window:
    """Entries in the ledger's order. `older`: steps before this number stand on the page before; None where
    there are none.
    """

    entries: list[Entry]
    older: int | None


def entries_about(subjects: Iterable[object], *more: int, before: int | None = None) -> Window:
    """The newest steps about these things, or the newest before an entry; and the entries of these numbers
    among them.
    """
    wanted = Q(subject__in=[str(one) for one in subjects], kind__in=list(KINDS))
    if more:
        wanted |= Q(index__in=more)
    found = Entry.objects.filter(wanted).defer("personal", "personal_salt")
    if before is not None:
        found = found.filter(index__lt=before)
    newest = list(found.order_by("-index")[: MOST + 1])
    return Window(newest[:MOST][::-1], newest[MOST - 1].index if len(newest) > MOST else None)


def before(asked: str) -> int | None:
    """What an address says of where to go on; None of what is no number."""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else None


def belongings(acts: Iterable[UUID]) -> QuerySet[Any, UUID]:
    """What entries about acts may be about besides the acts: their links and outcomes."""
    ids = list(acts)
    links = ActLink.objects.filter(act__in=ids).values_list("id", flat=True)
    return links.union(Outcome.objects.filter(act__in=ids).values_list("id", flat=True))
