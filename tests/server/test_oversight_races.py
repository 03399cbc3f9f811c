"""Many at once, where people judge: of each step one goes through, the others hear why not, and there is one
entry; codes by mail are no more than a day has (PostgreSQL: threads with connections of their own).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections

from support import footage_reviews
from support.assessment_world import ME, fault, grown, month, over
from support.bureau import OWN, Bureau
from support.county_world import SECTION, CountyWorld
from zhilu.errors import ZhiluError
from zhilu.server.assessment.models import Objection
from zhilu.server.assessment.services import objecting, publishing
from zhilu.server.assessment.services.reckoning import newest_scheme
from zhilu.server.catalogue.services import notices
from zhilu.server.ledger import clock
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.oversight.models import Draw, Mail
from zhilu.server.oversight.rules_mail import CODES_A_DAY
from zhilu.server.oversight.services import answers, mail_addresses, reviewing

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]
DONE = "done"


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    if connection.vendor == "sqlite":
        pytest.skip("one connection holds the test's tables")
    return grown(county)


def together(*steps: Callable[[], object]) -> list[str]:
    """What became of each, sorted."""
    gate, told = threading.Barrier(len(steps)), list[str]()

    def work(step: Callable[[], object]) -> None:
        gate.wait()
        try:
            step()
            told.append(DONE)
        except ZhiluError as error:
            told.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


def at_once(*steps: Callable[[], object]) -> list[str]:
    """The same, where one is done, and is one entry."""
    before = size()
    told = together(*steps)
    assert size() - before == told.count(DONE) == 1
    return told


def another(role: str) -> UUID:
    found = uuid4()
    commit(PersonAdded(str(found)), "julu", {"name": "x"})
    commit(RoleGranted(str(found), role), "julu")
    return found


def test_a_month_is_published_objected_to_and_decided_once(world: Bureau) -> None:
    leaders = [UUID(world.people["leader*"]), another("leader")]
    supervisors = [UUID(world.people["supervisor*"]), another("supervisor")]
    fault(world)
    with over():
        publish = [lambda who=who: publishing.publish(who, month(), 1) for who in leaders]
        assert at_once(*publish) == ["assessment-version", DONE]
        file = [lambda: objecting.file(ME, month(), 1, "x")] * 2
        assert at_once(*file) == [DONE, "objection-known"]
        one = Objection.objects.get(person=ME, month=month()).id
        decide = [lambda who=who: objecting.decide(who, one, "refused", [], [], "x") for who in leaders]
        assert at_once(*decide) == [DONE, "objection-decided"]
        before: Any = newest_scheme()
        scheme = replace(before, version=before.version + 1, since=month(3))
        put = [lambda who=who: publishing.set_scheme(who, scheme) for who in supervisors]
        assert at_once(*put) == [DONE, "scheme-version"]


def test_a_draw_is_announced_and_made_once(world: Bureau, county: CountyWorld) -> None:
    by, real = UUID(world.people["supervisor*"]), clock._source
    asked: Any = ([UUID(SECTION)], footage_reviews.PERIOD, (3, None), 0, timedelta(seconds=1))
    with clock.set_to(lambda: real() - footage_reviews.AHEAD):
        announce = [lambda: footage_reviews.announced(world), lambda: reviewing.announce(by, *asked)]
        assert at_once(*announce) == [DONE, "draw-open"]
    county.publish()
    draw = Draw.objects.get(kind="random").id
    make = [lambda: reviewing.make(Draw.objects.get(id=draw))] * 2
    assert at_once(*make) == [DONE, "draw-known"]


def test_an_explanation_is_confirmed_and_a_notice_received_once(world: Bureau) -> None:
    things = world.things[OWN]
    answers.decide(UUID(world.people["unit-head"]), things["explanation"], "accepted", "x")
    confirm = [
        lambda who=who, how=how: answers.confirm(UUID(world.people[who]), things["explanation"], how, "x")
        for who, how in (("supervisor", "confirmed"), ("supervisor*", "refused"))
    ]
    assert at_once(*confirm) == ["decided-already", DONE]
    receive = [lambda: notices.confirm(UUID(world.people["unit-head"]), things["notice"], "x")] * 2
    assert at_once(*receive) == [DONE, "notice-received"]


def test_codes_by_mail_are_counted_however_many_are_asked_at_once(world: Bureau, settings: Any) -> None:
    settings.ZHILU = replace(settings.ZHILU, mail=SimpleNamespace())
    ask = [lambda: mail_addresses.ask(ME, "somebody@julu.example", "soon")] * (2 * CODES_A_DAY)
    assert together(*ask) == [DONE] * CODES_A_DAY + ["mail-codes"] * CODES_A_DAY
    assert Mail.objects.count() == CODES_A_DAY
