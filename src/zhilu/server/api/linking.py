"""Links that come in. What a batch enters is one transaction under the ledger's lock: a crash leaves none of
it, and who sends it again changes nothing that is done already.

- Each row stands for itself: what is refused says why, the others are done.
- A link that the act has already is `present`: the number alone makes a repeated batch harmless.
- Whether an act is there that a `match` would find is told by one answer for all misses, and a token has a
  number of those a day (limits.py): else it could ask until it knew what an officer wrote.
- With an Idempotency-Key (answered.py) a batch repeated after a link was ended does not make it anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from zhilu.errors import CallerError, ZhiluError
from zhilu.server.api import answered, limits, schemas
from zhilu.server.api.matching import NO_MATCH, act_of, number_of
from zhilu.server.api.problems import Refused, hint_of
from zhilu.server.evidence.models import ActLink
from zhilu.server.evidence.services import links
from zhilu.server.ledger import lock
from zhilu.server.ledger.services import payloads
from zhilu.server.organisation.services.api_tokens import Bearer

OVER = "misses-many"


def link_all(bearer: Bearer, sent: schemas.LinksIn, body: bytes, key: str | None) -> schemas.LinksDone:
    said = answered.said(bearer, key, body, schemas.LinksDone)
    if said is not None:
        return said
    meant = [_meant(bearer, row) for row in sent.rows]
    with lock.held():
        said = answered.said(bearer, key, body, schemas.LinksDone)  # the same may have come twice at once
        if said is not None:
            return said
        done = _all(bearer, sent, meant)
        answered.keep(bearer, key, body, done)
        return done


@dataclass(frozen=True)
class Meant:
    """The act of a row, and the number that it is to get."""

    act: UUID
    number: str


def _meant(bearer: Bearer, row: schemas.LinkIn) -> Meant | ZhiluError:
    """Looked for without the lock: a batch of guesses holds up nobody."""
    if row.match is not None and limits.spent(limits.missing(bearer.id), limits.MISSES, limits.DAY):
        return CallerError(OVER, "Too many rows of today named no act: {most}.", most=limits.MISSES)
    try:
        number = number_of(row)
        payloads.check_seen(str(bearer.id), number, row.name)
        return Meant(act_of(bearer, row).id, number)
    except ZhiluError as error:
        if error.code == NO_MATCH:
            limits.take(limits.missing(bearer.id), limits.MISSES, limits.DAY)
        return error


def _all(bearer: Bearer, sent: schemas.LinksIn, meant: list[Meant | ZhiluError]) -> schemas.LinksDone:
    pairs = zip(sent.rows, meant, strict=True)
    rows = [_one(bearer, place, row, one) for place, (row, one) in enumerate(pairs)]
    counts = {word: sum(row.status == word for row in rows) for word in ("linked", "present", "refused")}
    return schemas.LinksDone(rows=rows, **counts)


def _one(bearer: Bearer, place: int, row: schemas.LinkIn, meant: Meant | ZhiluError) -> schemas.LinkDone:
    try:
        if isinstance(meant, ZhiluError):
            raise meant
        live = ActLink.objects.filter(act=meant.act, kind=row.kind, number=meant.number, gone_at=None).first()
        if live is not None:
            return schemas.LinkDone(row=place, status="present", act=meant.act, link=live.id)
        with transaction.atomic():
            made = links.link(str(bearer.id), meant.act, row.kind, meant.number, row.name, "api")
    except ZhiluError as error:
        return schemas.LinkDone(row=place, status="refused", code=error.code, hint=hint_of(error))
    return schemas.LinkDone(row=place, status="linked", act=meant.act, link=made)


def missed(done: schemas.LinksDone) -> int:
    """For the access log: how many rows named an act by what it is about, and found none."""
    return sum(row.code in (NO_MATCH, OVER) for row in done.rows)


def end(bearer: Bearer, link: UUID, reason: str) -> tuple[schemas.Ended, UUID]:
    """Of a link that came in by the API, and the act that had it; to end it twice is to end it once."""
    found = ActLink.objects.filter(id=link, source="api").select_related("act").first()
    if found is None or not bearer.covers(found.act.department):
        raise Refused(404, "not-found")
    with lock.held():
        if ActLink.objects.filter(id=link, gone_at=None).exists():
            links.unlink(str(bearer.id), link, reason)
    return schemas.Ended(link=link, status="ended"), found.act_id
