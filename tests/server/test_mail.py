"""What goes out by mail, to a real mail server on this machine: sound, away, slow, refusing, forged."""

from __future__ import annotations

import argparse
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from support.county_world import OFFICER, CountyWorld, named_id
from support.logins import OWN
from support.mail_server import PASSWORD, Behaviour, serving
from support.ports import free_tcp_port
from zhilu.errors import CallerError, WorldError
from zhilu.server import config as configuration
from zhilu.server.addresses import is_mail_address
from zhilu.server.config import Mail as Config
from zhilu.server.ledger import clock
from zhilu.server.organisation.services import accounts
from zhilu.server.oversight import rules_mail as rules
from zhilu.server.oversight.models import Mail, MailAddress, MailServer, Message
from zhilu.server.oversight.services import mail_addresses, messages, outbox, smtp

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")
ME, HE = UUID(OFFICER), UUID(str(named_id("system")))
MINE = "zhang.jianguo@julu.example"


class World:
    def __init__(self, behaviour: Behaviour, config: Config, settings: Any) -> None:
        self.behaviour, self.config, self._settings = behaviour, config, settings
        self.set(config)

    def set(self, config: Config) -> None:
        self.config = config
        self._settings.ZHILU = replace(self._settings.ZHILU, mail=config)

    def send(self) -> int:
        outbox.gather(clock.now())
        return outbox.send_waiting(self.config)

    def has(self, person: UUID = ME, address: str = MINE, rhythm: str = "soon") -> None:
        """A confirmed address."""
        MailAddress.objects.create(
            person=person, address=address, rhythm=rhythm, confirmed_at=datetime.now(UTC)
        )

    def tell(self, count: int = 1, person: UUID = ME) -> None:
        at, before = datetime.now(UTC), Message.objects.count()
        Message.objects.bulk_create(
            Message(person=person, code="mailed", key=f"n{n}", digest=f"{n:032}", at=at)
            for n in range(before, before + count)
        )


@pytest.fixture
def mail(
    world: CountyWorld, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    world.found(with_catalogue=False)
    for name, person in (("zhang", ME), ("system", HE)):
        accounts.set_account(name, OWN, str(person))
    monkeypatch.setitem(messages.KINDS, "mailed", messages.Kind("mailed", "Things to do", "", {}))
    behaviour = Behaviour()
    with serving(tmp_path, behaviour) as config:
        yield World(behaviour, config, settings)


def then(moment: datetime) -> Any:
    return clock.set_to(lambda: moment.astimezone(UTC))


def at(later: timedelta) -> Any:
    return clock.set_to(lambda: datetime.now(UTC) + later)


def test_a_mail_says_how_much_of_what_and_where_to_sign_in(mail: World) -> None:
    mail.has()
    mail.tell(3)
    assert mail.send() == 1
    (to, sent), text = mail.behaviour.takes[0], mail.behaviour.takes[0][1].get_content()
    assert to == MINE and sent["To"] == MINE and sent["From"] == "zhilu@julu.example"
    assert sent["Subject"] == "执录 Zhilu: 新消息 3 条 / New messages: 3"
    assert "Things to do: 3" in text and "https://julu.example/messages" in text
    assert "张建国" not in text and sent["Auto-Submitted"] == "auto-generated"
    assert mail.behaviour.greeted_by == "julu.example"
    assert mail.send() == 0 and len(mail.behaviour.takes) == 1


@pytest.mark.db
def test_what_comes_soon_after_waits_for_the_next(mail: World) -> None:
    mail.has()
    mail.tell()
    assert mail.send() == 1
    mail.tell(2)
    assert mail.send() == 0
    with at(timedelta(minutes=31)):
        assert mail.send() == 1
    assert "Things to do: 2" in mail.behaviour.takes[1][1].get_content()


def test_daily_is_once_a_day_from_eight(mail: World) -> None:
    mail.has(rhythm="daily")
    moments = [(1, 7, 0), (1, 8, 1), (1, 9, 1), (2, 7, 0), (2, 12, 1)]
    for day, hour, expected in moments:
        mail.tell()
        moment = datetime(2026, 12, day, hour, 30, tzinfo=clock.BEIJING)
        with then(moment):
            assert mail.send() == (1 if expected and hour != 9 else 0), (day, hour)


def test_a_flood_is_one_mail(mail: World) -> None:
    mail.has()
    mail.tell(1200)
    assert mail.send() == 1
    assert "Things to do: 1200" in mail.behaviour.takes[0][1].get_content()


def test_what_was_read_or_settled_or_who_is_shut_out_gets_none(mail: World) -> None:
    mail.has()
    mail.tell(2)
    first, second = Message.objects.order_by("id")
    messages.read(ME, first.pk)
    Message.objects.filter(pk=second.pk).update(settled_at=datetime.now(UTC))
    assert mail.send() == 0
    mail.tell()
    from zhilu.server.organisation.models import User

    User.objects.filter(person=ME).update(is_active=False)
    assert mail.send() == 0


# The address.


def code_in(mail: World) -> str:
    text = mail.behaviour.takes[-1][1].get_content()
    found = re.search(r"\b\d{8}\b", text)
    assert found
    return found[0]


def test_an_address_counts_once_its_code_came_back(mail: World) -> None:
    mail_addresses.ask(ME, MINE, "soon")
    mail.tell()
    assert mail.send() == 1  # the code, and nothing else
    with pytest.raises(CallerError, match="mail-code-wrong"):
        mail_addresses.confirm(ME, "00000000")
    code = code_in(mail)
    assert code not in str(list(Mail.objects.values())) and code not in str(
        list(MailAddress.objects.values())
    )
    mail_addresses.confirm(ME, code)
    assert mail.send() == 1 and len(mail.behaviour.takes) == 2
    with pytest.raises(CallerError, match="mail-code-over"):
        mail_addresses.confirm(ME, code)


def test_a_code_is_guessed_five_times_and_lasts_half_an_hour(mail: World) -> None:
    mail_addresses.ask(ME, MINE, "soon")
    mail.send()
    code = code_in(mail)
    with at(timedelta(minutes=31)), pytest.raises(CallerError, match="mail-code-over"):
        mail_addresses.confirm(ME, code)
    for _ in range(5):
        with pytest.raises(CallerError, match="mail-code-wrong"):
            mail_addresses.confirm(ME, "1")
    with pytest.raises(CallerError, match="mail-code-over"):
        mail_addresses.confirm(ME, code)


def test_nobodys_mailbox_is_filled_with_codes(mail: World) -> None:
    for _ in range(3):
        mail_addresses.ask(ME, MINE, "soon")
    for _ in range(2):
        mail_addresses.ask(HE, MINE.upper(), "soon")
    with pytest.raises(CallerError, match="mail-codes"):
        mail_addresses.ask(HE, MINE, "soon")
    assert mail.send() == 2  # an older code of the same person counts no more


@pytest.mark.parametrize(
    "bad",
    [
        "", "zhang", "@julu.example", "zhang@", "zhang@localhost", "a b@julu.example", "a@b@julu.example",
        "zhang@julu.example\r\nBcc: all@julu.example", "zhang@julu.example\n", "zhang\r@julu.example",
        "\"x\"@julu.example", "<zhang@julu.example>", "zhang@julu.example>", "zhang@julu.example SIZE=1",
        "张@julu.example", "zhang@巨鹿.example", "zhang@[127.0.0.1]", ".a@julu.example", "a..b@julu.example",
        "zhang@-julu.example", "a" * 65 + "@julu.example", "a@" + "b." * 130 + "example", "a\0@julu.example",
        "zhang@julu.example,li@julu.example", "zhang@julu.example;x", "a@b．example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(mail: World, bad: str) -> None:
    assert not is_mail_address(bad)
    with pytest.raises(CallerError, match="mail-address"):
        mail_addresses.ask(ME, bad, "soon")
    assert not Mail.objects.exists()


@pytest.mark.db
def test_a_bad_address_in_the_row_ends_no_line_of_the_head(mail: World) -> None:
    """Whoever writes the database by hand."""
    mail.has(address="a@julu.example\r\nBcc: b@julu.example")
    mail.has(HE, "system@julu.example")
    mail.tell()
    mail.tell(1, HE)
    mail.send()
    assert [to for to, _ in mail.behaviour.takes] == ["system@julu.example"]


# The server.


def test_tls_by_the_first_byte(mail: World, tmp_path: Path) -> None:
    mail.has()
    mail.tell()
    (tmp_path / "implicit").mkdir()
    behaviour = Behaviour()
    with serving(tmp_path / "implicit", behaviour, tls="implicit") as config:
        mail.set(config)
        assert mail.send() == 1 and len(behaviour.takes) == 1


def fails(mail: World, answer: str) -> None:
    with pytest.raises(WorldError, match="mail-away") as caught:
        mail.send()
    assert caught.value.fields["answer"] == answer
    assert MailServer.objects.get().away == answer and MailServer.objects.get().away_since
    assert not mail.behaviour.takes and Mail.objects.get().tries == 0


def test_a_certificate_of_somebody_else_gets_nothing(mail: World, tmp_path: Path) -> None:
    mail.has()
    mail.tell()
    (tmp_path / "other").mkdir()
    with serving(tmp_path / "other", mail.behaviour, name="elsewhere.example") as config:
        mail.set(config)
        fails(mail, "certificate")  # the right authority, another name
        mail.set(replace(config, ca_file=None))
        fails(mail, "certificate")  # nobody vouches for it


def test_a_server_without_tls_gets_no_password(mail: World, tmp_path: Path) -> None:
    mail.has()
    mail.tell()
    (tmp_path / "plain").mkdir()
    with serving(tmp_path / "plain", mail.behaviour, tls="none") as config:
        mail.set(replace(config, tls="starttls"))
        fails(mail, "unsupported")


def test_a_wrong_password_is_said_without_it(mail: World, caplog: pytest.LogCaptureFixture) -> None:
    mail.has()
    mail.tell()
    assert mail.config.password_file
    mail.config.password_file.write_text("wrong pony")
    with caplog.at_level(logging.DEBUG):
        fails(mail, "auth-535")
    assert "pony" not in caplog.text
    mail.config.password_file.write_text(PASSWORD)
    assert mail.send() == 1 and MailServer.objects.get().away_since is None
    assert PASSWORD not in caplog.text


def test_a_password_that_others_may_read_is_not_used(mail: World) -> None:
    mail.has()
    mail.tell()
    assert mail.config.password_file
    mail.config.password_file.chmod(0o644)
    fails(mail, "password-open")
    mail.config.password_file.unlink()
    fails(mail, "password-file")


def test_a_server_that_is_away_costs_no_tries(mail: World) -> None:
    mail.has()
    mail.tell()
    sound = mail.config
    mail.set(replace(sound, tcp_port=free_tcp_port()))
    fails(mail, "refused-connection")
    mail.set(sound)
    assert mail.send() == 1


def test_a_refused_recipient_is_remembered_and_left_alone(mail: World) -> None:
    mail.has()
    mail.has(HE, "system@julu.example")
    mail.behaviour.at_recipient = lambda to: "550 5.1.1 no such user Zhang" if to == MINE else None
    for day in range(5):
        mail.tell()
        mail.tell(1, HE)
        with at(timedelta(days=day)):
            mail.send()
    row = MailAddress.objects.get(person=ME)
    assert (row.failures, row.failed) == (3, "550") and row.failed_at
    refused = Mail.objects.filter(person=ME)
    assert refused.count() == 3 and all(one.given_up_at and one.answer == "550" for one in refused)
    assert [to for to, _ in mail.behaviour.takes] == ["system@julu.example"] * 5


def test_greylisting_is_waited_out(mail: World) -> None:
    mail.has()
    mail.tell()
    answers = iter(["451 4.7.1 greylisted", "451 again"])
    mail.behaviour.at_recipient = lambda to: next(answers, None)
    assert mail.send() == 0 and mail.send() == 0
    assert Mail.objects.get().answer == "451" and MailAddress.objects.get().failures == 0
    with at(timedelta(minutes=2)):
        assert mail.send() == 0
    with at(timedelta(minutes=4)):
        assert mail.send() == 0
    with at(timedelta(minutes=8)):
        assert mail.send() == 1


def test_a_text_that_is_refused_is_not_the_addresss_fault(mail: World) -> None:
    mail.has()
    mail.tell()
    mail.behaviour.at_data = lambda: "554 5.7.1 spam"
    assert mail.send() == 0
    assert Mail.objects.get().given_up_at is None and MailAddress.objects.get().failures == 0
    with at(timedelta(days=3, minutes=1)):
        outbox.send_waiting(mail.config)
    assert Mail.objects.get().answer == "old" and Mail.objects.get().given_up_at


def test_a_slow_server_is_left(mail: World) -> None:
    mail.has()
    mail.tell()
    mail.behaviour.slow_s = 60
    mail.set(replace(mail.config, patience_s=4))  # enough for all that is said before
    begun = time.monotonic()
    with pytest.raises(WorldError, match="mail-away") as caught:
        mail.send()
    assert caught.value.fields["answer"] == "slow" and time.monotonic() - begun < 60
    assert Mail.objects.get().tries == 1 and Mail.objects.get().sent_at is None


def test_a_server_that_drips_is_left_too(mail: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its bytes comes within the time for an answer."""
    monkeypatch.setattr(smtp, "MOST_S", 2)
    mail.has()
    mail.tell()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        taken, _ = listener.accept()
        with taken:
            try:
                taken.sendall(b"220 hello\r\n")
                while True:
                    taken.sendall(b"2")
                    time.sleep(0.3)
            except OSError:
                pass

    threading.Thread(target=drip, daemon=True).start()
    mail.set(replace(mail.config, host="127.0.0.1", tcp_port=listener.getsockname()[1], patience_s=1))
    begun = time.monotonic()
    with pytest.raises(WorldError, match="mail-away"):
        mail.send()
    assert time.monotonic() - begun < 60
    listener.close()


# Crashes and crowds.


class Killed(BaseException):
    """No handler catches it, as none catches a kill."""


@pytest.mark.db
def test_killed_between_the_server_and_the_row_it_comes_twice_and_alike(
    mail: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.has()
    mail.tell()

    def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(outbox, "_note", killed)
        mail.send()
    assert len(mail.behaviour.takes) == 1 and mail.send() == 0
    with at(timedelta(minutes=2)):
        assert mail.send() == 1
    with at(timedelta(hours=9)):
        assert mail.send() == 0
    first, second = (sent["Message-ID"] for _, sent in mail.behaviour.takes)
    assert first == second


@pytest.mark.db
def test_killed_before_the_server_it_is_not_lost(mail: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.has()
    mail.tell()

    def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(outbox, "_written", killed)
        mail.send()
    assert not mail.behaviour.takes
    with at(timedelta(minutes=2)):
        assert mail.send() == 1


@pytest.mark.db
def test_a_row_that_another_has_claimed_is_not_sent(mail: World) -> None:
    mail.has()
    mail.tell()
    outbox.gather(clock.now())
    due = list(Mail.objects.all())
    Mail.objects.update(tries=1)  # by the other, since it was read
    with smtp.session(mail.config) as session:
        assert outbox._send_all(mail.config, session, due) == 0
    assert not mail.behaviour.takes


@pytest.mark.db
def test_a_long_queue_goes_out_in_parts(mail: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_A_SESSION", 20)
    now = datetime.now(UTC)
    Mail.objects.bulk_create(
        Mail(person=ME, address=f"u{n}@julu.example", counts={"mailed": 1}, made_at=now, next_at=now)
        for n in range(50)
    )
    assert [outbox.send_waiting(mail.config) for _ in range(4)] == [20, 20, 10, 0]
    assert len({to for to, _ in mail.behaviour.takes}) == 50


# Configuration.

SOUND: dict[str, Any] = {"host": "mail.julu.example", "from": "zhilu@julu.example"}


def parsed(table: dict[str, Any], **web: Any) -> Config | None:
    whole: dict[str, Any] = {"tier": "county", "bureau": "julu", "domain": "example", "mail": table}
    whole["web"] = {"tcp_port": 8600, "authority": "julu.example", **web}
    return configuration.parse(whole, Path("/srv/zhilu")).mail


def test_what_server_toml_says_of_mail() -> None:
    assert parsed({}) is None
    found = parsed(SOUND, secure_cookies=True)
    assert found and (found.tcp_port, found.tls, found.base_url) == (587, "starttls", "https://julu.example")
    found = parsed(SOUND | {"tls": "implicit", "user": "zhilu", "password_file": "smtp.password"})
    assert found and (found.tcp_port, found.password_file) == (465, Path("/srv/zhilu/smtp.password"))
    assert parsed(SOUND | {"host": "127.0.0.1", "tls": "none", "tcp_port": 25})


@pytest.mark.parametrize(
    "odd",
    [
        {"host": ""}, {"host": "a b"}, {"host": "mail\r\n"}, {"from": "nobody"}, {"from": "a@b.c\nX: y"},
        {"tls": "maybe"}, {"tls": "none"}, {"tcp_port": 0}, {"tcp_port": "587"}, {"user": "zhilu"},
        {"password_file": "x"}, {"base_url": "julu.example"}, {"base_url": "https://julu.example/x"},
        {"base_url": "javascript:x"}, {"base_url": "https://a@julu.example"}, {"patience_s": 0},
        {"user": "a\nb", "password_file": "x"},
    ],
)  # fmt: skip
def test_what_it_may_not_say(odd: dict[str, Any]) -> None:
    with pytest.raises(CallerError, match="server-config"):
        parsed(SOUND | odd)


def test_waits_grow(mail: World) -> None:
    assert [int(rules.wait(n).total_seconds()) // 60 for n in range(1, 8)] == [1, 5, 15, 60, 240, 240, 240]


def test_the_command_sends_one_and_says_what_became_of_it(
    mail: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from zhilu.server.commands import boot
    from zhilu.server.commands import mail as command

    asked = argparse.Namespace(home=Path("/nowhere"), to=MINE)
    monkeypatch.setattr(boot, "start", lambda home: replace(configuration.Config(home), mail=mail.config))
    command.run(asked)
    assert MINE in capsys.readouterr().out and mail.behaviour.takes[0][0] == MINE
    mail.behaviour.at_recipient = lambda to: "550 no"
    with pytest.raises(WorldError, match="mail-refused answer=550"):
        command.run(asked)
    for to in ("x", "a@b.c\r\nRCPT TO:<d@e.f>"):
        with pytest.raises(CallerError, match="mail-address"):
            command.run(argparse.Namespace(home=Path("/nowhere"), to=to))
