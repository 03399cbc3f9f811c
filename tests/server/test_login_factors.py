"""Second factors: an app with codes, a security key. Brute force, replay, races, keys of other places."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import webauthn
from django.conf import settings as django_settings
from django.db import OperationalError, connection

from support.county_world import OFFICER, CountyWorld, named_id
from support.logins import ORIGIN, OWN, Visitor, assertion, options
from zhilu.encoding import unb64u
from zhilu.errors import CallerError, WorldError
from zhilu.server.ledger import clock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import event_of
from zhilu.server.organisation.models import Factor, Session, User
from zhilu.server.organisation.services import accounts, factors, sessions, tries
from zhilu.softkey import SoftKey

SYSTEM = str(named_id("system"))


@pytest.fixture
def bureau(world: CountyWorld) -> CountyWorld:
    world.found(with_catalogue=False)
    return world


@pytest.fixture
def zhang(bureau: CountyWorld) -> Visitor:
    accounts.set_account("zhang", OWN, OFFICER)
    visitor = Visitor("zhang")
    visitor.sign_in(OWN)
    return visitor


def out(visitor: Visitor) -> Visitor:
    """Signed out, and the step of the last code is past."""
    visitor.post("/logout")
    Factor.objects.filter(kind="app").update(step=0)
    return visitor


@pytest.fixture
def with_app(zhang: Visitor) -> Visitor:
    assert zhang.enrol_app(password=OWN).status_code == 302
    return out(zhang)


@pytest.fixture
def with_key(zhang: Visitor) -> Visitor:
    assert zhang.enrol_key(password=OWN).status_code == 302
    return out(zhang)


def changes() -> list[str]:
    entries = Entry.objects.filter(kind="account-changed/1", subject=OFFICER).order_by("index")
    return [event_of(one).change for one in entries]


# An app.


def test_with_an_app_the_password_alone_opens_nothing(with_app: Visitor) -> None:
    assert with_app.sign_in(OWN)["Location"] == "/login/second"
    for path in ("/", "/account", "/recordings", "/account/factors"):
        assert with_app.get(path)["Location"].startswith("/login")
    assert with_app.send_code().status_code == 302
    assert with_app.is_in()
    assert changes()[-1] == "factor-added"


def test_a_code_counts_once(with_app: Visitor) -> None:
    code = with_app.code()
    with_app.sign_in(OWN)
    assert with_app.send_code(code).status_code == 302
    again = Visitor("zhang")
    again.sign_in(OWN)
    assert again.send_code(code).status_code == 401 and not again.is_in()


def test_the_code_of_the_enrolment_counts_no_more(zhang: Visitor) -> None:
    moment = clock.now()
    with clock.set_to(lambda: moment):
        zhang.enrol_app(password=OWN)
        other = Visitor("zhang", secret=zhang.secret)
        other.sign_in(OWN)
        assert other.send_code(zhang.code()).status_code == 401
        assert other.send_code(zhang.code(1)).status_code == 302


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 302), (0, 302), (1, 302), (2, 401)])
def test_one_step_before_and_after_count(with_app: Visitor, steps: int, status: int) -> None:
    moment = clock.now()
    with clock.set_to(lambda: moment):
        with_app.sign_in(OWN)
        assert with_app.send_code(with_app.code(steps)).status_code == status


def test_an_earlier_step_does_not_come_after_a_later_one(with_app: Visitor) -> None:
    moment = clock.now()
    with clock.set_to(lambda: moment):
        with_app.sign_in(OWN)
        assert with_app.send_code(with_app.code(1)).status_code == 302
        again = Visitor("zhang", secret=with_app.secret)
        again.sign_in(OWN)
        assert again.send_code(with_app.code(0)).status_code == 401


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 34 5x", "0" * 100_000]
)
def test_what_is_no_code_does_not_count(with_app: Visitor, code: str) -> None:
    with_app.sign_in(OWN)
    assert with_app.send_code(code).status_code == 401 and not with_app.is_in()


def test_guessing_codes_locks_the_login_and_a_right_password_between_does_not_help(
    with_app: Visitor,
) -> None:
    """Who has the password would else have tries without end: a right password forgets no failure."""
    statuses = []
    for _ in range(5):
        assert with_app.sign_in(OWN).status_code == 302
        statuses.append(with_app.send_code("000000" if with_app.code() != "000000" else "1").status_code)
    assert statuses == [401] * 5
    assert with_app.sign_in(OWN).status_code == 401
    later = clock.now() + timedelta(minutes=16)
    with clock.set_to(lambda: later):
        assert with_app.sign_in(OWN).status_code == 302
        assert with_app.send_code().status_code == 302


def test_the_fifth_wrong_code_ends_the_waiting(with_app: Visitor) -> None:
    with_app.sign_in(OWN)
    for _ in range(5):
        answer = with_app.send_code("1")
    assert answer.status_code == 401 and "is locked" in answer.content.decode()
    assert with_app.send_code()["Location"] == "/login" and not with_app.is_in()


def test_the_second_step_waits_five_minutes(with_app: Visitor) -> None:
    with_app.sign_in(OWN)
    later = clock.now() + timedelta(seconds=301)
    with clock.set_to(lambda: later):
        assert with_app.get("/login/second")["Location"] == "/login"
        assert with_app.send_code()["Location"] == "/login" and not with_app.is_in()


@pytest.mark.parametrize("meanwhile", ["reset", "disable"])
def test_what_happens_to_the_login_meanwhile_ends_the_waiting(with_app: Visitor, meanwhile: str) -> None:
    with_app.sign_in(OWN)
    getattr(accounts, meanwhile)(User.objects.get(username="zhang"), SYSTEM)
    assert with_app.send_code()["Location"] == "/login" and not with_app.is_in()


def test_the_second_step_without_the_first_leads_to_the_first(with_app: Visitor) -> None:
    assert with_app.get("/login/second")["Location"] == "/login"
    assert with_app.send_code()["Location"] == "/login"


def test_one_persons_code_does_not_open_anothers_login(with_app: Visitor, bureau: CountyWorld) -> None:
    accounts.set_account("limin", OWN, bureau.second_officer)
    other = Visitor("limin")
    other.sign_in(OWN)
    other.enrol_app(password=OWN)
    Factor.objects.update(step=0)
    with_app.sign_in(OWN)
    assert with_app.send_code(other.code()).status_code == 401


def test_the_session_gets_a_new_name_at_each_step(with_app: Visitor) -> None:
    planted = sessions.SessionStore()
    planted.save()
    with_app.client.cookies[django_settings.SESSION_COOKIE_NAME] = planted.session_key
    keys = [planted.session_key]
    with_app.sign_in(OWN)
    keys.append(with_app.client.session.session_key)
    with_app.send_code()
    keys.append(with_app.client.session.session_key)
    assert len(set(keys)) == 3
    assert set(Session.objects.values_list("session_key", flat=True)) == {keys[2]}


def test_the_secret_is_encrypted_and_bound_to_its_row(with_app: Visitor) -> None:
    app = Factor.objects.get()
    assert with_app.secret.encode() not in bytes(app.secret)
    assert factors.unseal(bytes(app.secret), app.id) == with_app.secret
    with pytest.raises(WorldError):
        factors.unseal(bytes(app.secret), uuid4())


def test_another_secret_key_opens_no_secret(with_app: Visitor, settings: Any) -> None:
    app = Factor.objects.get()
    settings.SECRET_KEY = "another home's"
    with pytest.raises(WorldError):
        factors.unseal(bytes(app.secret), app.id)


def test_the_session_holds_the_secret_encrypted_until_it_is_enrolled(zhang: Visitor) -> None:
    zhang.enrol_app(password="Wrong-2026-x")
    assert zhang.secret not in json.dumps(dict(zhang.client.session))


def test_the_picture_is_in_the_page_as_the_policy_allows(zhang: Visitor) -> None:
    page = zhang.get("/account/factors").content.decode()
    assert 'src="data:image/svg+xml' in page and "<svg" not in page and " style=" not in page


def test_enrolling_needs_the_first_code_and_the_password(zhang: Visitor) -> None:
    assert zhang.enrol_app().status_code == 400
    assert zhang.enrol_app(password="Wrong-2026-x").status_code == 400
    assert zhang.post("/account/factors", do="app", code="000001", password=OWN).status_code == 400
    assert not Factor.objects.exists() and changes() == ["created"]


def test_of_two_browsers_that_enrol_the_later_one_is_signed_out(zhang: Visitor) -> None:
    """A thief of the password who signed in too adds no factor of his own."""
    thief = Visitor("zhang")
    thief.sign_in(OWN)
    thief.get("/account/factors")
    zhang.enrol_app(password=OWN)
    assert thief.enrol_app_blind().status_code == 302 and not thief.is_in()
    assert Factor.objects.count() == 1


def test_a_session_without_a_factor_adds_none_to_those_there_are(zhang: Visitor) -> None:
    user = User.objects.get(username="zhang")
    zhang.enrol_app(password=OWN)
    begun = factors.begin_app()
    secret = factors.unseal(unb64u(begun["sealed"]), UUID(begun["id"]))
    code = Visitor(secret=secret).code()
    with pytest.raises(CallerError) as refused:
        factors.add_app(user, begun, code, "mine", factors.Opened("", None))
    assert refused.value.code == "factor-needed"


def test_at_most_five(zhang: Visitor) -> None:
    assert [zhang.enrol_key(password=OWN).status_code for _ in range(5)] == [302] * 5
    page = zhang.get("/account/factors").content.decode()
    assert "data-options" not in page and Factor.objects.count() == 5


def test_the_last_one_stays_where_one_is_demanded(zhang: Visitor, settings: Any) -> None:
    zhang.enrol_app(password=OWN)
    settings.ZHILU = type(settings.ZHILU)(**{**vars(settings.ZHILU), "second_factor": "required"})
    app = str(Factor.objects.get().id)
    answer = zhang.post("/account/factors", do="remove", factor=app, password=OWN)
    assert answer.status_code == 400 and Factor.objects.count() == 1
    zhang.enrol_key(password=OWN)
    assert 'name="password"' in zhang.post("/account/factors", do="remove", factor=app).content.decode()
    assert zhang.post("/account/factors", do="remove", factor=app, password="Wrong-1-xx").status_code == 400
    assert zhang.post("/account/factors", do="remove", factor=app, password=OWN).status_code == 302
    assert Factor.objects.get().kind == "key" and changes()[-1] == "factor-removed"


def test_nobody_removes_anothers(with_app: Visitor, bureau: CountyWorld) -> None:
    accounts.set_account("limin", OWN, bureau.second_officer)
    other = Visitor("limin")
    other.sign_in(OWN)
    for forged in (str(Factor.objects.get().id), "", "x" * 5000):
        answer = other.post("/account/factors", do="remove", factor=forged, password=OWN)
        assert answer.status_code == 400 and Factor.objects.count() == 1


def test_names_of_factors_are_text(zhang: Visitor) -> None:
    zhang.enrol_key(password=OWN)
    Factor.objects.update(name="<script>alert(1)</script>")
    assert "<script>alert" not in zhang.get("/account/factors").content.decode()


def test_a_code_that_another_browser_used_meanwhile_does_not_count(
    with_app: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = factors.step_of

    def look_and_be_slow(secret: str, code: str, after: int) -> int | None:
        found = look(secret, code, after)
        Factor.objects.update(step=found)
        return found

    monkeypatch.setattr(factors, "step_of", look_and_be_slow)
    with_app.sign_in(OWN)
    assert with_app.send_code().status_code == 401 and not with_app.is_in()


# A security key.


def test_an_answer_that_another_browser_used_meanwhile_does_not_count(
    with_key: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = webauthn.verify_authentication_response

    def judge_and_be_slow(**given: Any) -> Any:
        found = judge(**given)
        Factor.objects.update(sign_count=found.new_sign_count)
        return found

    monkeypatch.setattr(webauthn, "verify_authentication_response", judge_and_be_slow)
    with_key.sign_in(OWN)
    assert with_key.send_key().status_code == 401 and not with_key.is_in()


def test_a_waiting_that_another_request_took_does_not_count(
    with_key: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def use_and_be_slow(user: User, challenge: bytes, answer: str) -> bool:
        Session.objects.all().delete()
        return True

    monkeypatch.setattr(factors, "use_key", use_and_be_slow)
    with_key.sign_in(OWN)
    with_key.client.raise_request_exception = False
    assert with_key.send_key().status_code in (400, 401) and not with_key.is_in()


def test_with_a_key_one_signs_in(with_key: Visitor) -> None:
    assert with_key.sign_in(OWN)["Location"] == "/login/second"
    assert with_key.send_key().status_code == 302 and with_key.is_in()


def test_an_answer_counts_once(with_key: Visitor) -> None:
    with_key.sign_in(OWN)
    answer = with_key.answer()
    assert with_key.send_key(answer).status_code == 302
    with_key.post("/logout")
    with_key.sign_in(OWN)
    assert with_key.send_key(answer).status_code == 401
    assert with_key.send_key(answer).status_code == 401 and not with_key.is_in()


def test_an_answer_to_anothers_challenge_does_not_count(with_key: Visitor) -> None:
    """Two browsers at once: the answer of one is of no use in the other."""
    other = Visitor("zhang", key=with_key.key)
    with_key.sign_in(OWN)
    other.sign_in(OWN)
    answer = with_key.answer()
    other.get("/login/second")
    assert other.send_key(answer).status_code == 401 and not other.is_in()


def test_another_key_another_place_and_a_copied_counter_do_not_count(with_key: Visitor) -> None:
    with_key.sign_in(OWN)
    asked = options(with_key.get("/login/second"))
    challenge = unb64u(asked["challenge"])
    foreign = SoftKey()
    foreign.create(asked["rpId"], ORIGIN, "x")
    assert with_key.send_key(assertion(foreign, challenge, asked["rpId"], ORIGIN, [])).status_code == 401
    assert with_key.send_key(with_key.answer(origin="http://evil." + asked["rpId"])).status_code == 401
    with_key.key.sign_count = 0  # a copy that was made earlier
    assert with_key.send_key(with_key.answer()).status_code == 401 and not with_key.is_in()


@pytest.mark.parametrize(
    "answer", ["{", "[]", "{}", "null", '{"id": 5}', "x" * 20_000, '{"id":"a","rawId":"b"}', "[" * 16_000]
)
def test_what_is_no_answer_does_not_count(with_key: Visitor, answer: str) -> None:
    with_key.sign_in(OWN)
    with_key.get("/login/second")
    assert with_key.send_key(answer).status_code == 401


def test_a_key_of_the_viewing_room_is_refused(zhang: Visitor, bureau: CountyWorld) -> None:
    """Its credential signs for the viewing room's host; one that claims to be it is refused too."""
    asked = options(zhang.get("/account/factors"))
    room = bureau.viewer
    made = room.key.create(room.rp_id, room.origin, "x", unb64u(asked["challenge"]))
    answer = zhang.post("/account/factors", do="key", credential=json.dumps(made), password=OWN)
    assert answer.status_code == 400 and not Factor.objects.exists()


def test_the_page_asks_for_no_viewing_key(zhang: Visitor) -> None:
    asked = options(zhang.get("/account/factors"))
    assert asked["rp"]["id"] == "julu.example" and "prf" not in json.dumps(asked)


def test_a_key_is_registered_once_over_all_logins(with_key: Visitor, bureau: CountyWorld) -> None:
    accounts.set_account("limin", OWN, bureau.second_officer)
    other = Visitor("limin", key=SoftKey(random=lambda n: unb64u(Factor.objects.get().credential or "")[:n]))
    other.sign_in(OWN)
    answer = other.enrol_key(password=OWN)
    assert answer.status_code == 400 and "registered already" in answer.content.decode()


# The system administrator.


def test_lost_factors_are_taken_away_by_the_system_administrator(with_app: Visitor) -> None:
    accounts.set_account("system", OWN, SYSTEM)
    system = Visitor("system")
    system.sign_in(OWN)
    assert "Take away" in system.get(f"/accounts/{OFFICER}").content.decode()
    system.post(f"/accounts/{OFFICER}", do="forget", sure="yes")
    assert not Factor.objects.exists() and changes()[-1] == "factor-removed"
    assert with_app.sign_in(OWN)["Location"] == "/"


def test_an_administrators_factor_is_not_taken_away_on_a_page(bureau: CountyWorld) -> None:
    """Else the system administrator could sign in as the one who grants rights."""
    sun = Visitor("sunmin")
    user, _is_new = accounts.set_account("sunmin", OWN, bureau.admins[0].person)
    sun.sign_in(OWN)
    sun.enrol_app(password=OWN)
    accounts.set_account("system", OWN, SYSTEM)
    system = Visitor("system")
    system.sign_in(OWN)
    answer = system.post(f"/accounts/{bureau.admins[0].person}", do="forget", sure="yes")
    assert answer.status_code == 400 and Factor.objects.count() == 1
    accounts.forget_factors(user, "julu", at_server=True)
    assert not Factor.objects.exists()


def test_an_administrator_without_a_factor_is_reset_at_the_server_only(bureau: CountyWorld) -> None:
    user, _is_new = accounts.set_account("sunmin", OWN, bureau.admins[0].person)
    with pytest.raises(CallerError) as refused:
        accounts.reset(user, SYSTEM)
    assert refused.value.code == "account-administrator"
    Visitor("sunmin", key=SoftKey()).sign_in(OWN)
    assert accounts.reset(user, "julu", at_server=True)


def test_a_reset_password_leaves_the_second_factor(with_app: Visitor) -> None:
    given = accounts.reset(User.objects.get(username="zhang"), SYSTEM)
    assert with_app.sign_in(given)["Location"] == "/login/second"


# Races, with real threads and connections.


@pytest.fixture
def raced(transactional_db: None, settings: Any, tmp_path: Any) -> Visitor:
    """A person with both factors, in tables that other threads see."""
    from support.county_world import make_home

    settings.ZHILU = make_home(tmp_path / "county")
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    CountyWorld(settings.ZHILU).found(with_catalogue=False)
    accounts.set_account("zhang", OWN, OFFICER)
    visitor = Visitor("zhang")
    visitor.sign_in(OWN)
    visitor.enrol_app(password=OWN)
    visitor.enrol_key(password=OWN)
    return out(visitor)


def at_once(work: Callable[[], object], count: int) -> list[object]:
    """What each of so many threads got."""
    barrier, got = threading.Barrier(count), []

    def run() -> None:
        barrier.wait()
        while True:
            try:
                got.append(work())
                break
            except OperationalError:  # SQLite in memory does not wait for another thread's write
                time.sleep(0.01)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_of_one_answer_at_once_one_counts(raced: Visitor) -> None:
    user, code, where = User.objects.get(username="zhang"), raced.code(), factors.place()
    assert at_once(lambda: factors.use_code(user, code), 4).count(True) == 1
    key = Factor.objects.get(kind="key")
    answer = assertion(raced.key, b"c" * 32, where.rp_id, ORIGIN, [unb64u(key.credential or "")])
    assert at_once(lambda: factors.use_key(user, b"c" * 32, answer), 4).count(True) == 1
    raced.sign_in(OWN)
    waiting = raced.client.session.session_key
    assert at_once(lambda: sessions.claim(waiting), 4).count(True) == 1


def test_of_many_guesses_at_once_five_are_judged(raced: Visitor) -> None:
    user = User.objects.get(username="zhang")
    judged = [spent for spent in at_once(lambda: tries.spend(user), 9) if spent]
    assert len(judged) <= 5
    assert tries.spend(user) == 0 or len(judged) < 5
