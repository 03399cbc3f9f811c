"""A county takes over what its city lays down: each entry once, in order, as it is; and changes none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from support import laid_down as lays
from support.city_world import CityWorld
from support.county_world import BUREAU, CountyWorld
from support.neighbour import Ledger
from support.organisation import client_of
from support.recordings import fixed_id
from support.taking_over import take_over
from zhilu import strictjson
from zhilu.encoding import b64u
from zhilu.errors import ZhiluError
from zhilu.protocols import adopted
from zhilu.protocols.snapshot import open_snapshot
from zhilu.server.catalogue.events import RegulationIssued, RegulationRead
from zhilu.server.catalogue.models import Catalogue, Notice, Procedure, Reading, Regulation
from zhilu.server.catalogue.services import catalogue
from zhilu.server.equipment.models import Alarm
from zhilu.server.equipment.services import documents
from zhilu.server.federation import checks_adoption, rules_adoption
from zhilu.server.federation.apply_adoption import inner_of
from zhilu.server.federation.models import Adopted, Adopting, Joined, Watch
from zhilu.server.federation.services import adopting, mirror, people, rounds
from zhilu.server.ledger.clock import now, today
from zhilu.server.ledger.events import kind_named, read
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import replay
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all, event_of, stamp_of
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.server.organisation.events import CalendarSet, PersonAdded, PersonDescribed
from zhilu.server.organisation.models import Calendar, Person
from zhilu.server.training.events import CourseSet
from zhilu.server.training.models import Course

OWN_COURSE = str(fixed_id("the county's own course"))


@pytest.fixture
def county(joined: CountyWorld, new_mirror: Path) -> Iterator[CountyWorld]:
    """Joined to its city, of which there is a mirror."""
    world = CityWorld(joined.config, new_mirror)
    world.prepare("xingtai")
    yield joined
    world.close()


def follow(city: Ledger) -> Adopting:
    city.publish()
    rounds.once(Joined.objects.get(bureau="xingtai"), city)
    assert Watch.objects.get(bureau="xingtai").stored == city.size
    return Adopting.objects.get(bureau="xingtai")


def stored(city: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the city's is in the mirror, and nothing taken over yet."""
    with monkeypatch.context() as held:
        held.setattr(adopting, "after_pass", lambda joined: True)
        city.publish()
        rounds.once(Joined.objects.get(bureau="xingtai"), city)


def tables() -> dict[str, list[dict[str, Any]]]:
    return {
        one._meta.label: list(one._default_manager.order_by("pk").values())
        for one in replay.evidential_models()
    }


@pytest.mark.db
def test_all_that_the_city_lays_down_is_the_countys_and_a_replay_gives_the_same(
    county: CountyWorld, xingtai: Ledger
) -> None:
    before = Entry.objects.count()
    lays.everything(xingtai)
    state = follow(xingtai)
    assert (state.done, state.all, state.code) == (9, 9, "")
    flown = [place for place, one in enumerate(xingtai.entries_) if b"bureau-listed" not in one.leaf]
    assert list(Adopted.objects.order_by("entry").values_list("index", flat=True)) == flown
    rows = list(Entry.objects.filter(index__gte=before))
    assert {(row.kind, row.actor) for row in rows} == {(adopted.KIND, BUREAU)}

    clerk = Person.objects.get(id=lays.CLERK)
    assert (clerk.name, clerk.number) == ("李市局", lays.CLERK[-6:])
    assert rows[0].subject == lays.CLERK, "its history is found under the person"
    begun = {one.version: one for one in Catalogue.objects.all()}
    assert {version: one.city_version for version, one in begun.items()} == {1: None, 2: 1, 3: 2}
    assert begun[3].since == today(), "what was in force on days gone by stays"
    assert begun[3].by == lays.CLERK and catalogue.in_force(today()) == 3
    assert Procedure.objects.filter(version=3).count() == 66
    assert Regulation.objects.get().at == lays.LONG_AGO, "when the city issued it"
    assert Calendar.objects.get(year=2026).days == {"2026-10-01": "holiday"}
    assert Course.objects.get(id=lays.COURSE).required
    assert Notice.objects.get().title == "汛期安排"

    kept = tables()
    rebuild()
    assert tables() == kept
    follow(xingtai)
    assert tables() == kept, "and nothing twice"


@pytest.mark.db
def test_the_longest_that_a_city_may_enter_is_taken_over_and_replayed(
    county: CountyWorld, xingtai: Ledger
) -> None:
    """The entry around it is longer than others may be."""
    lays.person(xingtai, "李市局", person=lays.CLERK)
    lays.regulation(xingtai, "则" * 20_000)
    state = follow(xingtai)
    assert (state.done, state.all, state.code) == (2, 2, "")
    kept = tables()
    rebuild()
    assert tables() == kept and len(Regulation.objects.get().text) == 20_000


def test_the_personal_part_goes_by_itself(county: CountyWorld, xingtai: Ledger) -> None:
    lays.person(xingtai, "钱多")
    follow(xingtai)
    entry = Entry.objects.get(kind=adopted.KIND)
    inner = adopted.core_of(strictjson.loads_object(bytes(entry.core)))
    assert inner == {"person": str(fixed_id("city's 钱多"))} and entry.personal is not None
    event, stamp = inner_of(event_of(entry), replace(stamp_of(entry), personal={}))
    assert (event, stamp.personal) == (PersonAdded(inner["person"]), {}), "disposed of, it is a person still"


def next_one(count: int = 1) -> list[Proposal]:
    return list(adopting._proposals("xingtai", count))


Change = Callable[[Proposal], Proposal]


def changed(**values: Any) -> Change:
    return lambda one: replace(one, event=replace(one.event, **values))


def another_name(one: Proposal) -> Proposal:
    said = b64u(strictjson.dumps({"name": "假名", "number": "1"}))
    return replace(one, personal={"personal": said, "salt": (one.personal or {})["salt"]})


def another_salt(one: Proposal) -> Proposal:
    return replace(one, personal=(one.personal or {}) | {"salt": b64u(bytes(32))})


FORGED: dict[str, tuple[Change, str]] = {
    "one is left out": (changed(index=4), "adoption-order"),
    "an old one": (changed(index=0), "adoption-order"),
    "of another city": (changed(city="handan"), "actor"),
    "entered by a person": (lambda one: replace(one, actor=lays.CLERK), "actor"),
    "another core": (changed(core=b64u(b'{"person":"x"}')), "adoption-entry"),
    "another salt of the core": (changed(salt=b64u(bytes(32))), "adoption-entry"),
    "another name": (another_name, "adoption-entry"),
    "another salt of the name": (another_salt, "payload"),
    "no name": (lambda one: replace(one, personal=None), "adoption-entry"),
    "a version of a person": (changed(version=2), "adoption-version"),
}


@pytest.fixture
def waiting(county: CountyWorld, xingtai: Ledger, monkeypatch: pytest.MonkeyPatch) -> Proposal:
    """A person of the city that is not taken over yet."""
    lays.something(xingtai)
    lays.person(xingtai, "钱多")
    lays.person(xingtai, "孙少")
    stored(xingtai, monkeypatch)
    return next_one()[0]


def test_nothing_but_the_next_entry_as_it_is_goes_in(waiting: Proposal) -> None:
    kept = tables()
    for name, (change, code) in FORGED.items():
        with pytest.raises(ZhiluError) as caught:
            commit_all([change(waiting)])
        assert caught.value.code == code, name
        assert tables() == kept
    commit_all([waiting])
    with pytest.raises(ZhiluError, match="adoption-order"):
        commit_all([waiting])
    assert Adopted.objects.count() == 1


def test_an_edited_mirror_is_not_taken_over(waiting: Proposal, county: CountyWorld, xingtai: Ledger) -> None:
    """Who edits the county's database has a leaf with digests that fit; the city's tree has it not."""
    forged = Ledger("xingtai", "city")
    lays.something(forged)
    lays.person(forged, "假人")
    served = forged.entries_[1]
    with mirror.of("xingtai"):
        assert served.personal
        values = {"leaf": served.leaf, "core": served.core.data, "personal": served.personal.data}
        Entry.objects.filter(index=1).update(**values)
    assert follow(xingtai).code == "inclusion"
    assert Adopted.objects.count() == 0


@pytest.mark.db
def test_a_batch_that_was_cut_off_goes_on_where_it_ended(
    county: CountyWorld, xingtai: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    lays.everything(xingtai)
    monkeypatch.setattr(adopting, "BATCH", 2)
    real, calls = adopting.commit_all, []

    def killed(proposals: list[Proposal]) -> object:
        calls.append(len(proposals))
        if len(calls) == 3:
            raise SystemExit
        return real(proposals)

    monkeypatch.setattr(adopting, "commit_all", killed)
    with pytest.raises(SystemExit):
        follow(xingtai)
    assert Adopted.objects.count() == 4
    assert follow(xingtai).done == 9
    assert Adopted.objects.count() == 9


@pytest.mark.db
def test_two_followers_at_once_take_over_once(waiting: Proposal) -> None:
    assert len(next_one(5)) == 2
    stale = next_one(5)
    adopting.adopt("xingtai")
    with pytest.raises(ZhiluError, match="adoption-order"):
        commit_all(stale)
    assert Adopted.objects.count() == 2


SAID: dict[str, Callable[[Ledger], object]] = {
    "calendar": lambda city: lays.calendar(city, **{"2026_10_01": "never"}),
    "regulation-text": lambda city: lays.regulation(city, "长" * 20_001),
    "course-days": lambda city: lays.course(city, valid_days=10**9),
    "field": lambda city: lays.catalogue(city, 1, procedures=[{}]),
    "notice-text": lambda city: lays.notice(city, text=""),
}


def test_what_an_entry_says_must_be_possible(xingtai: Ledger) -> None:
    for code, lay in SAID.items():
        lay(xingtai)
        said = strictjson.loads_object(xingtai.entries_[-1].leaf)
        core = strictjson.loads_object(xingtai.entries_[-1].core.data)
        with pytest.raises(ZhiluError) as caught:
            checks_adoption.check_said(read(said["kind"], core))
        assert caught.value.code == code


HOSTILE: dict[str, tuple[Callable[[Ledger], object], str]] = {
    "impossible": (SAID["calendar"], "calendar"),
    "of a later release": (
        lambda city: city.add("catalogue-set/2", {"version": 9}, subject="catalogue-9"),
        "kind",
    ),
    "of the last release that there can be": (lambda city: city.add("person-added/99", {}), "kind"),
    "a NUL in a name": (lambda city: lays.person(city, "a\0b"), "payload-nul"),
    "the same person twice": (lambda city: city.put(city.entries_[0]), ""),
    "no person": (lambda city: city.add("person-added/1", {"person": "x"}), "field"),
    "too long": (lambda city: lays.regulation(city, "长" * 200_000), "payload-size"),
    "too long a catalogue": (lambda city: lays.catalogue(city, 1, more="长" * 200_000), "payload-size"),
    "no day": (lambda city: lays.catalogue(city, 1, since="soon"), "field"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_taken_over_stops_that_and_nothing_else(
    name: str, county: CountyWorld, xingtai: Ledger
) -> None:
    spoil, code = HOSTILE[name]
    lays.person(xingtai, "钱多")
    spoil(xingtai)
    lays.person(xingtai, "孙少")
    state = follow(xingtai)
    assert Watch.objects.get(bureau="xingtai").stored == 3, "the ledger is kept all the same"
    if code:
        assert (state.done, state.code, state.index) == (1, code, 1)
        follow(xingtai)
        stopped = Alarm.objects.filter(code="adoption-stopped")
        assert list(stopped.values_list("about", "count")) == [("xingtai", 1)]
        assert not Person.objects.filter(name="孙少").exists()
    else:
        assert (state.done, state.code) == (3, ""), "it is described again, by the same words"


def test_of_a_city_that_contradicts_itself_nothing_is_taken_over(waiting: Proposal, xingtai: Ledger) -> None:
    """Nor what was stored before and waits."""
    lays.person(xingtai, "李四")
    xingtai.rewrite(0, actor="another")
    xingtai.publish()
    rounds.once(Joined.objects.get(bureau="xingtai"), xingtai)
    assert Watch.objects.get(bureau="xingtai").state == "contradicts"
    assert Adopted.objects.count() == 0


def own(kind: str, **changed: Any) -> Any:
    """What a county would enter itself."""
    course: dict[str, Any] = {
        "course": OWN_COURSE,
        "kind": "recorder",
        "name": "本局课程",
        "valid_days": 30,
        "pass_score": 60,
    }
    made: dict[str, Callable[[], Any]] = {
        "catalogue": lambda: replace(catalogue.first_version(), version=9, since="2027-01-01"),
        "regulation": lambda: RegulationIssued(str(fixed_id("own")), 1, "本局办法", "x", "2026-03-02"),
        "calendar": lambda: CalendarSet(2027, {}),
        "course": lambda: CourseSet(**course | {"required": True, "closed": False} | changed),
        "person": lambda: PersonAdded(changed.get("person", str(fixed_id("own person")))),
    }
    return made[kind]()


def refused(event: Any) -> str:
    with pytest.raises(ZhiluError) as caught:
        commit(event, BUREAU, {"name": "某"})
    return caught.value.code


def test_until_the_city_speaks_of_a_kind_it_is_the_countys(county: CountyWorld, xingtai: Ledger) -> None:
    commit(own("course"), BUREAU)
    commit(own("person"), BUREAU, {"name": "某"})
    lays.person(xingtai, "钱多")
    follow(xingtai)
    commit(own("calendar"), BUREAU)
    commit(own("regulation"), BUREAU)
    assert refused(own("person", person=str(fixed_id("one more")))) == "from-city"
    theirs, mine = str(fixed_id("city's 钱多")), str(fixed_id("own person"))
    assert refused(PersonDescribed(theirs)) == "from-city"
    commit(PersonDescribed(mine), BUREAU, {"name": "某某"})
    assert Person.objects.get(id=mine).name == "某某"

    lays.everything(xingtai)
    follow(xingtai)
    assert {refused(own(kind)) for kind in ("catalogue", "regulation", "calendar", "course")} == {"from-city"}
    assert refused(own("course", course=lays.COURSE, closed=True)) == "from-city"
    editor = client_of(str(fixed_id("audit")))
    for page in ("/catalogue", "/regulations", "/calendar/2026"):
        assert "此项由市局统一制定" in editor.get(page).content.decode(), page
    commit(own("course", closed=True), BUREAU)
    assert Course.objects.get(id=OWN_COURSE).closed, "it would stand before the officers for ever"


def test_what_the_county_has_of_the_same_identity_becomes_the_citys(
    county: CountyWorld, xingtai: Ledger
) -> None:
    officer = str(Person.objects.get(name="张建国").id)
    commit(RegulationIssued(lays.RULES, 1, "本局办法", "另一套。", "2026-03-02"), BUREAU)
    commit(RegulationRead(lays.RULES, 1, officer), officer)
    lays.person(xingtai, "张建军", person=officer)
    lays.regulation(xingtai)
    assert follow(xingtai).done == 2
    assert Person.objects.get(id=officer).name == "张建军"
    assert Regulation.objects.get().text == "开机即录。"
    assert not Reading.objects.exists(), "he has confirmed another text"
    assert refused(PersonDescribed(officer)) == "from-city"


def test_a_catalogue_begins_no_earlier_than_it_came(county: CountyWorld, xingtai: Ledger) -> None:
    coming = (today() + timedelta(days=9)).isoformat()
    lays.catalogue(xingtai, 1)
    lays.catalogue(xingtai, 2, since=coming)
    follow(xingtai)
    since = dict(Catalogue.objects.values_list("version", "since"))
    assert (since[2], since[3].isoformat()) == (today(), coming)
    assert catalogue.in_force(today()) == 2 and catalogue.in_force(since[3]) == 3
    county.publish()
    body = strictjson.dumps(documents.snapshot())
    read = open_snapshot(body, county.keys, bureau=BUREAU, now=now())
    found = read.catalogue(today())
    assert found and (found.version, len(found.procedures)) == (2, 66), "stations know it by this number"
    assert {one.version for one in read.catalogues} == {2, 3}


@pytest.mark.db
def test_the_audit_finds_what_is_not_the_citys_and_what_was_left_out(
    waiting: Proposal, xingtai: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A county's administrator enters past the rules."""
    joined = Joined.objects.get(bureau="xingtai")
    forged = Ledger("xingtai", "city")
    lays.person(forged, "假人")
    leaf = b64u(forged.entries_[0].leaf)
    monkeypatch.setattr(kind_named(adopted.KIND), "checks", None)
    core = {"core": b64u(forged.entries_[0].core.data), "salt": b64u(forged.entries_[0].core.salt)}
    commit(replace(waiting.event, index=2, leaf=leaf, **core), BUREAU)
    said = [(one.place, one.code) for one in adopting.differences(joined)]
    assert said == [("city entry 1", "left out"), ("city entry 2", "not the city's")]


def test_every_kind_that_flows_down_is_one_of_this_release() -> None:
    for kind in rules_adoption.KNOWN:
        assert kind_named(kind).applies
    assert kind_named(adopted.KIND).checks_many


def test_the_city_applies_what_its_county_took_over(city: CityWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """And finds a county that adopts another's words; one that adopts nothing is seen."""
    from zhilu.server.organisation.services import posts

    department = fixed_id("department of the city")
    where = {
        "bureau": "xingtai",
        "parent": None,
        "kind": "legal",
        "name": "法制科",
        "order": 1,
        "closed": False,
    }
    founding = {"bureau": "xingtai", "domain": "example", "root": "00" * 32}
    text_key = Ledger().requests.jwk
    commit(read("bureau-founded/1", founding | {"text_key": text_key}), "xingtai")
    commit(read("department-set/1", where | {"department": str(department)}), "xingtai")
    moved = str(posts.add("钱多", "100", department, "officer", today(), "xingtai"))
    added = Entry.objects.get(kind="person-added/1")
    counties = [Ledger("julu"), Ledger("qinghe")]
    for county in counties:
        take_over(county, added)
        county.add("department-set/1", _department(county.bureau), subject=_place(county.bureau))
        city.join(county)
    first, second = counties
    post = {"post": str(fixed_id("first post")), "person": moved, "department": _place("julu")}
    first.add("post-taken/1", post | {"rank": "officer", "since": "2026-03-02"}, subject=moved)
    first.add("post-left/1", {"post": post["post"], "until": "2026-06-01", "reason": "transfer"}, subject="x")
    post = {"post": str(fixed_id("second post")), "person": moved, "department": _place("qinghe")}
    second.add("post-taken/1", post | {"rank": "head", "since": "2026-06-01"}, subject=moved)
    for county in counties:
        county.publish()
        rounds.once(Joined.objects.get(bureau=county.bureau), county)
        state = Adopting.objects.get(bureau=county.bureau)
        assert (state.done, state.all) == (1, 1)
        assert not list(adopting.differences(Joined.objects.get(bureau=county.bureau)))
    assert [(where, str(until)) for where, until in _posts(counties, moved)] == [
        ("julu", "2026-06-01"),
        ("qinghe", "None"),
    ], "one leave and one join, and the same person"

    forged = Ledger("xingtai", "city")
    lays.person(forged, "假人", person=moved, kind="described")
    take_over(first, forged.entries_[0], index=added.index)
    first.publish()
    rounds.once(Joined.objects.get(bureau="julu"), first)
    assert Watch.objects.get(bureau="julu").state == "unapplied", "no entry of the city counts twice"


def _place(bureau: str) -> str:
    return str(fixed_id(f"department of {bureau}"))


def _department(bureau: str) -> dict[str, Any]:
    return {"department": _place(bureau), "bureau": bureau, "parent": None, "kind": "inspection",
            "name": "检查科", "order": 1, "closed": False}  # fmt: skip


def _posts(counties: list[Ledger], person: str) -> list[tuple[str, Any]]:
    from zhilu.server.organisation.models import Post

    found = []
    for county in counties:
        with mirror.of(county.bureau):
            assert Person.objects.get(id=person).name == "钱多"
            found += [(county.bureau, one.until) for one in Post.objects.filter(person=person)]
    return found


def test_a_stored_entry_says_its_event_again(waiting: Proposal) -> None:
    done = commit_all([waiting])[0]
    row = Entry.objects.get(index=done.index)
    assert event_of(row) == waiting.event
    assert adopted.personal_of(stamp_of(row).personal)["name"] == "钱多"


def test_a_city_takes_its_countys_people_with_their_ids(city: CityWorld) -> None:
    county = Ledger("julu")
    same, other, third = (lays.person(county, name, number) for name, number in NUMBERED)
    county.publish()
    city.join(county)
    with pytest.raises(ZhiluError, match="county-unknown"):
        people.take("julu")
    rounds.once(Joined.objects.get(bureau="julu"), county)
    commit(PersonAdded(str(fixed_id("city's own"))), "xingtai", {"name": "市局人", "number": "2"})
    taken = people.take("julu")
    assert (taken.count, [(str(one), number) for one, number in taken.left]) == (2, [(other, "2")])
    told = dict(Person.objects.values_list("id", "name"))
    assert told[UUID(same)] == "钱多" and told[UUID(third)] == "无号"
    assert people.take("julu").count == 0, "nobody twice"


NUMBERED = (("钱多", "1"), ("孙少", "2"), ("无号", ""))
