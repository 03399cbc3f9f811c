"""How long a recording is kept: what the catalogue demands, who lengthens it, and that nobody shortens it."""

from __future__ import annotations

import time
from threading import Thread
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection

from support import bureau
from support.bureau import BESIDE, OTHER, OWN, Bureau
from support.county_world import OFFICER, SECTION, CountyWorld
from support.organisation import refused
from support.queries import queries
from zhilu.errors import ZhiluError
from zhilu.server.catalogue.models import Procedure
from zhilu.server.catalogue.rules import kept_longer
from zhilu.server.evidence.events_keeping import RetentionLengthened
from zhilu.server.evidence.models import Act, Lengthened, Recording
from zhilu.server.evidence.rules import Span
from zhilu.server.evidence.rules_keeping import longest
from zhilu.server.evidence.services.acts import open_act
from zhilu.server.evidence.services.keeping import keep_of, lengthen
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.server.pages.services import recordings

ME = UUID(OFFICER)


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def free(department: str = SECTION) -> Recording:
    """A recording there that no act names."""
    return recordings.undescribed(Recording.objects.filter(department=department)).earliest("opened_at")


def head(world: Bureau, persona: str = "unit-head") -> UUID:
    return UUID(world.people[persona])


def test_days_years_case_and_ever_in_their_order() -> None:
    ordered: list[str] = [
        "days-180",
        "days-365",
        "years-1",
        "days-366",
        "years-2",
        "years-100",
        "case",
        "permanent",
    ]
    assert [kept_longer(one) for one in ordered] == sorted({kept_longer(one) for one in ordered})
    assert longest([]) == longest(["nonsense", ""]) == "days-180"
    assert longest(["years-2", "days-800", "days-180"]) == "days-800"


@pytest.mark.django_db
def test_the_longest_of_its_acts_and_of_what_people_said(world: Bureau) -> None:
    one = free()
    assert keep_of([one.id]) == {one.id: "days-180"}
    demanded = dict(Procedure.objects.filter(version=1).values_list("code", "retention"))
    by_length = sorted(demanded, key=lambda code: kept_longer(demanded[code]))
    short, long = by_length[0], by_length[-1]
    assert kept_longer(demanded[short]) < kept_longer(demanded[long])
    least = Procedure.objects.get(version=1, code=short).min_officers
    officers = [OFFICER, *[world.things[BESIDE]["person"]] * (least - 1)]
    open_act(ME, short, officers, "某厂", [Span(str(one.id), 0, 1_000_000)])
    assert keep_of([one.id]) == {one.id: demanded[short]}
    refused("keep-shorter", lengthen, ME, one.id, demanded[short], "other", "")
    lengthen(ME, one.id, "case", "case-filed", " 已立案 ")
    assert keep_of([one.id]) == {one.id: "case"}
    row = Lengthened.objects.get()
    assert (row.keep, row.reason, row.text, row.by) == ("case", "case-filed", "已立案", OFFICER)
    for shorter in ("case", "years-100", "days-180"):
        refused("keep-shorter", lengthen, head(world), one.id, shorter, "other", "")
    lengthen(head(world), one.id, "permanent", "evidence", "")
    assert keep_of([one.id, uuid4()])[one.id] == "permanent"
    before = list(Lengthened.objects.values())
    rebuild()
    assert list(Lengthened.objects.values()) == before
    assert b"\xe5\xb7\xb2" not in bytes(
        Entry.objects.filter(kind="retention-lengthened/1").earliest("index").core
    )


@pytest.mark.django_db
def test_who_may_and_who_may_not(world: Bureau) -> None:
    one = free()
    for persona in ("viewer", "approver", "supervisor", "leader", "trainer", "system-administrator"):
        refused("keep-own", lengthen, UUID(world.people[persona]), one.id, "permanent", "other", "")
    # Its officer has no act of it yet, and another department's officer never.
    refused("keep-own", lengthen, ME, one.id, "permanent", "other", "")
    refused("keep-own", lengthen, UUID(world.things[BESIDE]["person"]), one.id, "permanent", "other", "")
    for department in (OTHER, bureau.FOREIGN):
        refused("keep-own", lengthen, head(world), free(department).id, "permanent", "other", "")
    refused(
        "keep-own", lengthen, head(world, "unit-head*"), free(bureau.FOREIGN).id, "permanent", "other", ""
    )
    refused("recording-unknown", lengthen, head(world), uuid4(), "permanent", "other", "")
    refused("keep-own", commit, RetentionLengthened(str(one.id), "permanent", "other"), world_kid(world))
    for keep in ("years-0", "days-179", "years-101", "for-ever", "days-99999", "days-١٨٠"):
        with pytest.raises(ZhiluError) as error:
            lengthen(head(world), one.id, keep, "other", "")
        assert error.value.code in ("keep", "field")
    refused("keep-reason", lengthen, head(world), one.id, "permanent", "because", "")
    assert not Lengthened.objects.exists()


def world_kid(world: Bureau) -> str:
    from zhilu.server.equipment.models import Station

    return Station.objects.earliest("kid").kid


@pytest.mark.django_db
def test_the_page_shows_it_and_the_form_lengthens(world: Bureau) -> None:
    act = Act.objects.get(id=world.things[OWN]["act"])
    recording = act.spans.first().recording
    path, client = f"/recordings/{recording}/keep", world.client("unit-head")
    assert "延长保存" in client.get(f"/recordings/{recording}").content.decode()
    assert path not in world.client("viewer").get(f"/recordings/{recording}").content.decode()
    assert world.client("viewer").get(path).status_code == 403
    form = {"kind": "years", "count": "99", "reason": "dispute", "text": "<script>x</script>"}
    assert client.post(path, form).status_code == 302
    page = client.get(f"/recordings/{recording}").content.decode()
    assert (
        "99 年" in page and "纳税人有争议" in page and "&lt;script&gt;x" in page and "<script>x" not in page
    )
    for wrong in (
        {"count": "98"},
        {"count": ""},
        {"count": "0"},
        {"kind": "x"},
        {"reason": "x"},
        {"kind": "days", "count": "1"},
        {"count": "9" * 30},
        {"text": "x" * 201},
        {"text": "a\0b"},
    ):
        answer = client.post(path, form | wrong)
        assert answer.status_code == 400, wrong
    assert Lengthened.objects.count() == 1
    for persona in ("officer", "unit-head*"):
        assert queries(world.client(persona), f"/recordings/{recording}") <= 15
    assert client.get(f"/recordings/{free(OTHER).id}/keep").status_code == 404
    assert world.client("officer").get(f"/recordings/{free().id}/keep").status_code == 403


@pytest.mark.django_db
def test_many_are_read_in_few_queries(world: Bureau, django_assert_num_queries: object) -> None:
    ids = list(Recording.objects.values_list("id", flat=True))
    assert len(ids) > 20
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert set(keep_of(ids)) == set(ids)


@pytest.mark.db
@pytest.mark.django_db(transaction=True)
def test_of_four_at_once_one_lengthens_it(world: Bureau) -> None:
    one, by, said = free().id, head(world), list[str]()

    def run() -> None:
        while True:
            try:
                lengthen(by, one, "case", "other", "")
                said.append("")
            except ZhiluError as error:
                said.append(error.code)
            except OperationalError:  # the tests' SQLite lies in memory and does not wait for its lock
                time.sleep(0.01)
                continue
            connection.close()
            return

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["", *["keep-shorter"] * 3] and Lengthened.objects.count() == 1
