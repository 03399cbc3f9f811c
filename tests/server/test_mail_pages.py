"""One's own address on the page, and what the health page says of mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from support.county_world import OFFICER, CountyWorld, named_id
from support.organisation import client_of
from support.queries import queries
from zhilu.server.config import Mail as Config
from zhilu.server.organisation.services import factors
from zhilu.server.oversight.models import Mail, MailAddress, MailServer
from zhilu.server.pages.services import health
from zhilu.server.pages.services.health import mail as mail_check

CONFIG = Config("mail.example", 587, "starttls", "zhilu@julu.example", "https://julu.example")
OTHER = str(named_id("system"))
MINE = "zhang@julu.example"


@pytest.fixture
def officer(world: CountyWorld, settings: Any) -> Client:
    world.found(with_catalogue=False)
    settings.ZHILU = replace(settings.ZHILU, mail=CONFIG)
    return client_of(OFFICER)


def text(client: Client) -> str:
    answer = client.get("/account/mail")
    assert answer.status_code == 200
    return answer.content.decode()


def code() -> str:
    row = Mail.objects.exclude(secret=b"").latest("id")
    return factors.unseal(bytes(row.secret), row.person)


@pytest.mark.db
def test_an_address_is_set_confirmed_changed_and_removed(officer: Client) -> None:
    sent = officer.post("/account/mail", {"do": "set", "address": f" {MINE} ", "rhythm": "daily"})
    assert sent.status_code == 302 and "待填验证码" in text(officer)
    wrong = officer.post("/account/mail", {"do": "confirm", "code": "12"})
    assert wrong.status_code == 400 and "验证码不正确" in wrong.content.decode()
    spaced = f"{code()[:4]} {code()[4:]}"
    assert officer.post("/account/mail", {"do": "confirm", "code": spaced}).status_code == 302
    row = MailAddress.objects.get(person=OFFICER)
    assert row.confirmed_at and (row.address, row.rhythm) == (MINE, "daily") and "已确认" in text(officer)
    officer.post("/account/mail", {"do": "rhythm", "rhythm": "soon"})
    assert MailAddress.objects.get().rhythm == "soon"
    officer.post("/account/mail", {"do": "remove"})
    assert not MailAddress.objects.exists() and Mail.objects.get().given_up_at


@pytest.mark.parametrize(
    "odd",
    [
        {}, {"do": "all"}, {"do": "set"}, {"do": "set", "address": "x\r\nBcc: y@z.example", "rhythm": "soon"},
        {"do": "set", "address": MINE, "rhythm": "hourly"}, {"do": "confirm"}, {"do": "rhythm"},
        {"do": "confirm", "code": "9" * 5000},
    ],
)  # fmt: skip
@pytest.mark.db
def test_odd_forms_change_nothing(officer: Client, odd: dict[str, str]) -> None:
    assert officer.post("/account/mail", odd).status_code == 400
    assert not MailAddress.objects.exists() and not Mail.objects.exists()


def test_a_markup_address_is_shown_as_text(officer: Client) -> None:
    answer = officer.post("/account/mail", {"do": "set", "address": '"><script>1</script>', "rhythm": "soon"})
    assert "<script>1" not in answer.content.decode()


def test_nobody_touches_anothers_address(officer: Client) -> None:
    officer.post("/account/mail", {"do": "set", "address": MINE, "rhythm": "daily"})
    taken, other = code(), client_of(OTHER)
    assert MINE not in text(other)
    for send in ({"do": "confirm", "code": taken}, {"do": "rhythm", "rhythm": "soon"}, {"do": "remove"}):
        other.post("/account/mail", send)
    row = MailAddress.objects.get()
    assert (row.person, row.rhythm, row.confirmed_at) == (UUID(OFFICER), "daily", None)


def test_where_no_mail_is_set_up_the_page_says_so(officer: Client, settings: Any) -> None:
    settings.ZHILU = replace(settings.ZHILU, mail=None)
    assert "不发送电子邮件" in text(officer)
    answer = officer.post("/account/mail", {"do": "set", "address": MINE, "rhythm": "soon"})
    assert answer.status_code == 400 and not Mail.objects.exists()


def test_pages_ask_little(officer: Client) -> None:
    officer.post("/account/mail", {"do": "set", "address": MINE, "rhythm": "soon"})
    assert queries(officer, "/account/mail") <= 15


def test_health_says_whether_mail_goes_out(officer: Client, settings: Any) -> None:
    at = datetime.now(UTC)
    assert mail_check.check(at).state == "good" and mail_check.check in health.CHECKS
    MailAddress.objects.create(person=OFFICER, address=MINE, failures=1, failed_at=at, failed="550")
    found = mail_check.check(at)
    assert found.state == "attention" and "1" in found.says and MINE not in found.says
    server = MailServer.objects.create(id=1, away_since=at - timedelta(hours=1), away="certificate")
    assert mail_check.check(at).state == "attention" and "证书" in mail_check.check(at).says
    server.away_since = at - timedelta(hours=5)
    server.save()
    assert mail_check.check(at).state == "bad"
    settings.ZHILU = replace(settings.ZHILU, mail=None)
    assert mail_check.check(at).state == "good"
