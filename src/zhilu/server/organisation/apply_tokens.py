"""How tokens of the API follow from the ledger (spec/registers.md §1)."""

from __future__ import annotations

from zhilu.encoding import parse_time
from zhilu.errors import DataError
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation import events_tokens as events
from zhilu.server.organisation import rules_tokens as rules
from zhilu.server.organisation.models import ApiToken, Bureau, Department


@checks(events.ApiTokenGranted)
def check_granted(event: events.ApiTokenGranted, stamp: Stamp) -> None:
    rules.check_grant(event.scopes, event.departments)
    rules.check_tasks(event.tasks, event.scopes)
    rules.check_life(parse_time(event.expires), stamp.at)
    if ApiToken.objects.filter(id=event.token).exists() or ApiToken.objects.filter(hash=event.hash).exists():
        raise DataError("api-token-known", "This token has been granted already.")
    if event.departments is not None:
        own = Bureau.objects.values("code")
        known = Department.objects.filter(id__in=event.departments, bureau__in=own, closed=False).count()
        if known != len(event.departments):
            raise DataError("department-unknown", "There is no such department, or it is closed.")


@applies(events.ApiTokenGranted)
def apply_granted(event: events.ApiTokenGranted, stamp: Stamp) -> None:
    ApiToken.objects.create(
        id=event.token,
        name=str(stamp.personal.get("name", ""))[: rules.LONGEST_NAME],
        scopes=event.scopes,
        departments=event.departments,
        hash=event.hash,
        expires=parse_time(event.expires),
        tasks=event.tasks,
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )


@checks(events.ApiTokenWithdrawn)
def check_withdrawn(event: events.ApiTokenWithdrawn, stamp: Stamp) -> None:
    rules.check_reason(event.reason)
    if not ApiToken.objects.filter(id=event.token, ended_at=None).exists():
        raise DataError("api-token-unknown", "There is no such token, or it is withdrawn.")


@applies(events.ApiTokenWithdrawn)
def apply_withdrawn(event: events.ApiTokenWithdrawn, stamp: Stamp) -> None:
    ApiToken.objects.filter(id=event.token).update(
        ended_at=stamp.at, ended_by=stamp.actor, reason=event.reason
    )
