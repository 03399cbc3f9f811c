"""The outbox: gathers what waits for people with a confirmed address, and hands it to the mail server.

1. In one transaction the mail's row is made and its messages carry its number: they are counted in one mail.
2. The row is claimed, by putting off its next try. A crash before the server has taken it: that try sends it.
3. The server takes it.
4. The row says so. A crash between 3 and 4: it is sent once more, with the same Message-ID. Never is it lost.

A server that is away is left alone for some minutes, and no mail's tries are counted meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.db.models import F, Max, QuerySet

from zhilu.errors import WorldError, ZhiluError
from zhilu.server.addresses import is_mail_address
from zhilu.server.config import Mail as Config
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.alone import alone
from zhilu.server.organisation.models import User
from zhilu.server.organisation.services import factors
from zhilu.server.oversight import rules_mail as rules
from zhilu.server.oversight.models import Mail, MailAddress, MailServer, Message
from zhilu.server.oversight.rules_messages import MANY
from zhilu.server.oversight.services import mail_text, smtp
from zhilu.server.oversight.services.smtp import AWAY, LATER, REFUSED, SENT, Outcome, Session

log = logging.getLogger("zhilu.mail")
EVERY_S = 10.0
LOCK = "mail"
MOST_A_SESSION = 100
MOST_GATHERED = 5000
"""Messages that one mail counts; what is beyond comes with the next."""
AT_ONCE = 500
ONE = 1
KEPT = timedelta(days=365)


def run(stop: threading.Event) -> None:
    """Until `stop`, beside the ledger's pass; nothing where no mail server is set up."""
    rest, tries = 0.0, 0
    while not stop.wait(EVERY_S + rest):
        rest = 0.0
        config = settings.ZHILU.mail
        if config is None:
            continue
        try:
            gather(now())
            send_waiting(config)
            tries = 0
        except WorldError as error:
            tries += 1
            rest = rules.wait(tries, rules.AWAY_WAITS).total_seconds()
            log.warning("%s", error)
        except Exception:
            log.exception("no mail was sent")
        connections.close_all()  # none is held while it waits


# Gathering.


def gather(at: datetime) -> int:
    """A row for each person for whom something waits and a mail is due; how many."""
    with alone(LOCK):
        asked = MailAddress.objects.filter(
            confirmed_at__isnull=False,
            failures__lt=rules.MOST_FAILURES,
            person__in=User.objects.filter(is_active=True).values("person"),
        )
        waiting = set(_waiting().filter(person__in=asked.values("person")).values_list("person", flat=True))
        news = Mail.objects.filter(secret=b"", person__in=asked.values("person")).exclude(counts={})
        last = dict(news.values("person").annotate(last=Max("made_at")).values_list("person", "last"))
        return sum(
            _gather(one, at)
            for one in asked
            if one.person in waiting and rules.is_due(one.rhythm, at, last.get(one.person))
        )


def _waiting() -> QuerySet[Message]:
    return Message.objects.filter(read_at=None, settled_at=None, folded=False, mail=None)


def _gather(one: MailAddress, at: datetime) -> int:
    rows = list(_waiting().filter(person=one.person).order_by("id")[:MOST_GATHERED])
    counts: Counter[str] = Counter()
    for row in rows:
        many = row.code == MANY
        counts[str(row.params.get("of")) if many else row.code] += row.params.get("count", 1) if many else 1
    with transaction.atomic():
        mail = Mail.objects.create(
            person=one.person, address=one.address, counts=dict(counts), made_at=at, next_at=at
        )
        ids = [row.pk for row in rows]
        for start in range(0, len(ids), AT_ONCE):
            Message.objects.filter(pk__in=ids[start : start + AT_ONCE]).update(mail=mail.pk)
    return 1


# Sending.


def send_waiting(config: Config) -> int:
    """Whatever is due; how many were taken. A WorldError where the server is away."""
    with alone(LOCK):
        at = now()
        _give_up(at)
        old = Mail.objects.filter(made_at__lt=at - KEPT).exclude(sent_at=None, given_up_at=None)
        if old.exists():
            old.delete()
        due = list(_due(at).order_by("next_at", "id")[:MOST_A_SESSION])
        if not due:
            return 0
        try:
            with smtp.session(config) as session:
                sent = _send_all(config, session, due)
        except WorldError as error:
            _note_away(str(error.fields.get("answer", error.code)))
            raise
        MailServer.objects.update_or_create(id=ONE, defaults={"away_since": None, "away": ""})
        return sent


def _due(at: datetime) -> QuerySet[Mail]:
    return Mail.objects.filter(sent_at=None, given_up_at=None, next_at__lte=at)


def _give_up(at: datetime) -> None:
    """Read first: a statement that changes nothing would still make writers wait, on SQLite."""
    waiting = Mail.objects.filter(sent_at=None, given_up_at=None)
    codes = waiting.exclude(secret=b"").filter(made_at__lt=at - rules.CODE_COUNTS)
    for old in (codes, waiting.filter(made_at__lt=at - rules.KEPT_TRYING)):
        if old.exists():
            old.update(given_up_at=at, secret=b"", answer="old")


def _send_all(config: Config, session: Session, due: list[Mail]) -> int:
    sent = 0
    for mail in due:
        tries = mail.tries + 1
        mine = Mail.objects.filter(pk=mail.pk, tries=mail.tries, sent_at=None, given_up_at=None)
        if not mine.update(tries=tries, next_at=now() + rules.wait(tries)):
            continue  # another process has it
        text = _written(config, mail)
        outcome = session.send(text, mail.address) if text else Outcome(REFUSED, "unwritable")
        _note(mail, outcome)
        if outcome.state == AWAY:
            raise smtp.away(outcome.answer)
        sent += outcome.state == SENT
    return sent


def _written(config: Config, mail: Mail) -> EmailMessage | None:
    """None where no mail can be made of the row, whoever wrote it: it holds up no other."""
    try:
        if not is_mail_address(mail.address):
            return None
        if mail.secret:
            secret = factors.unseal(bytes(mail.secret), mail.person)
            return mail_text.code(config, mail.address, mail.pk, secret, mail.made_at)
        return mail_text.news(config, mail.address, mail.pk, mail.counts, mail.made_at)
    except (ZhiluError, ValueError, TypeError, AttributeError):
        return None


def _note(mail: Mail, outcome: Outcome) -> None:
    at = now()
    row, owner = Mail.objects.filter(pk=mail.pk), _owner(mail)
    if outcome.state == SENT:
        row.update(sent_at=at, secret=b"", answer="")
        owner.update(failures=0, failed_at=None, failed="")
        MailServer.objects.update_or_create(id=ONE, defaults={"sent_at": at})
    elif outcome.state == REFUSED:
        row.update(given_up_at=at, secret=b"", answer=outcome.answer)
        owner.update(failures=F("failures") + 1, failed_at=at, failed=outcome.answer)
    elif outcome.state in (LATER, AWAY):
        row.update(answer=outcome.answer)


def _owner(mail: Mail) -> QuerySet[MailAddress]:
    """Whoever has this address still."""
    return MailAddress.objects.filter(person=mail.person, address=mail.address)


def _note_away(answer: str) -> None:
    row, _made = MailServer.objects.get_or_create(id=ONE)
    MailServer.objects.filter(id=ONE).update(away_since=row.away_since or now(), away=answer[:40])


def forget(person: UUID) -> None:
    """Nothing more goes to what this person had."""
    Mail.objects.filter(person=person, sent_at=None, given_up_at=None).update(
        given_up_at=now(), secret=b"", answer="withdrawn"
    )
