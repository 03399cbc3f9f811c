"""How roles, delegations, reviews and the calendar follow from the ledger (spec/registers.md §1)."""

from __future__ import annotations

from datetime import datetime

from zhilu.encoding import parse_time
from zhilu.errors import CallerError, DataError
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation import events, rules, rules_calendar
from zhilu.server.organisation.apply_people import check_known
from zhilu.server.organisation.models import (
    Bureau,
    Calendar,
    Delegation,
    Department,
    Review,
    Role,
)
from zhilu.server.organisation.services.people import actor_roles


@checks(events.RoleGranted)
def check_granted(event: events.RoleGranted, stamp: Stamp) -> None:
    check_known(event.person)
    rules.check_other(stamp.actor, event.person)
    held = set(Role.objects.filter(person=event.person, ended_at=None).values_list("role", flat=True))
    rules.check_role(event.role, held)
    rules.check_together(event.role, handed_on(event.person, stamp.at))
    rules.check_scope(event.role, event.scope)
    if event.scope is not None:
        own = Bureau.objects.values("code")
        known = Department.objects.filter(id__in=event.scope, bureau__in=own, closed=False).count()
        if known != len(event.scope):
            raise DataError("department-unknown", "There is no such department, or it is closed.")


def handed_on(person: str, at: datetime) -> set[str]:
    """Roles that others have handed on to the person, now or later."""
    live = Delegation.objects.filter(receiver=person, ended_at=None, until__gt=at)
    return set(live.values_list("role", flat=True))


@applies(events.RoleGranted)
def apply_granted(event: events.RoleGranted, stamp: Stamp) -> None:
    Role.objects.create(
        id=stamp.index,
        person=event.person,
        role=event.role,
        scope=event.scope,
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )


@checks(events.RoleWithdrawn)
def check_withdrawn(event: events.RoleWithdrawn, stamp: Stamp) -> None:
    if not Role.objects.filter(person=event.person, role=event.role, ended_at=None).exists():
        raise DataError("role-unknown", "The person does not hold the role {role}.", role=event.role)


@applies(events.RoleWithdrawn)
def apply_withdrawn(event: events.RoleWithdrawn, stamp: Stamp) -> None:
    Role.objects.filter(person=event.person, role=event.role, ended_at=None).update(
        ended_at=stamp.at, ended_by=stamp.actor, reason=event.reason
    )
    handed = Delegation.objects.filter(giver=event.person, role=event.role, ended_at=None)
    handed.filter(until__gt=stamp.at).update(ended_at=stamp.at)


def check_hand(actor: str, giver: str) -> None:
    """A delegation is given and ended by the giver, or by a security administrator."""
    if actor == giver or Bureau.objects.filter(code=actor).exists():
        return
    if "security-administrator" not in actor_roles(actor):
        raise CallerError("actor", "You have no role that may enter this.", kind="delegation-given/1")


@checks(events.DelegationGiven)
def check_given(event: events.DelegationGiven, stamp: Stamp) -> None:
    rules.check_delegation(event.role, parse_time(event.since), parse_time(event.until), stamp.at)
    check_known(event.to)
    rules.check_other(stamp.actor, event.to)
    check_hand(stamp.actor, event.from_)
    if Delegation.objects.filter(id=event.delegation).exists():
        raise DataError("delegation-known", "This delegation has been given already.")
    if event.to == event.from_:
        raise DataError("delegation", "A delegation goes to somebody else.")
    # What he holds by delegation himself, he cannot hand on.
    if not Role.objects.filter(person=event.from_, role=event.role, ended_at=None).exists():
        raise DataError("delegation", "Only who was granted {role} himself can hand it on.", role=event.role)
    held = Role.objects.filter(person=event.to, ended_at=None).values_list("role", flat=True)
    rules.check_together(event.role, set(held))
    same = Delegation.objects.filter(giver=event.from_, receiver=event.to, role=event.role, ended_at=None)
    begins = max(parse_time(event.since), stamp.at)
    if same.filter(since__lte=begins, until__gte=parse_time(event.until)).exists():
        raise DataError("delegation-covered", "This role is handed on to this person for these days already.")


@applies(events.DelegationGiven)
def apply_given(event: events.DelegationGiven, stamp: Stamp) -> None:
    Delegation.objects.create(
        id=event.delegation,
        giver=event.from_,
        receiver=event.to,
        role=event.role,
        # Nobody had a right before its entry.
        since=max(parse_time(event.since), stamp.at),
        until=parse_time(event.until),
        entry=stamp.index,
    )


@checks(events.DelegationEnded)
def check_ended(event: events.DelegationEnded, stamp: Stamp) -> None:
    if not Delegation.objects.filter(id=event.delegation, ended_at=None, until__gt=stamp.at).exists():
        raise DataError("delegation-unknown", "There is no such delegation, or it has ended.")
    check_hand(stamp.actor, str(Delegation.objects.get(id=event.delegation).giver))


@applies(events.DelegationEnded)
def apply_ended(event: events.DelegationEnded, stamp: Stamp) -> None:
    Delegation.objects.filter(id=event.delegation).update(ended_at=stamp.at)


@checks(events.CalendarSet)
def check_calendar(event: events.CalendarSet, stamp: Stamp) -> None:
    rules_calendar.read_days(event.year, event.days)
    said = Entry.objects.filter(kind="calendar-set/1", subject=event.subject).order_by("index")
    first = said.values_list("at", flat=True).first()
    if first is not None:
        before = Calendar.objects.get(year=event.year).days
        rules_calendar.check_past(before, event.days, day_of(first), day_of(stamp.at))


@applies(events.CalendarSet)
def apply_calendar(event: events.CalendarSet, stamp: Stamp) -> None:
    if event.year > 9999:
        return  # no year: another bureau's, which did not check it
    Calendar.objects.update_or_create(year=event.year, defaults={"days": event.days, "entry": stamp.index})


@checks(events.RightsReviewed)
def check_reviewed(event: events.RightsReviewed, stamp: Stamp) -> None:
    if Review.objects.filter(id=event.review).exists():
        raise DataError("review-known", "This review has been entered already.")
    grants = list(Role.objects.filter(ended_at=None))
    digest = rules.grants_digest((str(one.person), one.role, one.scope) for one in grants)
    ended = Role.objects.exclude(ended_at=None).count()
    if (event.grants, event.digest) != (len(grants), digest) or event.withdrawn > ended:
        raise DataError("review", "The review says of other grants than those in force.")


@applies(events.RightsReviewed)
def apply_reviewed(event: events.RightsReviewed, stamp: Stamp) -> None:
    Review.objects.create(
        id=event.review,
        at=stamp.at,
        by=stamp.actor,
        grants=event.grants,
        withdrawn=event.withdrawn,
        digest=event.digest,
        entry=stamp.index,
    )
