"""Links of an act to a taxpayer, a document, a case."""

from __future__ import annotations

from uuid import UUID

from zhilu.errors import DataError
from zhilu.server.evidence import rules_links
from zhilu.server.evidence.events_links import ActLinked, ActUnlinked
from zhilu.server.evidence.models import ActLink
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import commit


def link(
    actor: UUID | str, act: UUID, kind: str, number: str, name: str = "", source: str = "officer"
) -> UUID:
    """A new link; returns its id. What lives at the act already, under the same number, is refused: under
    the lock, for no rule of an entry looks at personal text.
    """
    found, made = rules_links.number_of(kind, number), new_id()
    personal = {"number": found, "name": rules_links.line_of(name, rules_links.LONGEST_NAME)}
    with lock.held():
        if ActLink.objects.filter(act=act, kind=kind, number=found, gone_at=None).exists():
            raise DataError("link-repeated", "This act has this link already.")
        commit(ActLinked(str(act), str(made), kind, source), str(actor), personal)
    return made


def unlink(actor: UUID | str, link: UUID, reason: str) -> None:
    commit(ActUnlinked(str(link), reason), str(actor))
