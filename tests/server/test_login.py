"""Passwords, the lock, what comes before any other page, sessions (spec/registers.md §1, rules_login)."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone

from support.county_world import OFFICER, CountyWorld, named_id
from support.logins import OWN, Visitor
from zhilu.errors import CallerError, DataError
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit, event_of
from zhilu.server.organisation import rules_login as rules
from zhilu.server.organisation.events import AccountChanged
from zhilu.server.organisation.models import AccessRow, Session, User
from zhilu.server.organisation.services import accounts, tries

SYSTEM = str(named_id("system"))


@pytest.fixture
def bureau(world: CountyWorld) -> CountyWorld:
    world.found(with_catalogue=False)
    return world


@pytest.fixture
def zhang(bureau: CountyWorld) -> Visitor:
    """An officer with a password of his own."""
    accounts.set_account("zhang", OWN, OFFICER)
    return Visitor("zhang")


@pytest.fixture
def system(bureau: CountyWorld) -> Visitor:
    accounts.set_account("system", OWN, SYSTEM)
    visitor = Visitor("system")
    assert visitor.sign_in(OWN).status_code == 302
    return visitor


def changes(person: str = OFFICER) -> list[tuple[str, str]]:
    entries = Entry.objects.filter(kind="account-changed/1", subject=person).order_by("index")
    return [(event_of(one).change, one.actor) for one in entries]


# Passwords.


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Short-1", "password-weak"),
        ("lowercase-only", "password-weak"),
        ("x" * 120 + "Aa1-" * 3, "password-weak"),
        ("Zhangwei-1", None),
        ("Zhang-2026", None),
        ("Inspector-zhangwei-1", "password-login"),
        ("税务-Aa1税务税务", None),
    ],
)
def test_what_a_password_must_be(password: str, code: str | None) -> None:
    login = "zhangwei" if code == "password-login" else "wei"
    if code is None:
        rules.check_password(password, login)
        return
    with pytest.raises(CallerError) as refused:
        rules.check_password(password, login)
    assert refused.value.code == code


def test_the_login_itself_is_no_password() -> None:
    with pytest.raises(CallerError) as refused:
        rules.check_password("A.b-1-x9", "a.b-1-x9")
    assert refused.value.code == "password-login"


def change(visitor: Visitor, old: str, new: str, again: str | None = None) -> int:
    more = {"old": old, "new": new, "again": new if again is None else again}
    return visitor.post("/account/password", **more).status_code


def test_none_of_the_last_five_comes_back(zhang: Visitor) -> None:
    zhang.sign_in(OWN)
    used = [OWN, *(f"Other-2026-{n}" for n in range(5))]
    for old, new in itertools.pairwise(used):
        for before in used[max(0, used.index(old) - 4) : used.index(old) + 1]:
            assert change(zhang, old, before) == 400
        assert change(zhang, old, new) == 302
    assert change(zhang, used[-1], OWN) == 302  # the sixth before
    assert zhang.is_in()


def test_a_wrong_old_password_changes_nothing_and_is_a_failure(zhang: Visitor) -> None:
    zhang.sign_in(OWN)
    assert [change(zhang, "Wrong-2026-x", "Other-2026-x") for _ in range(5)] == [400] * 5
    assert change(zhang, OWN, "Other-2026-x") == 400
    assert Visitor("zhang").sign_in(OWN).status_code == 401


def test_what_was_wrong_stands_beside_its_field(zhang: Visitor) -> None:
    zhang.sign_in(OWN)
    answer = zhang.post("/account/password", old=OWN, new="Other-2026-x", again="Other-2026-y")
    assert answer.status_code == 400 and "The two are not the same." in answer.content.decode()
    assert "Other-2026" not in answer.content.decode()


def test_a_password_lasts_ninety_days_and_then_comes_first(zhang: Visitor) -> None:
    User.objects.update(password_set=clock.now() - timedelta(days=90))
    assert zhang.sign_in(OWN).status_code == 302
    for path in ("/", "/recordings", "/account", "/account/factors", "/account/sessions", "/ledger"):
        assert zhang.get(path)["Location"] == "/account/password"
    assert change(zhang, OWN, "Other-2026-x") == 302
    assert zhang.is_in()


def test_a_change_ends_the_other_browsers_and_not_this_one(zhang: Visitor) -> None:
    other = Visitor("zhang")
    zhang.sign_in(OWN)
    other.sign_in(OWN)
    assert change(zhang, OWN, "Other-2026-x") == 302
    assert Session.objects.filter(user__username="zhang").count() == 1
    assert zhang.is_in() and not other.is_in()


def test_a_reset_meanwhile_is_not_overwritten(zhang: Visitor) -> None:
    """Somebody whose session was stolen is reset just as the thief changes the password."""
    thief = User.objects.get(username="zhang")
    given = accounts.reset(User.objects.get(username="zhang"), SYSTEM)
    with pytest.raises(CallerError) as refused:
        accounts.change_password(thief, OWN, "Thief-2026-x", None)
    assert refused.value.code == "password-raced"
    assert User.objects.get(username="zhang").check_password(given)


# One-time passwords, and what comes first.


def test_a_one_time_password_opens_nothing_but_its_change(bureau: CountyWorld) -> None:
    _user, given = accounts.create("zhang", OFFICER, SYSTEM)
    zhang = Visitor("zhang")
    assert zhang.sign_in(given).status_code == 302
    for path in ("/", "/recordings", "/acts", "/account", "/account/factors", "/account/sessions"):
        assert zhang.get(path)["Location"] == "/account/password"
    assert zhang.post("/account/sessions", session="others")["Location"] == "/account/password"
    assert change(zhang, given, given) == 400
    assert change(zhang, given, OWN) == 302
    assert zhang.is_in()
    assert Visitor("zhang").sign_in(given).status_code == 401
    assert changes() == [("created", SYSTEM)]


def test_a_one_time_password_runs_out(bureau: CountyWorld) -> None:
    _user, given = accounts.create("zhang", OFFICER, SYSTEM)
    User.objects.update(password_set=clock.now() - timedelta(days=7))
    answer = Visitor("zhang").sign_in(given)
    assert answer.status_code == 401 and "within 7 days" in answer.content.decode()


def test_passwords_that_are_drawn_differ_and_meet_the_rules() -> None:
    drawn = {accounts.new_password("zhang") for _ in range(50)}
    assert len(drawn) == 50
    for one in drawn:
        rules.check_password(one, "zhang")


def test_where_a_second_factor_is_demanded_it_comes_before_any_page(zhang: Visitor, settings: Any) -> None:
    settings.ZHILU = type(settings.ZHILU)(**{**vars(settings.ZHILU), "second_factor": "required"})
    assert zhang.sign_in(OWN).status_code == 302
    for path in ("/", "/recordings", "/account", "/account/sessions", "/ledger"):
        assert zhang.get(path)["Location"] == "/account/factors"
    assert zhang.enrol_app()["Location"] == "/"
    assert zhang.is_in()


def test_every_address_of_a_page_is_behind_the_first_things(zhang: Visitor) -> None:
    """None forgotten: all that the URL configuration has, but the four that lead there."""
    from zhilu.server.pages.first_things import ALWAYS
    from zhilu.server.pages.middleware import MACHINES
    from zhilu.server.pages.urls import urlpatterns

    User.objects.update(one_time=True)
    zhang.sign_in(OWN)
    for pattern in urlpatterns:
        path = "/" + str(pattern.pattern)
        if pattern.name in ALWAYS | {"password"} or path.startswith(MACHINES):
            continue
        for made in ("<uuid:", "<int:", "<str:", "<slug:"):
            while made in path:
                begin = path.index(made)
                value = str(named_id("any")) if made == "<uuid:" else "1"
                path = path[:begin] + value + path[path.index(">", begin) + 1 :]
        answer = zhang.get(path)
        assert answer.status_code == 302 and answer["Location"] == "/account/password", path


def test_the_sign_in_page_says_when_a_password_is_enough(bureau: CountyWorld, settings: Any) -> None:
    words = "That is for demonstrations, not for a bureau."
    assert words in Visitor().get("/login").content.decode()
    settings.ZHILU = type(settings.ZHILU)(**{**vars(settings.ZHILU), "second_factor": "required"})
    assert words not in Visitor().get("/login").content.decode()


# The lock.


def test_of_many_guesses_at_once_five_are_judged(zhang: Visitor) -> None:
    """Each counts before it is judged: none slips in while the others are being looked at."""
    user = User.objects.get(username="zhang")
    assert [tries.spend(user) for _ in range(8)] == [1, 1, 1, 1, 2, 0, 0, 0]
    assert not accounts.is_password(user, OWN)


def test_a_right_last_try_opens_what_it_had_locked(zhang: Visitor) -> None:
    for _ in range(4):
        assert zhang.sign_in("Wrong-2026-x").status_code == 401
    assert zhang.sign_in(OWN).status_code == 302
    user = User.objects.get(username="zhang")
    assert (user.failures, user.locked_until) == (0, None)


# Sessions.


def test_signing_in_gives_the_session_another_name(zhang: Visitor) -> None:
    zhang.client.session.save()
    zhang.get("/language")
    planted = zhang.client.session.session_key
    zhang.client.cookies[_cookie(zhang)] = planted
    assert zhang.sign_in(OWN).status_code == 302
    assert zhang.client.cookies[_cookie(zhang)].value != planted
    thief = Visitor()
    thief.client.cookies[_cookie(zhang)] = planted
    assert not thief.is_in()


def _cookie(visitor: Visitor) -> str:
    from django.conf import settings

    return settings.SESSION_COOKIE_NAME


def test_nobody_is_signed_in_by_a_form_from_elsewhere(zhang: Visitor) -> None:
    """Login CSRF: the form's token is missing, or is another browser's."""
    client = Client(HTTP_HOST="127.0.0.1", enforce_csrf_checks=True)
    fields = {"username": "zhang", "password": OWN}
    assert client.post("/login", fields).status_code == 403
    other = Client(HTTP_HOST="127.0.0.1", enforce_csrf_checks=True)
    other.get("/login")
    token = next(c.value for name, c in other.cookies.items() if "csrf" in name)
    assert client.post("/login", fields | {"csrfmiddlewaretoken": token}).status_code == 403


def test_a_person_sees_and_ends_the_own_sessions_only(zhang: Visitor, system: Visitor) -> None:
    zhang.client.defaults["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0 Safari/537.36"
    zhang.sign_in(OWN)
    other = Visitor("zhang")
    other.sign_in(OWN)
    page = zhang.get("/account/sessions").content.decode()
    assert page.count("<tr>") == 3 and "Chromium 120 · Linux" in page and "127.0.0.1" in page
    keys = list(Session.objects.values_list("session_key", flat=True))
    assert not any(key in page for key in keys)
    foreign = _handle(system)
    zhang.post("/account/sessions", session=foreign)
    assert system.is_in()
    zhang.post("/account/sessions", session=_handle(other))
    assert not other.is_in() and zhang.is_in()
    assert changes()[-1] == ("sessions-ended", OFFICER)


def _handle(visitor: Visitor) -> str:
    from zhilu.server.pages.services.logins import handle_of

    return handle_of(str(visitor.client.session.session_key))


def test_only_a_listed_proxy_says_from_where_somebody_comes(zhang: Visitor, settings: Any) -> None:
    for proxies, address in (((), "127.0.0.1"), (("127.0.0.1",), "10.1.2.3")):
        settings.ZHILU = type(settings.ZHILU)(**{**vars(settings.ZHILU), "proxies": proxies})
        zhang.client.defaults["HTTP_X_FORWARDED_FOR"] = "6.6.6.6, 10.1.2.3"
        zhang.sign_in(OWN)
        assert Session.objects.get(user__isnull=False).address == address
    zhang.client.defaults["HTTP_X_FORWARDED_FOR"] = "<script>"
    zhang.sign_in(OWN)
    assert Session.objects.get(user__isnull=False).address == "127.0.0.1"


def test_all_others_are_signed_out_at_once(zhang: Visitor) -> None:
    zhang.sign_in(OWN)
    others = [Visitor("zhang") for _ in range(3)]
    for one in others:
        one.sign_in(OWN)
    zhang.post("/account/sessions", session="others")
    assert [one.is_in() for one in others] == [False] * 3 and zhang.is_in()


def test_the_system_administrator_sees_and_ends_everybodys(zhang: Visitor, system: Visitor) -> None:
    zhang.sign_in(OWN)
    page = system.get("/accounts/sessions").content.decode()
    assert "zhang" in page and "this browser" in page
    system.post("/accounts/sessions", session=_handle(zhang))
    assert not zhang.is_in() and system.is_in()
    assert changes()[-1] == ("sessions-ended", SYSTEM)
    zhang.sign_in(OWN)
    assert zhang.get("/accounts/sessions").status_code == 403


def test_a_session_that_was_ended_is_not_brought_back_by_a_request_in_flight(zhang: Visitor) -> None:
    from zhilu.server.organisation.services.sessions import SessionStore

    zhang.sign_in(OWN)
    key = zhang.client.session.session_key
    flying = SessionStore(key)
    assert flying.get("factor") == ""
    Session.objects.filter(session_key=key).delete()
    with pytest.raises(UpdateError):
        flying.save()
    assert not Session.objects.filter(session_key=key).exists() and not zhang.is_in()


def test_sessions_that_ran_out_are_swept_and_not_shown(zhang: Visitor) -> None:
    zhang.sign_in(OWN)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    other = Visitor("zhang")
    other.sign_in(OWN)
    assert Session.objects.count() == 1
    assert other.get("/account/sessions").content.decode().count("<tr>") == 2


# The accounts page.


def test_an_account_is_made_and_its_password_shown_once(system: Visitor) -> None:
    answer = system.post(f"/accounts/{OFFICER}", do="make", username="zhang")
    given = _given(answer.content.decode())
    assert given and given not in system.get(f"/accounts/{OFFICER}").content.decode()
    assert Visitor("zhang").sign_in(given).status_code == 302
    assert changes() == [("created", SYSTEM)]
    core = Entry.objects.get(kind="account-changed/1", subject=OFFICER)
    assert given.encode() not in bytes(core.core) and b"zhang" not in bytes(core.core)


def _given(page: str) -> str:
    import re

    found = re.search(r'class="z-given"><code>([^<]+)<', page)
    return found[1] if found else ""


@pytest.mark.parametrize("username", ["", "Zhang", "z", "1zhang", "zh ang", "a" * 65, "<b>x</b>", "系统"])
def test_a_bad_user_name_makes_nothing(system: Visitor, username: str) -> None:
    if username == "a" * 65:
        username = "a" * 63 + "!"
    answer = system.post(f"/accounts/{OFFICER}", do="make", username=username)
    assert answer.status_code == 400 and "begins with a letter" in answer.content.decode()
    assert "<b>x" not in answer.content.decode()
    assert not User.objects.filter(person=OFFICER).exists() and changes() == []


def test_a_user_name_is_given_once(system: Visitor) -> None:
    answer = system.post(f"/accounts/{OFFICER}", do="make", username="system")
    assert answer.status_code == 400 and "another account already" in answer.content.decode()
    assert changes() == []


@pytest.mark.parametrize("do", ["reset", "end", "disable"])
def test_nothing_happens_before_it_is_confirmed(zhang: Visitor, system: Visitor, do: str) -> None:
    zhang.sign_in(OWN)
    before = changes()
    page = system.post(f"/accounts/{OFFICER}", do=do)
    assert page.status_code == 200 and 'name="sure"' in page.content.decode()
    assert zhang.is_in() and changes() == before
    system.post(f"/accounts/{OFFICER}", do=do, sure="yes")
    assert not Session.objects.filter(user__username="zhang").exists() and not zhang.is_in()
    wanted = {"reset": "password-reset", "end": "sessions-ended", "disable": "disabled"}[do]
    assert changes()[-1] == (wanted, SYSTEM)


def test_a_reset_gives_a_new_one_time_password_and_opens_the_lock(zhang: Visitor, system: Visitor) -> None:
    for _ in range(5):
        zhang.sign_in("Wrong-2026-x")
    answer = system.post(f"/accounts/{OFFICER}", do="reset", sure="yes")
    given = _given(answer.content.decode())
    assert zhang.sign_in(OWN).status_code == 401
    assert zhang.sign_in(given)["Location"] == "/"
    assert zhang.get("/")["Location"] == "/account/password"


def test_a_disabled_login_lets_nobody_in_until_it_is_enabled(zhang: Visitor, system: Visitor) -> None:
    system.post(f"/accounts/{OFFICER}", do="disable", sure="yes")
    assert zhang.sign_in(OWN).status_code == 401
    system.post(f"/accounts/{OFFICER}", do="enable", sure="yes")
    assert zhang.sign_in(OWN).status_code == 302
    assert [change for change, _by in changes()][-2:] == ["disabled", "enabled"]


def test_nobody_administers_the_own_login(system: Visitor) -> None:
    for do in ("reset", "disable", "end"):
        answer = system.post(f"/accounts/{SYSTEM}", do=do, sure="yes")
        assert answer.status_code == 400
    assert system.is_in()


def test_only_the_system_administrator_administers(zhang: Visitor, bureau: CountyWorld) -> None:
    accounts.set_account("sun", OWN, bureau.admins[0].person)
    for visitor in (zhang, Visitor("sun")):
        visitor.sign_in(OWN)
        for path in ("/accounts", "/accounts/sessions", f"/accounts/{OFFICER}"):
            assert visitor.get(path).status_code == 403
            assert visitor.post(path, do="reset", sure="yes").status_code in (403, 405)
    assert changes(SYSTEM) == []


def test_forged_persons_are_not_found(system: Visitor) -> None:
    assert system.get(f"/accounts/{named_id('nobody at all')}").status_code == 404
    assert system.get("/accounts/1").status_code == 404


def test_accounts_are_searched_by_name_and_by_login(zhang: Visitor, system: Visitor) -> None:
    assert "zhang" in system.get("/accounts?q=zhan").content.decode()
    assert "Nobody has a name like this." in system.get("/accounts?q=%3Cb%3E").content.decode()


def test_a_change_of_a_login_names_one_of_seven_and_a_known_person(bureau: CountyWorld) -> None:
    with pytest.raises(DataError, match="no change"):
        commit(AccountChanged(OFFICER, "made-admin"), "julu")
    with pytest.raises(DataError, match="No such person"):
        commit(AccountChanged(str(named_id("nobody")), "created"), "julu")


def test_the_account_page_tells_what_became_of_the_login(zhang: Visitor, system: Visitor) -> None:
    system.post(f"/accounts/{OFFICER}", do="end", sure="yes")
    zhang.sign_in(OWN)
    page = zhang.get("/account").content.decode()
    assert "password alone lets in" in page and "at the server" in page
    assert f"/register?person={OFFICER}" in page


def test_no_page_or_log_holds_a_password(zhang: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        zhang.sign_in("Secret-2026-q")
        zhang.sign_in(OWN)
        change(zhang, OWN, "Secret-2026-r")
    assert "Secret-2026" not in caplog.text and OWN not in caplog.text
    assert not AccessRow.objects.filter(target__contains="Secret").exists()
    assert AccessRow.objects.filter(action="sign-in", person=UUID(OFFICER), success=True).exists()


@pytest.mark.parametrize("login", ["zh\0ang", "\0", "张国", "z" * 5000, "' OR 1=1 --"])
def test_odd_user_names_are_nobody(zhang: Visitor, system: Visitor, login: str) -> None:
    assert Visitor(login).sign_in(OWN).status_code == 401
    assert system.get("/accounts?q=" + quote(login)).status_code == 200


def test_ten_megabytes_are_refused(zhang: Visitor) -> None:
    assert zhang.post("/login", username="zhang", password="x" * 10_000_000).status_code in (400, 413)
