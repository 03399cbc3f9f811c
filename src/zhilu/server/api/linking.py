"""Links that come in. A batch is one transaction under the ledger's lock: a crash leaves none of it, and who
sends it again changes nothing that is done already.

- Each row stands for itself: what is refused says why, the others are done.
- A link that the act has already is `present`: the number alone makes a repeated batch harmless.
- Whether an act is there that a `match` would find is told by one answer for all misses, and a token has a
  number of those a day (limits.py): else it could ask until it knew what an officer wrote.
- With an Idempotency-Key (at most 64 of letters, digits, `.`, `_`, `-`) the answer itself is kept a week and
  given again, so that a batch repeated after a link was ended does not make it anew. The same key with
  another body is refused.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from zhilu.encoding import sha256
from zhilu.errors import CallerError, ZhiluError
from zhilu.server.api import limits, schemas
from zhilu.server.api.matching import NO_MATCH, act_of, number_of
from zhilu.server.api.problems import Refused, hint_of
from zhilu.server.evidence.models import ActLink
from zhilu.server.evidence.services import links
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.models import ApiAnswer
from zhilu.server.organisation.services.api_tokens import Bearer

KEPT = timedelta(days=7)
OVER = "misses-many"


def link_all(bearer: Bearer, sent: schemas.LinksIn, body: bytes, key: str | None) -> schemas.LinksDone:
    with lock.held():
        if key is None:
            return _all(bearer, sent)
        before = ApiAnswer.objects.filter(token=bearer.id, key=key, at__gt=now() - KEPT).first()
        digest = sha256(body).hex()
        if before is None:
            done = _all(bearer, sent)
            ApiAnswer.objects.filter(at__lte=now() - KEPT).delete()
            said = done.model_dump(mode="json")
            ApiAnswer.objects.create(token=bearer.id, key=key, body=digest, answer=said, at=now())
            return done
        if before.body != digest:
            raise Refused(409, "key-reused")
        return schemas.LinksDone.model_validate(before.answer)


def _all(bearer: Bearer, sent: schemas.LinksIn) -> schemas.LinksDone:
    rows = [_one(bearer, place, row) for place, row in enumerate(sent.rows)]
    counts = {word: sum(row.status == word for row in rows) for word in ("linked", "present", "refused")}
    return schemas.LinksDone(rows=rows, **counts)


def _one(bearer: Bearer, place: int, row: schemas.LinkIn) -> schemas.LinkDone:
    try:
        if row.match is not None and limits.spent(limits.missing(bearer.id), limits.MISSES, limits.DAY):
            raise CallerError(OVER, "Too many rows of today named no act: {most}.", most=limits.MISSES)
        with transaction.atomic():
            number, act = number_of(row), act_of(bearer, row)
            live = ActLink.objects.filter(act=act, kind=row.kind, number=number, gone_at=None).first()
            if live is not None:
                return schemas.LinkDone(row=place, status="present", act=act.id, link=live.id)
            made = links.link(str(bearer.id), act.id, row.kind, number, row.name, "api")
    except ZhiluError as error:
        if error.code == NO_MATCH:
            limits.take(limits.missing(bearer.id), limits.MISSES, limits.DAY)
        return schemas.LinkDone(row=place, status="refused", code=error.code, hint=hint_of(error))
    return schemas.LinkDone(row=place, status="linked", act=act.id, link=made)


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
