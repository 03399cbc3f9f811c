"""What the pages show and take."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from support import county_home
from support.county_world import OFFICER, PASSWORD, RECORDING, CountyWorld, named_id
from support.lives import Life
from support.recordings import fixed_key
from zhilu.encoding import parse_time
from zhilu.pki.certificates import key_pem
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import line_hash
from zhilu.server.equipment.events import RecorderEnrolled
from zhilu.server.evidence.models import Act, Statement
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import proofs
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded
from zhilu.server.organisation.models import AccessBatch, AccessListed, AccessRow, User
from zhilu.server.organisation.services import access
from zhilu.server.pages.templatetags.zhilu import beijing


@pytest.fixture
def officer(county: CountyWorld) -> Client:
    county.store()
    county.publish()
    return county.sign_in(OFFICER, "zhang")


def text(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


@pytest.mark.db
def test_five_failures_lock_the_account_for_a_quarter_of_an_hour(county: CountyWorld) -> None:
    User.objects.create_user("zhang", PASSWORD, OFFICER)
    client = Client(HTTP_HOST="127.0.0.1")

    def sign_in(password: str) -> int:
        return client.post("/login", {"username": "zhang", "password": password}).status_code

    assert [sign_in("wrong") for _ in range(5)] == [401] * 5
    assert sign_in(PASSWORD) == 401
    later = clock.now() + timedelta(minutes=16)
    with clock.set_to(lambda: later):
        assert sign_in(PASSWORD) == 302
    assert not User.objects.get().failures


def test_a_right_password_forgets_earlier_failures(county: CountyWorld) -> None:
    User.objects.create_user("zhang", PASSWORD, OFFICER)
    client = Client(HTTP_HOST="127.0.0.1")
    for _ in range(3):
        for _ in range(4):
            client.post("/login", {"username": "zhang", "password": "wrong"})
        assert client.post("/login", {"username": "zhang", "password": PASSWORD}).status_code == 302


def test_unknown_names_and_wrong_passwords_look_the_same(county: CountyWorld) -> None:
    User.objects.create_user("zhang", PASSWORD, OFFICER)
    client = Client(HTTP_HOST="127.0.0.1")
    known = client.post("/login", {"username": "zhang", "password": "wrong"})
    unknown = client.post("/login", {"username": "nobody", "password": "wrong"})
    strip = [page.content.split(b"z-login")[1].split(b"csrfmiddlewaretoken")[0] for page in (known, unknown)]
    assert strip[0] == strip[1] and known.status_code == unknown.status_code == 401


def test_forms_need_their_token(county: CountyWorld) -> None:
    client = Client(HTTP_HOST="127.0.0.1", enforce_csrf_checks=True)
    answer = client.post("/login", {"username": "zhang", "password": PASSWORD})
    assert answer.status_code == 403 and answer.templates[0].name == "pages/error.html"


def test_a_session_ends_after_ten_minutes_without_a_request(officer: Client) -> None:
    assert officer.session.get_expiry_age() <= 600
    from zhilu.server.organisation.models import Session

    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    assert officer.get("/recordings").status_code == 302


def test_signing_in_leads_nowhere_else(county: CountyWorld) -> None:
    User.objects.create_user("zhang", PASSWORD, OFFICER)
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        client = Client(HTTP_HOST="127.0.0.1")
        answer = client.post("/login", {"username": "zhang", "password": PASSWORD, "next": target})
        assert answer["Location"] == "/"


def test_pages_are_chinese_first_and_english_by_switch(officer: Client) -> None:
    page = text(officer, "/recordings")
    assert '<html lang="zh-hans">' in page and "录制时间" in page and "Recorded at" not in page
    officer.post("/language", {"language": "en", "next": "/recordings"})
    page = text(officer, "/recordings")
    assert '<html lang="en">' in page and "Recorded at" in page and "录制时间" not in page


def test_the_policy_for_scripts_stands_on_every_page(officer: Client) -> None:
    for path in ("/login", "/recordings", f"/recordings/{RECORDING}", "/nowhere"):
        answer = officer.get(path)
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        page = answer.content.decode()
        assert "<script>" not in page and " style=" not in page and " onclick" not in page


@pytest.mark.db
def test_the_life_of_a_recording(officer: Client, county: CountyWorld) -> None:
    county.register_credentials()
    county.release(county.view())
    county.publish()
    page = text(officer, f"/recordings/{RECORDING}")
    places = [
        page.index(f"z-step-{code}")
        for code in (
            "captured",
            "handed-over",
            "collected",
            "stored",
            "receipt",
            "viewing-requested",
            "viewing-approved",
            "released",
        )
    ]
    assert places == sorted(places)
    assert "现场采集" in page and "执法人员安全密钥" in page and "账本第" in page
    assert f"{county.config.keyholder.room}/request?recording={RECORDING}" in page  # type: ignore[union-attr]


@pytest.mark.parametrize("origin", ["file", "test", "import"])
def test_what_was_not_captured_is_never_called_so(county: CountyWorld, origin: str) -> None:
    county.maker.origin = "file" if origin == "import" else origin
    county.store()
    from zhilu.server.evidence.models import Recording
    from zhilu.server.ledger.models.base import applying

    with applying():
        Recording.objects.update(origin=origin)
    client = county.sign_in(OFFICER)
    for path in ("/recordings", f"/recordings/{RECORDING}"):
        page = text(client, path)
        assert "现场采集</span>" not in page.replace("非现场采集", "")
        assert f"z-origin-{origin}" in page
    assert "不作为现场采集" in text(client, f"/recordings/{RECORDING}")


def test_proofs_come_as_one_zip_without_media_keys_or_text(officer: Client) -> None:
    answer = officer.get(f"/recordings/{RECORDING}/evidence.zip")
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            "logbook.jws",
            "receipt.json",
            "recording/journal.jws",
        ]
    assert "张建国".encode() not in data


@pytest.mark.db
def test_lists_page_by_key_and_filter(county: CountyWorld) -> None:
    county.store()
    county_home.more(county)
    client = county.sign_in(county.viewer.person)
    first = client.get("/recordings", {"per": 20})
    second = client.get("/recordings", {"per": 20, "older": first.context["older"]})
    rows = [row.recording.id for page in (first, second) for row in page.context["rows"]]
    assert len(rows) == len(set(rows)) == 31 - 3 and second.context["older"] is None
    assert rows[0] == RECORDING
    for query, count in (
        ({"origin": "camera"}, 16),
        ({"drills": "only"}, 3),
        ({"officer": county.second_officer}, 10),
        ({"first": "2026-11-24", "last": "2026-11-24"}, 5),
        ({"last": "2026-11-17"}, 0),
    ):
        found = client.get("/recordings", query)
        assert len(found.context["rows"]) == count, query


@pytest.mark.db
@pytest.mark.parametrize(
    "query",
    [
        "older=x_y",
        "older=1795514400000000_",
        "officer=%00",
        "first=9999-12-31",
        "last=0001-01-01",
        "first=x",
    ],
)
def test_odd_queries_change_nothing(officer: Client, query: str) -> None:
    assert officer.get(f"/recordings?{query}").status_code == 200
    assert officer.get("/ledger?below=-1").status_code == 200
    assert officer.get("/ledger?below=99999999999999999999").status_code == 200


def test_the_ledgers_own_links_lead_to_its_first_entry(officer: Client) -> None:
    address, read = "/ledger", list[int]()
    while address:
        page = officer.get(address).content.decode()
        read += map(int, re.findall(r'<tr id="entry-(\d+)"', page))
        older = re.search(r'href="(\?below=\d+)" rel="next"', page)
        address = f"/ledger{older[1]}" if older else ""
        assert len(read) == len(set(read))
    assert len(read) > 20 and read == list(range(len(read)))[::-1]


def open_act(officer: Client, **change: Any) -> Any:
    form = {
        "procedure": "C01",
        "taxpayer": "某厂",
        "officers": [OFFICER],
        "from_s": "0",
        "to_s": "3.5",
    } | change
    return officer.post(f"/recordings/{RECORDING}/act", form)


def test_an_act_is_opened_from_a_recording(officer: Client) -> None:
    assert open_act(officer).status_code == 302
    act = Act.objects.get()
    span = act.spans.get()
    assert (act.procedure, act.taxpayer, span.from_us, span.to_us) == ("C01", "某厂", 0, 3_500_000)


def test_a_span_is_written_as_a_clock_says_it(officer: Client) -> None:
    assert 'value="0:00:00"' in officer.get(f"/recordings/{RECORDING}/act").content.decode()
    assert open_act(officer, from_s="0:01", to_s="0：00：03.25").status_code == 302
    span = Act.objects.get().spans.get()
    assert (span.from_us, span.to_us) == (1_000_000, 3_250_000)
    amend = officer.get(f"/acts/{span.act_id}/amend").content.decode()
    assert 'value="0:00:03.25"' in amend, "nothing is lost where nothing is changed"


@pytest.mark.parametrize(
    "change",
    [
        {"procedure": "Z99"},
        {"procedure": "H04"},
        {"taxpayer": ""},
        {"taxpayer": "x" * 201},
        {"officers": []},
        {"officers": ["someone"]},
        {"from_s": "3", "to_s": "2"},
        {"from_s": "-1"},
        {"from_s": "nan"},
        {"to_s": "1:2:3:4"},
        {"to_s": "1:-3"},
        {"to_s": "1:x"},
        {"taxpayer": "a\0"},
        {"to_s": "1e300"},
        {"to_s": "1e308"},
        {"from_s": "1e308", "to_s": "1e308"},
    ],
)
def test_an_act_that_cannot_be_is_refused(officer: Client, change: dict[str, Any]) -> None:
    answer = open_act(officer, **change)
    assert answer.status_code == 400 and not Act.objects.exists()
    assert "z-error" in answer.content.decode() or "z-alert" in answer.content.decode()


def test_two_officers_where_the_procedure_demands_two(officer: Client, county: CountyWorld) -> None:
    refused = open_act(officer, procedure="H04").content.decode()
    assert "至少需要 2 名执法人员" in refused
    assert open_act(officer, procedure="H04", officers=[OFFICER, county.second_officer]).status_code == 302


def test_procedures_by_class_and_tier(officer: Client) -> None:
    page = text(officer, "/acts/procedures", **{"class": "interview", "tier": "priority"})
    assert "E01" in page and "C06" not in page and "C01" not in page


def test_statements_have_versions_and_name_what_they_lack(officer: Client) -> None:
    open_act(officer)
    act = Act.objects.get()
    draft = text(officer, f"/acts/{act.id}/statement")
    assert "2026-11-24 18:40:05" in draft and "张建国" in draft
    path = f"/acts/{act.id}/statement"
    assert officer.post(path, {"version": 0, "time": "上午", "place": "厂区"}).status_code == 302
    page = text(officer, f"/acts/{act.id}")
    assert page.count("z-lacks") == 5 and "不完整 2/7" in page
    late = officer.post(path, {"version": 0, "time": "下午"})
    assert late.status_code == 400 and "期间已有人提交新版本" in late.content.decode()
    whole = dict.fromkeys(("time", "place", "persons", "event", "cause", "course", "result"), "有")
    assert officer.post(path, {"version": 1, **whole}).status_code == 302
    assert "完整 7/7" in text(officer, f"/acts/{act.id}")
    assert [one.version for one in Statement.objects.order_by("version")] == [1, 2]
    assert Statement.objects.get(version=1).time == "上午"


def test_an_empty_or_overlong_statement_is_refused(officer: Client) -> None:
    open_act(officer)
    path = f"/acts/{Act.objects.get().id}/statement"
    assert officer.post(path, {"version": 0}).status_code == 400
    assert officer.post(path, {"version": 0, "time": "长" * 1001}).status_code == 400
    assert not Statement.objects.exists()


def test_text_is_escaped(officer: Client) -> None:
    open_act(officer, taxpayer="<script>alert(1)</script>")
    assert "<script>alert" not in text(officer, "/acts")


@pytest.mark.db
def test_a_text_about_a_nul_is_no_nul(officer: Client) -> None:
    """Backslash, u, four zeros: six characters that an officer may well write."""
    assert open_act(officer, taxpayer=r"a\u0000").status_code == 302
    assert Act.objects.get().taxpayer == r"a\u0000"


@pytest.mark.db
def test_the_ledger_page_shows_checkpoint_and_entries(officer: Client, county: CountyWorld) -> None:
    page = text(officer, "/ledger")
    assert county.config.origin in page and "录制入库" in page and "julu.view.example/cosigner" in page
    shown = page.split("<main")[1].split('<p class="z-printed">')
    assert "张建国" not in shown[0] + shown[1].partition("</p>")[2], "who prints it stands below"


@pytest.mark.db
def test_looking_is_logged_and_enters_the_ledger(officer: Client, county: CountyWorld) -> None:
    text(officer, "/recordings", first="2026-01-01")
    row = AccessRow.objects.order_by("-id")[0]
    asked = "/recordings?first=2026-01-01"
    assert (str(row.person), row.action, row.target, row.success) == (OFFICER, "GET", asked, True)
    later = clock.now() + timedelta(minutes=1)
    with clock.set_to(lambda: later):
        count = access.enter_batch()
        assert count == AccessRow.objects.count() and access.enter_batch() is None
    assert list(access.audit_batches()) == []
    AccessRow.objects.filter(id=row.id).update(target="/ledger")
    assert [finding.code for finding in access.audit_batches()] == ["digest"]
    # Nor does it help to take rows and batch away together: the ledger knows of both.
    AccessListed.objects.all().delete()
    AccessRow.objects.all().delete()
    AccessBatch.objects.all().delete()
    assert [finding.code for finding in access.audit_batches()] == ["digest"]


def test_alarms_are_seen_by_the_system_administrator(county: CountyWorld) -> None:
    county.put_logbook(county.film())
    county.put_logbook(county.film())
    body = {"kind": "docking-refused", "bay": 2, "code": "tls", "presented": "ab" * 32}
    body["at"] = "2026-11-24T10:00:00.000Z"
    county.request("POST", "/intake/alarms", body=json.dumps(body).encode())
    page = text(county.sign_in(str(named_id("system")), "system"), "/alarms")
    assert "执法记录仪被复制或回退" in page and "XT-0001" in page
    assert "证书被拒" in page and "abababab" in page and "第一采集站" in page


def test_an_entry_that_was_held_back_is_marked_late(county: CountyWorld) -> None:
    early = clock.now() - timedelta(minutes=11)
    with clock.set_to(lambda: early):
        index = commit(PersonAdded(str(named_id("late"))), "julu").index
    on_time = commit(PersonAdded(str(named_id("on time"))), "julu").index
    county.publish()
    assert proofs.late(list(Entry.objects.filter(index__gte=index))) == {index} != {on_time}
    assert "迟到" in text(county.sign_in(OFFICER), "/ledger")


# What a recorder's journal and dockings tell.


@pytest.fixture
def told(county: CountyWorld, settings: Any) -> Life:
    """One recording that broke off, with marks and positions; one that goes on; one that vanished."""
    county.config.text_key.write_bytes(key_pem(fixed_key("text")))
    life = Life(county)
    life.boot()
    life.record("vanished")
    broken = life.open("broken off")
    life.segment(broken, position=True)
    life.minute(broken)
    life.mark(broken, "当事人出示账簿")
    life.mark(broken, "")
    life.gap(broken, 12_000_000, 31_000_000)
    life.quality(broken, 60_000_000, 240_000_000, "black")
    life.quality(broken, 300_000_000, 372_000_000, "silent")
    life.segment(broken, position=True)
    until = life.time
    life.recover(broken)
    life.boot()
    life.record("goes on", follows={"id": str(broken.id), "until": until})
    docking = life.dock(offered=life.films[1:])
    docking.arrive()
    for film in life.films[1:]:
        assert docking.bring(film).status_code == 200
    county.publish()
    return life


def test_a_recording_tells_its_marks_gaps_and_neighbour(told: Life) -> None:
    _, broken, onward = told.films
    client = told.county.sign_in(OFFICER, "zhang")
    marked = client.get("/recordings?marks=any&col=marks").context
    assert [(row.recording.id, row.recording.marks) for row in marked["rows"]] == [(broken.id, 2)]
    assert [cell for _column, cell in marked["lines"][0][1]] == [2]
    assert onward.id in {row.recording.id for row in client.get("/recordings?marks=none").context["rows"]}
    page = text(client, f"/recordings/{broken.id}")
    for words in ("当事人出示账簿", "按键标记", "0:00:12 – 0:00:31", "摄像头无数据", "画面无光", "无声音"):
        assert words in page
    assert re.search(r"位置点</dt><dd>2<", page) and re.search(r"计数分钟</dt><dd>1<", page)
    assert "未结束" in page and f"/recordings/{onward.id}" in page and "之间没有录制" in page
    assert f"/recordings/{broken.id}" in text(client, f"/recordings/{onward.id}")
    # Who looked is in the access log, as for every page; another officer sees nothing of it.
    assert AccessRow.objects.filter(target=f"/recordings/{broken.id}", person=OFFICER).exists()
    other = told.county.sign_in(told.county.second_officer, "ma")
    assert other.get(f"/recordings/{broken.id}").status_code == 404


def test_marks_stay_sealed_where_the_text_key_is_another(told: Life) -> None:
    broken = told.films[1]
    told.county.config.text_key.write_bytes(key_pem(fixed_key("another text key")))
    client = told.county.sign_in(OFFICER, "zhang")
    page = text(client, f"/recordings/{broken.id}")
    assert "当事人出示账簿" not in page and "在本局无法打开" in page
    told.county.config.text_key.unlink()
    assert "当事人出示账簿" not in text(client, f"/recordings/{broken.id}")


def test_the_life_of_a_recording_ends_where_the_recorder_erased_it(told: Life) -> None:
    broken, client = told.films[1], told.county.sign_in(OFFICER)
    assert "凭回执清除" not in text(client, f"/recordings/{broken.id}")
    told.cleared(broken)
    at, proof = told.time, line_hash(told.logbook[-1]).hex()
    told.dock().lines()
    page = text(client, f"/recordings/{broken.id}")
    assert "执法记录仪凭回执清除" in page and beijing(parse_time(at)) in page and proof[:12] in page


def test_a_recorders_page_says_what_is_missing_from_when_to_when(told: Life) -> None:
    vanished = told.films[0]
    client = told.county.sign_in(str(named_id("system")), "chen")
    assert f"/recorders/{told.signer.kid}" in text(client, "/recorders")
    page = text(client, f"/recorders/{told.signer.kid}")
    assert str(vanished.id) in page and "录制已结束且未获清除许可" in page
    for at in (vanished.opened_at, vanished.closed_at):
        assert beijing(parse_time(at)) in page
    assert "此后情况不明" in page and "末尾不可证明" not in page
    assert client.get("/recorders/nobody").status_code == 404
    english = client.get(f"/recorders/{told.signer.kid}", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "the recorder has it no more" in english


@pytest.mark.parametrize(
    ("kind", "provable"), [("tpm", True), ("token", False), ("file", False), ("none", False)]
)
def test_only_a_tpm_makes_the_tail_provable(county: CountyWorld, kind: str, provable: bool) -> None:
    signer = SoftSigner(fixed_key(f"recorder {kind}"))
    commit(RecorderEnrolled(signer.kid, signer.jwk, "XT-0009", kind), "julu")
    client = county.sign_in(str(named_id("system")), "chen")
    page = text(client, f"/recorders/{signer.kid}")
    assert ("末尾不可证明" not in page) is provable
    assert "尚未持有设备日志" in page


def test_a_recorder_that_told_two_lives_is_shown_as_suspended(county: CountyWorld) -> None:
    life = Life(county)
    other = life.copy()
    life.boot()
    life.dock().arrive()
    other.record("another life")
    other.dock().lines(first=0)
    client = county.sign_in(str(named_id("system")), "chen")
    page = text(client, f"/recorders/{life.signer.kid}")
    assert "已暂停" in page and "签出了两套经历" in page
    assert "复制" in text(client, "/alarms")
