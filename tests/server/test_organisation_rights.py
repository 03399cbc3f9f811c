"""Roles with scopes, delegations, the review: who may do what (spec/registers.md §1, ADR 0011)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from support.county_world import BUREAU, DEPARTMENT, OFFICER, SECTION, CountyWorld, named_id
from support.organisation import again, put, put_abroad, refused
from zhilu.encoding import format_time
from zhilu.server.ledger import clock
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation import rules
from zhilu.server.organisation.events import (
    DelegationEnded,
    DelegationGiven,
    RightsReviewed,
    RoleGranted,
    RoleWithdrawn,
)
from zhilu.server.organisation.models import Delegation, Review, Role
from zhilu.server.organisation.services import delegations, departments, posts, reviews
from zhilu.server.organisation.services.rights import Rights, rights_of

DAY = timedelta(days=1)
SECOND = str(named_id("second officer"))
ADMINISTRATORS = [str(named_id(name)) for name in ("system", "admin 1", "audit")]


def grant(person: str, role: str, scope: list[str] | None = None) -> None:
    commit(RoleGranted(person, role, scope), BUREAU)


def rights(person: str) -> Rights:
    return rights_of(uuid.UUID(person))


def at(moment: datetime) -> Any:
    return clock.set_to(lambda: moment)


# Roles.


@pytest.mark.parametrize("person", ADMINISTRATORS)
@pytest.mark.parametrize("role", sorted(rules.ROLES))
def test_an_administrator_has_no_other_role(county: CountyWorld, person: str, role: str) -> None:
    code = "role-held" if role in rights(person).roles else "role-conflict"
    refused(code, grant, person, role)


@pytest.mark.parametrize("role", rules.ADMINISTRATORS)
def test_who_has_a_role_becomes_no_administrator(county: CountyWorld, role: str) -> None:
    refused("role-conflict", grant, OFFICER, role)


def test_roles_that_cannot_be_granted(county: CountyWorld) -> None:
    refused("role", grant, OFFICER, "emperor")
    refused("role-held", grant, OFFICER, "officer")
    refused("person-unknown", grant, str(uuid.uuid4()), "viewer")
    admin = ADMINISTRATORS[1]
    refused("actor", commit, RoleGranted(OFFICER, "viewer"), OFFICER)
    refused("actor", commit, RoleGranted(OFFICER, "viewer"), ADMINISTRATORS[0])
    refused("role-self", commit, RoleGranted(admin, "viewer"), admin)
    refused("role-unknown", commit, RoleWithdrawn(OFFICER, "viewer", "x"), BUREAU)
    refused("role-scope", grant, OFFICER, "viewer", [])
    for unscoped in ("trainer", "legal-editor"):
        refused("role-scope", grant, OFFICER, unscoped, [SECTION])
    refused("department-unknown", grant, OFFICER, "viewer", [SECTION, str(uuid.uuid4())])


def test_a_scope_names_no_other_bureaus_department(county: CountyWorld) -> None:
    departments.list_bureau("xinhe", "新河县局", None, False, BUREAU)
    theirs = str(put_abroad("稽查局", "xinhe"))
    refused("department-unknown", grant, OFFICER, "viewer", [theirs])
    grant(OFFICER, "viewer")
    assert rights(OFFICER).covers(uuid.UUID(SECTION), "viewer")
    assert rights(OFFICER).covers(None, "viewer")
    assert not rights(OFFICER).covers(uuid.UUID(theirs), "viewer")
    assert not rights(OFFICER).covers(uuid.uuid4(), "viewer")


def test_a_scope_covers_what_lies_below(county: CountyWorld) -> None:
    beside = put("征收科", None)
    grant(OFFICER, "viewer", [DEPARTMENT])
    mine = rights(OFFICER)
    assert mine.scope_of("viewer") == frozenset({uuid.UUID(DEPARTMENT), uuid.UUID(SECTION)})
    assert mine.covers(uuid.UUID(SECTION), "viewer")
    assert not mine.covers(beside, "viewer") and not mine.covers(None, "viewer")
    assert not mine.covers(uuid.UUID(SECTION), "approver")
    # Nothing is moved below it while it is covered; what is moved away is covered no longer.
    refused("department-scope", again, beside, "征收科", DEPARTMENT)
    again(uuid.UUID(SECTION), "检查一科", None)
    assert not rights(OFFICER).covers(uuid.UUID(SECTION), "viewer")


def test_an_officer_covers_nobody_elses(county: CountyWorld) -> None:
    mine = rights(OFFICER)
    assert mine.roles == {"officer"} and mine.scope_of("officer") == frozenset()
    assert not mine.covers(uuid.UUID(SECTION), "officer") and not mine.covers(None, "officer")


def test_scopes_of_several_roles_together(county: CountyWorld) -> None:
    beside = put("征收科", None)
    grant(OFFICER, "viewer", [SECTION])
    grant(OFFICER, "unit-head", [str(beside)])
    assert rights(OFFICER).scope_of("viewer", "unit-head") == frozenset({uuid.UUID(SECTION), beside})
    assert rights(OFFICER).scope_of("approver") == frozenset()
    commit(RoleWithdrawn(OFFICER, "unit-head", "x"), BUREAU)
    grant(OFFICER, "unit-head")
    assert rights(OFFICER).scope_of("viewer", "unit-head") is None


def test_rights_as_they_stood(county: CountyWorld) -> None:
    before = clock.now()
    between, after = before + DAY, before + 2 * DAY
    with at(before + DAY / 2):
        grant(OFFICER, "viewer", [SECTION])
    with at(after):
        commit(RoleWithdrawn(OFFICER, "viewer", "x"), BUREAU)
    person = uuid.UUID(OFFICER)
    assert "viewer" not in rights_of(person, before).roles
    assert "viewer" in rights_of(person, between).roles
    assert "viewer" not in rights_of(person).roles
    # A clock set back gives nothing back.
    with at(between):
        assert "viewer" not in rights_of(person).roles
    assert "viewer" not in rights_of(person, after).roles


def test_rights_take_two_queries(county: CountyWorld) -> None:
    grant(OFFICER, "viewer", [SECTION])
    hand(county, "approver")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert rights(OFFICER).roles == {"officer", "viewer", "approver"}
    assert len(asked) == 2


# Delegations.


def hand(county: CountyWorld, role: str, days: int = 10, receiver: str = OFFICER) -> uuid.UUID:
    now, giver = clock.now(), uuid.UUID(county.approver.person)
    return delegations.give(rights_of(giver), giver, uuid.UUID(receiver), role, now, now + days * DAY)


def event(giver: str, to: str = OFFICER, **more: Any) -> DelegationGiven:
    now = clock.now()
    said = {"role": "approver", "since": format_time(now), "until": format_time(now + DAY)} | more
    return DelegationGiven(str(uuid.uuid4()), giver, to, **said)


def test_a_delegation_counts_for_its_period(county: CountyWorld) -> None:
    now = clock.now()
    hand(county, "approver")
    mine = rights(OFFICER)
    assert "approver" in mine.roles and mine.delegated == {"approver"}
    assert mine.scope_of("approver") is None
    with at(now + 10 * DAY + timedelta(seconds=1)):
        assert "approver" not in rights(OFFICER).roles
    assert "approver" not in rights_of(uuid.UUID(OFFICER), now - DAY).roles


def test_nobody_had_a_right_before_its_entry(county: CountyWorld) -> None:
    """A delegation that names a day gone by says nothing of that day."""
    now = clock.now()
    giver = county.approver.person
    commit(event(giver, since=format_time(now - 30 * DAY)), giver)
    assert "approver" in rights(OFFICER).roles
    assert "approver" not in rights_of(uuid.UUID(OFFICER), now - DAY).roles


def test_a_delegation_has_the_givers_scope_as_it_is(county: CountyWorld) -> None:
    giver = county.approver.person
    commit(RoleWithdrawn(giver, "approver", "x"), BUREAU)
    grant(giver, "approver", [SECTION])
    hand(county, "approver")
    assert rights(OFFICER).scope_of("approver") == frozenset({uuid.UUID(SECTION)})
    # To an own grant it adds.
    beside = put("征收科", None)
    grant(OFFICER, "approver", [str(beside)])
    assert rights(OFFICER).scope_of("approver") == frozenset({uuid.UUID(SECTION), beside})
    assert rights(OFFICER).delegated == frozenset()


def test_a_delegation_falls_with_the_grant(county: CountyWorld) -> None:
    giver = county.approver.person
    hand(county, "approver")
    commit(RoleWithdrawn(giver, "approver", "x"), BUREAU)
    assert "approver" not in rights(OFFICER).roles
    # And does not rise with the next one.
    grant(giver, "approver")
    assert "approver" not in rights(OFFICER).roles
    hand(county, "approver")
    posts.leave(uuid.UUID(giver), clock.today(), "transfer", BUREAU)
    assert "approver" not in rights(OFFICER).roles


def test_a_delegation_ends_when_its_receiver_leaves(county: CountyWorld) -> None:
    hand(county, "approver")
    posts.leave(uuid.UUID(OFFICER), clock.today(), "transfer", BUREAU)
    assert rights(OFFICER).roles == {"officer"}


def test_delegations_that_cannot_be_given(county: CountyWorld) -> None:
    giver, now = county.approver.person, clock.now()
    refused("delegation", commit, event(giver, role="viewer"), giver)
    refused("delegation", commit, event(giver, role="security-administrator"), giver)
    refused("delegation", commit, event(giver, until=format_time(now + 91 * DAY)), giver)
    refused("delegation", commit, event(giver, until=format_time(now - DAY)), giver)
    refused(
        "delegation",
        commit,
        event(giver, since=format_time(now - 2 * DAY), until=format_time(now - DAY)),
        giver,
    )
    refused("delegation", commit, event(giver, giver), BUREAU)
    refused("role-self", commit, event(giver), OFFICER)
    refused("person-unknown", commit, event(giver, str(uuid.uuid4())), giver)
    # Who does not hold the role, also who holds it by delegation only.
    refused("delegation", commit, event(OFFICER, SECOND), OFFICER)
    hand(county, "approver")
    refused("delegation", commit, event(OFFICER, SECOND), OFFICER)
    known = Delegation.objects.get()
    twice = DelegationGiven(
        str(known.id), giver, SECOND, "approver", format_time(now), format_time(now + DAY)
    )
    refused("delegation-known", commit, twice, giver)


@pytest.mark.parametrize("admin", ADMINISTRATORS)
def test_no_administrator_gets_a_role_by_delegation(county: CountyWorld, admin: str) -> None:
    giver = county.approver.person
    refused("role-conflict", commit, event(giver, admin), giver)


def test_who_was_handed_a_role_becomes_no_administrator(county: CountyWorld) -> None:
    """Also where the delegation only begins next week."""
    now, giver = clock.now(), county.approver.person
    commit(RoleWithdrawn(OFFICER, "officer", "x"), BUREAU)
    week = {"since": format_time(now + 7 * DAY), "until": format_time(now + 14 * DAY)}
    given = event(giver, **week)
    commit(given, giver)
    assert rights(OFFICER).roles == frozenset()
    refused("role-conflict", grant, OFFICER, "audit-administrator")
    commit(DelegationEnded(given.delegation), giver)
    grant(OFFICER, "audit-administrator")


def test_who_ends_a_delegation(county: CountyWorld) -> None:
    first = hand(county, "approver")
    stranger = rights(SECOND)
    refused("delegation-unknown", delegations.end, stranger, first)
    refused("delegation-unknown", delegations.end, stranger, uuid.uuid4())
    assert not delegations.visible(stranger).exists()
    # Who received it neither ends it, nor enters that past the page.
    refused("delegation-unknown", delegations.end, rights(OFFICER), first)
    refused("actor", commit, DelegationEnded(str(first)), OFFICER)
    giver = rights(county.approver.person)
    delegations.end(giver, first)
    refused("delegation-unknown", delegations.end, giver, first)
    second = hand(county, "approver")
    delegations.end(rights(county.admins[0].person), second)
    assert delegations.visible(rights(county.admins[0].person)).count() == 2
    third = hand(county, "approver", days=1)
    with at(clock.now() + 2 * DAY):
        refused("delegation-unknown", delegations.end, giver, third)


def test_who_gives_for_another(county: CountyWorld) -> None:
    now, giver = clock.now(), uuid.UUID(county.approver.person)
    period = ("approver", now, now + DAY)
    refused("delegation-other", delegations.give, rights(SECOND), giver, uuid.UUID(OFFICER), *period)
    delegations.give(rights(county.admins[0].person), giver, uuid.UUID(OFFICER), *period)
    assert "approver" in rights(OFFICER).roles


# The review.


def test_a_review_is_of_the_grants_in_force(county: CountyWorld) -> None:
    actor = uuid.UUID(county.admins[0].person)
    grant(OFFICER, "viewer", [SECTION])
    found = list(Role.objects.filter(ended_at=None))
    digest = rules.grants_digest((str(one.person), one.role, one.scope) for one in found)
    told = (len(found), digest, 0)
    refused("review", commit, RightsReviewed(str(uuid.uuid4()), len(found) + 1, digest, 0), str(actor))
    refused("review", commit, RightsReviewed(str(uuid.uuid4()), len(found), "0" * 64, 0), str(actor))
    refused("review", commit, RightsReviewed(str(uuid.uuid4()), len(found), digest, 1), str(actor))
    reviews.finish({one.id: reviews.KEEP for one in found if one.person != actor}, "", actor)
    review = Review.objects.get()
    assert (review.grants, review.digest, review.withdrawn) == told and review.by == str(actor)
    refused("review-known", commit, RightsReviewed(str(review.id), *told), str(actor))


def test_the_digest_of_the_grants_is_that_of_the_spec() -> None:
    """Worked by hand: H(label, rows) over the rows sorted, whatever their order."""
    from zhilu.encoding import h

    rows = b'["a","officer",null]\n["a","viewer",["d1","d2"]]\n'
    grants = [("a", "viewer", ["d2", "d1"]), ("a", "officer", None)]
    assert rules.grants_digest(grants) == h("zhilu/grants/v1", rows).hex()
