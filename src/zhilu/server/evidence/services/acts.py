"""Acts and statements: what officers add in words to what the recorder saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from zhilu.encoding import format_time
from zhilu.protocols import words
from zhilu.server.evidence import rules
from zhilu.server.evidence.events import ActOpened, StatementFiled
from zhilu.server.evidence.events_links import ActAmended
from zhilu.server.evidence.models import Act, Statement
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.services.versions import catalogue_of
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import Proposal, commit


def open_act(by: UUID, procedure: str, officers: Sequence[str], taxpayer: str, spans: Sequence[Span]) -> UUID:
    """A new act; returns its id."""
    act = new_id()
    event = ActOpened(
        act=str(act),
        procedure=procedure,
        catalogue=catalogue_of(spans),
        officers=list(officers),
        spans=[span.__dict__ for span in spans],
    )
    commit(event, str(by), {"taxpayer": taxpayer})
    return act


def amend_act(
    by: UUID,
    act: Act,
    version: int,
    procedure: str,
    officers: Sequence[str],
    taxpayer: str,
    spans: Sequence[Span],
) -> None:
    """Correct what an act says of itself; `version` is the one that the writer saw last."""
    event = ActAmended(
        act=str(act.id),
        version=version + 1,
        procedure=procedure,
        catalogue=catalogue_of(spans),
        officers=list(officers),
        spans=[span.__dict__ for span in spans],
    )
    commit(event, str(by), {"taxpayer": taxpayer})


def proposals(officer: str, said: words.Act) -> list[Proposal]:
    """An act as an officer said it at a station: its opening, and its first statement where he said any."""
    spans = [Span(**asdict(span)) for span in said.spans]
    opened = ActOpened(
        act=said.act,
        procedure=said.procedure,
        catalogue=catalogue_of(spans),
        officers=list(said.officers),
        spans=[span.__dict__ for span in spans],
    )
    made = [Proposal(opened, officer, {"taxpayer": said.taxpayer})]
    filed = {name: said.elements.get(name, "").strip() for name in rules.ELEMENTS}
    present = rules.elements_present(filed)
    if present:
        # The station asks for texts only: when the act began and ended, its officer says on the platform.
        statement = StatementFiled(act=said.act, version=1, complete=present, began=None, ended=None)
        made.append(Proposal(statement, officer, filed))
    return made


def newest_statement(act: UUID) -> Statement | None:
    return Statement.objects.filter(act_id=act).order_by("-version").first()


def file_statement(
    by: UUID,
    act: Act,
    version: int,
    texts: Mapping[str, str],
    times: tuple[datetime | None, datetime | None] = (None, None),
) -> int:
    """File the statement's next version; `version` is the one that the writer saw last, so nobody writes
    over another. `times`: from when to when the act took.
    """
    filed = {name: texts.get(name, "").strip() for name in rules.ELEMENTS}
    began, ended = (format_time(one) if one else None for one in times)
    event = StatementFiled(
        act=str(act.id),
        version=version + 1,
        complete=rules.elements_present(filed),
        began=began,
        ended=ended,
    )
    return commit(event, str(by), filed).index
