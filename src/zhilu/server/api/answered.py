"""What was answered under an Idempotency-Key (at most 64 of letters, digits, `.`, `_`, `-`): it is kept a
week and given again, so that a batch that is repeated after something else was said does nothing anew. The
same key with another body is refused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from ninja import Schema

from zhilu.encoding import sha256
from zhilu.server.api.problems import Refused
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.models import ApiAnswer
from zhilu.server.organisation.services.api_tokens import Bearer

KEPT = timedelta(days=7)
S = TypeVar("S", bound=Schema)


def said(bearer: Bearer, key: str | None, body: bytes, form: type[S]) -> S | None:
    """What was answered under this key before. Refused: 409 `key-reused`."""
    if key is None:
        return None
    before = ApiAnswer.objects.filter(token=bearer.id, key=key, at__gt=now() - KEPT).first()
    if before is not None and before.body != sha256(body).hex():
        raise Refused(409, "key-reused")
    return form.model_validate(before.answer) if before else None


def keep(bearer: Bearer, key: str | None, body: bytes, done: Schema) -> None:
    """Inside the ledger's lock, with what was done."""
    if key is None:
        return
    ApiAnswer.objects.filter(at__lte=now() - KEPT).delete()
    answer, digest = done.model_dump(mode="json"), sha256(body).hex()
    ApiAnswer.objects.create(token=bearer.id, key=key, body=digest, answer=answer, at=now())
