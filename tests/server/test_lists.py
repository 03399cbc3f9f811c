"""Lists of recordings and acts: what is asked, shown, counted, saved; and what is not."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from django.http import QueryDict
from django.test import Client, RequestFactory

from support import bureau, matrix
from support.addresses import path_of
from support.bureau import BESIDE, BEYOND, FOREIGN, OTHER, OWN, Bureau
from support.county_world import DEPARTMENT, OFFICER, SECTION, CountyWorld
from zhilu.server.evidence.models import Act, Recording, SavedView
from zhilu.server.evidence.rules_desk import LONGEST_ASKED, MOST_VIEWS
from zhilu.server.evidence.services import saved_views
from zhilu.server.ledger.models.base import applying
from zhilu.server.pages import services
from zhilu.server.pages.services import absence, listing, statistics_asked
from zhilu.server.pages.services.act_list import ACTS
from zhilu.server.pages.services.listing import Asker, Listing
from zhilu.server.pages.services.recording_list import RECORDINGS
from zhilu.server.pages.templatetags.zhilu import beijing
from zhilu.server.pages.views.work import WITH_VIEWS


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def found(client: Client, path: str, query: str = "") -> list[Any]:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200, (path, query)
    return [row.recording if hasattr(row, "recording") else row.act for row in answer.context["rows"]]


def change(row: Any, **values: Any) -> None:
    """As if the ledger said so."""
    with applying():
        type(row).objects.filter(pk=row.pk).update(**values)


@pytest.mark.db
def test_each_filter_of_recordings_finds_what_it_says(world: Bureau) -> None:
    client = world.client("viewer*")
    seen = found(client, "/recordings", "per=200")
    one, two, three = seen[:3]
    for row in seen:
        change(row, marks=0)
    change(one, origin="rtsp", officer_check="none", duration_us=3 * 3600 * 10**6, station="other", marks=2)
    change(two, aside="accidental", acts=0, recorder="nobody", stored_at=two.opened_at - timedelta(days=400))
    change(three, assigned=world.people["viewer*"], department=OTHER)
    kid = RECORDINGS and world.things[OWN]["station"]
    asked = {
        "origin=rtsp": {one.id},
        "marks=any": {one.id},
        "marks=none": {row.id for row in seen} - {one.id},
        "marks=2": {row.id for row in seen},
        "check=none": {one.id},
        "longer=180": {one.id},
        "longer=181": set(),
        f"station={kid}": {row.id for row in seen} - {one.id},
        "acts=aside": {two.id},
        "mine=assigned": {three.id},
        "stored_last=2025-12-31": {two.id},
        f"department={OTHER}": {row.id for row in seen if str(row.department) == OTHER} | {three.id},
        "acts=aside&check=none": set(),
        "serial=nothing": set(),
        f"officer={uuid4()}": set(),
        f"department={uuid4()}": set(),
        "class=%27%3B--": set(),
    }
    for query, wanted in asked.items():
        assert {row.id for row in found(client, "/recordings", f"{query}&per=200")} == wanted, query
    named = set(found(client, "/recordings", "acts=named&per=200"))
    none = set(found(client, "/recordings", "acts=none&per=200"))
    assert named and none and len(named) + len(none) + 1 == len(seen)
    act = Act.objects.filter(spans__recording__in=[row.id for row in named]).first()
    assert act and act.class_code
    for query in (f"class={act.class_code}", f"procedure={act.procedure}"):
        assert act.spans.get().recording in {
            row.id for row in found(client, "/recordings", query + "&per=200")
        }
    # Above its section: a department stands for those below it.
    section = found(client, "/recordings", f"department={SECTION}&per=200")
    assert section and len(found(client, "/recordings", f"department={DEPARTMENT}&per=200")) == len(section)
    serials = found(client, "/recordings", "serial=xt-0&per=200")
    assert {row.id for row in serials} == {row.id for row in seen} - {two.id}


@pytest.mark.db
def test_each_filter_of_acts_finds_what_it_says(world: Bureau) -> None:
    client = world.client("viewer*")
    seen = found(client, "/acts", "per=200")
    one, two = seen[:2]
    for row in seen:
        change(row, linked_case=False, confirmed=False)
    change(one, present=7, confirmed=True, linked_case=True, tier="inventoried", class_code="odd")
    change(two, version=0, present=0)
    from zhilu.server.evidence.models import Outcome

    with applying():
        Outcome.objects.update(gone_at=one.opened_at)
        told = {"act_id": one.id, "by": OFFICER, "entry": one.entry}
        told |= {"at": one.opened_at, "opened_at": one.opened_at}
        Outcome.objects.create(id=uuid4(), kind="quota-adjusted", **told)
        Outcome.objects.create(id=uuid4(), kind="tax-collected", gone_at=one.opened_at, **told)
    rest = {row.id for row in seen} - {one.id}
    for query, wanted in {
        "complete=whole": {one.id},
        "confirmed=yes": {one.id},
        "confirmed=no": rest,
        "linked_case=yes": {one.id},
        "linked_case=no": rest,
        "class=odd": {one.id},
        "tier=inventoried": {one.id},
        "complete=none": {two.id},
        "outcome=any": {one.id},
        "outcome=quota-adjusted": {one.id},
        "outcome=tax-collected": set(),
        "outcome=none": rest,
        "outcome=nonsense": {row.id for row in seen},
        f"officer={OFFICER}": {row.id for row in seen if row.officers.filter(officer=OFFICER).exists()},
    }.items():
        assert {row.id for row in found(client, "/acts", f"{query}&per=200")} == wanted, query


@pytest.mark.db
def test_no_filter_and_no_count_tells_of_what_lies_elsewhere(world: Bureau) -> None:
    """Every filter, as the head of one unit asks it with ids of another: never a row, and never a number."""
    client = world.client("unit-head")
    beside = Recording.objects.filter(department__in=(OTHER, FOREIGN)).exclude(officer=OFFICER)
    assert beside.exists()
    queries = [f"officer={world.things[place]['person']}" for place in (BESIDE, BEYOND)]
    queries += [f"department={one}" for one in (OTHER, FOREIGN)]
    for query in queries:
        for path in ("/recordings", "/acts", "/work/recordings", "/work/statements"):
            answer = client.get(f"{path}?{query}")
            assert not answer.context["rows"] and "0 条" in answer.context["counted"], (path, query)
            page = answer.content.decode()
            assert (
                "李海" not in re.sub(r"<select.*?</select>", "", page, flags=re.DOTALL) or "officer" in query
            )
    options = client.get("/recordings").content.decode().split('id="f-department"')[1].split("</select>")[0]
    assert str(SECTION) in options and OTHER not in options and FOREIGN not in options
    whole = world.client("unit-head*").get("/recordings").content.decode()
    assert OTHER in whole and FOREIGN not in whole.split('id="f-department"')[1].split("</select>")[0]
    # An officer who sees his own alone has no such filter, and asked for it gets his own alone.
    officer = world.client("officer")
    page = officer.get(f"/recordings?officer={world.things[BESIDE]['person']}&department={OTHER}&per=200")
    assert {row.recording.officer for row in page.context["rows"]} == {UUID(OFFICER)}
    assert 'name="officer"' not in page.content.decode() and not page.context["chips"]


@pytest.mark.db
def test_pages_go_both_ways_and_lose_and_repeat_nothing(world: Bureau) -> None:
    client = world.client("viewer*")
    everything = [row.id for row in found(client, "/recordings", "per=200")]
    first = client.get("/recordings?per=20").context
    second = client.get(f"/recordings?per=20&older={first['older']}").context
    ids = [row.recording.id for page in (first, second) for row in page["rows"]]
    assert ids == everything and second["older"] is None and first["newer"] is None
    # What comes in meanwhile moves no page.
    Recording.objects.get(id=everything[0])
    change(Recording.objects.get(id=everything[-1]), opened_at=second["rows"][0].recording.opened_at)
    back = client.get(f"/recordings?per=20&newer={second['newer']}").context
    assert [row.recording.id for row in back["rows"]] == everything[:20] and back["newer"] is None
    odd = [
        "x_y",
        "_",
        "1793610000000000_x",
        f"0_{uuid4()}",
        f"{10**17 - 1}_{uuid4()}",
        f"{10**17}_{uuid4()}",
        f"-1_{uuid4()}",
        "%00",
        "9" * 500,
    ]
    for cursor in odd:
        for way in ("older", "newer"):
            assert client.get(f"/recordings?{way}={cursor}").status_code == 200, cursor
    assert len(found(client, "/recordings", "per=7")) == len(everything), "no such size"


@pytest.mark.db
def test_counting_ends_where_nobody_reads_on(world: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.client("viewer*")
    assert client.get("/recordings?per=20").context["counted"] == f"{len(found(client, '/recordings'))} 条"
    monkeypatch.setattr(listing, "MOST_COUNTED", 10)
    assert client.get("/recordings?per=20").context["counted"] == "10 条以上"


def test_columns_are_chosen_and_the_file_has_the_same(world: Bureau) -> None:
    client, act = world.client("viewer*"), Act.objects.get(id=world.things[OWN]["act"])
    change(act, taxpayer='=HYPERLINK("http://x","<b>某厂</b>")')
    query = f"col=taxpayer&col=opened&col=nonsense&officer={OFFICER}"
    page = client.get(f"/acts?{query}")
    assert [one.code for one in page.context["columns"]] == ["opened", "taxpayer"]
    text = page.content.decode()
    assert "<b>某厂" not in text and "&lt;b&gt;某厂" in text
    answer = client.get(f"/acts?{query}&export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["立项时间", "纳税人"] and len(rows) == len(page.context["rows"]) + 1
    cell = next(cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=HYP"))
    assert cell.data_type == "s" and cell.quotePrefix
    assert rows[1][0] == beijing(page.context["rows"][0].act.opened_at)
    # None chosen that there is: the usual ones.
    assert len(client.get("/acts?col=x").context["columns"]) > 4


def test_a_filter_is_shown_and_taken_away(world: Bureau) -> None:
    client = world.client("viewer*")
    page = client.get("/recordings?origin=file&first=2026-11-01&junk=1&first=")
    assert [chip.text for chip in page.context["chips"]] == ["文件，非现场采集"] or page.context["chips"]
    page = client.get(f"/recordings?origin=file&department={SECTION}&first=2999-01-01")
    chips = {str(chip.label): chip for chip in page.context["chips"]}
    assert chips["部门"].text == "检查一科" and chips["录制起"].text == "2999-01-01"
    assert "origin" not in chips["来源"].without and "department" in chips["来源"].without
    assert "没有符合" in page.content.decode()
    assert page["HX-Push-Url"] == f"/recordings?department={SECTION}&first=2999-01-01&origin=file"
    script = client.get("/acts?words=%3Cscript%3Ealert(1)%3C/script%3E").content.decode()
    assert "<script>alert" not in script


@pytest.mark.db
def test_a_view_is_saved_and_is_where_the_list_begins(world: Bureau) -> None:
    client = world.client("viewer*")
    asked = f"department={SECTION}&col=opened&col=officer&evil=1&older=x"
    sent = {"list": "recordings", "do": "save", "name": " 本科 ", "asked": asked, "default": "yes"}
    answer = client.post("/views", sent)
    view = SavedView.objects.get()
    assert (view.name, view.asked) == ("本科", f"department={SECTION}&col=opened&col=officer")
    assert answer["Location"] == f"/recordings?{view.asked}"
    assert client.get("/recordings")["Location"] == f"/recordings?{view.asked}"
    assert client.get("/recordings?plain=1").status_code == 200
    assert client.get(answer["Location"]).context["view"] == view
    assert client.get("/acts").status_code == 200, "another list begins as it did"
    client.post("/views", sent | {"name": "全部", "asked": ""})
    assert SavedView.objects.get(is_default=True).name == "全部"
    client.post("/views", {"list": "recordings", "do": "no-default"})
    assert not SavedView.objects.filter(is_default=True).exists()
    client.post("/views", {"list": "recordings", "do": "default", "view": view.id})
    client.post("/views", {"list": "recordings", "do": "delete", "view": view.id})
    assert SavedView.objects.count() == 1 and client.get("/recordings").status_code == 200


def test_each_list_that_somebody_sees_keeps_his_views(world: Bureau) -> None:
    modules = [import_module(f"{services.__name__}.{one.name}") for one in iter_modules(services.__path__)]
    described = {one.code for module in modules for one in vars(module).values() if isinstance(one, Listing)}
    assert WITH_VIEWS.keys() == described - {"search"}
    for name in WITH_VIEWS:
        openers = [role for role, letter in matrix.letters(matrix.PAGES[name]).items() if letter == "a"]
        for persona in dict.fromkeys((openers[0], openers[-1])):
            client, path = world.client(persona), path_of(name, world.things[OWN])
            assert f'name="list" value="{name}"' in client.get(path).content.decode()
            answer = client.post("/views", {"list": name, "name": "本月", "asked": "first=2026-11-01"})
            assert answer["Location"].startswith(f"{path}?") and client.get(path).status_code == 200
            assert saved_views.of(UUID(world.people[persona]), name).count() == 1
    nobody = world.client("no-role").post("/views", {"list": "findings", "name": "x"})
    assert nobody["Location"] == "/findings?plain=1"
    assert world.client("officer").post("/views", {"list": "none", "name": "x"}).status_code == 400


def test_nobody_reaches_anothers_view(world: Bureau) -> None:
    owner, other = world.client("viewer*"), world.client("unit-head")
    owner.post("/views", {"list": "recordings", "do": "save", "name": "暗中关注", "asked": "origin=file"})
    view = SavedView.objects.get()
    assert "暗中关注" not in other.get("/recordings").content.decode()
    for do in ("delete", "default"):
        other.post("/views", {"list": "recordings", "do": do, "view": view.id})
        # Nor by the name of another list of one's own.
        owner.post("/views", {"list": "acts", "do": do, "view": view.id})
    view.refresh_from_db()
    assert not view.is_default and SavedView.objects.count() == 1


def test_a_view_holds_no_more_than_a_list_knows(world: Bureau) -> None:
    client, me = world.client("viewer*"), UUID(world.people["viewer*"])
    for name, asked in (
        ("", ""), ("x" * 41, ""), ("a\nb", ""), ("big", "serial=" + "x" * 100_000), ("many", "a=1&" * 5000),
        ("columns", "&".join(["col=opened"] * 900)), ("nul", "serial=%00"),
    ):  # fmt: skip
        answer = client.post("/views", {"list": "recordings", "name": name, "asked": asked})
        assert answer.status_code == 302, name
    assert all(len(one.asked) <= LONGEST_ASKED for one in SavedView.objects.all())
    assert "" not in set(SavedView.objects.values_list("name", flat=True))
    for number in range(MOST_VIEWS + 3):
        client.post("/views", {"list": "acts", "name": f"{number}", "asked": ""})
    assert saved_views.of(me, "acts").count() == MOST_VIEWS


def test_a_question_is_kept_in_few_words(world: Bureau) -> None:
    request = RequestFactory().get("/acts")
    client = world.client("viewer*")
    request.user = type("Me", (), {"person": UUID(world.people["viewer*"])})()  # type: ignore[assignment]
    asker = Asker(request)
    usual = "&".join(f"col={one.code}" for one in ACTS.columns if one.usual)
    for asked, kept in {
        f"officer=&tier=priority&{usual}&per=50&plain=1": "tier=priority",
        "tier=nonsense&first=2026-13-01&longer=x": "",
        "per=100": "per=100",
    }.items():
        assert listing.canonical(ACTS, QueryDict(asked), asker) == kept
    assert client.get("/acts?" + usual).status_code == 200


@pytest.mark.parametrize(
    ("day", "month", "until", "is_before"),
    [
        (date(2026, 12, 1), "2026-11", date(2026, 11, 30), True),
        (date(2027, 1, 7), "2026-12", date(2026, 12, 31), True),
        (date(2026, 12, 8), "2026-12", date(2026, 12, 8), False),
        (date(2026, 2, 28), "2026-02", date(2026, 2, 28), False),
    ],
)
def test_pages_of_a_month_open_on_one_of_which_something_is_known(
    world: Bureau, monkeypatch: pytest.MonkeyPatch, day: date, month: str, until: date, is_before: bool
) -> None:
    for module in (absence, statistics_asked):
        monkeypatch.setattr(module, "today", lambda: day)
    client = world.client("leader*")
    told = "刚刚开始"

    page = client.get("/statistics")
    period = page.context["question"].period
    assert (f"{period.first:%Y-%m}", period.first.day, period.last) == (month, 1, until)
    assert (told in page.content.decode()) == is_before
    if is_before:
        page = client.get(f"/statistics?{page.context['question'].this_month}")
        period = page.context["question"].period
        assert (period.first, period.last) == (day.replace(day=1), day) and told not in page.content.decode()
    period = client.get(f"/statistics?last={day}").context["question"].period
    assert (period.first, period.last) == (day.replace(day=1), day)

    page = client.get("/absence")
    assert str(page.context["page"].month) == month
    assert (told in page.content.decode()) == is_before
    if is_before:
        page = client.get(f"/absence?{page.context['page'].this_month}")
        assert str(page.context["page"].month) == f"{day:%Y-%m}" and told not in page.content.decode()
