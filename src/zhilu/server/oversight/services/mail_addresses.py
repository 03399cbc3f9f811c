"""A person's address: set by the person, and confirmed by a code that is sent there."""

from __future__ import annotations

import hmac
import secrets
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from zhilu.errors import CallerError
from zhilu.server.addresses import is_mail_address
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import midnight, now, today
from zhilu.server.organisation.services import factors
from zhilu.server.oversight import rules_mail as rules
from zhilu.server.oversight.models import Mail, MailAddress
from zhilu.server.oversight.services import outbox

SALT = "zhilu.mail-code"


def of(person: UUID) -> MailAddress | None:
    return MailAddress.objects.filter(person=person).first()


def ask(person: UUID, address: str, rhythm: str) -> None:
    """Take the address, and send a code there. Until it is typed in, nothing else goes out."""
    if settings.ZHILU.mail is None:
        raise CallerError("mail-unset", "This server sends no e-mail.")
    if not is_mail_address(address):
        raise CallerError("mail-address", "This is no e-mail address that can be used: plain letters, one @.")
    if rhythm not in rules.RHYTHMS:
        raise CallerError("mail-rhythm", "Choose how often.")
    code, at = f"{secrets.randbelow(10**8):08}", now()
    with lock.held():  # many at once are counted one after another
        today_sent = Mail.objects.filter(counts={}, made_at__gte=midnight(today()))
        # A mailbox of somebody else is not to be filled by codes, and not by many people either.
        mine, theirs = today_sent.filter(person=person), today_sent.filter(address__iexact=address)
        if max(mine.count(), theirs.count()) >= rules.CODES_A_DAY:
            raise CallerError("mail-codes", "No more than {most} codes a day.", most=rules.CODES_A_DAY)
        outbox.forget(person)
        MailAddress.objects.update_or_create(
            person=person,
            defaults={
                "address": address,
                "rhythm": rhythm,
                "code_hash": _hash(person, address, code),
                "code_until": at + rules.CODE_COUNTS,
                "tries": 0,
                "confirmed_at": None,
                "failures": 0,
                "failed_at": None,
                "failed": "",
            },
        )
        Mail.objects.create(
            person=person, address=address, secret=factors.seal(code, person), made_at=at, next_at=at
        )


def confirm(person: UUID, code: str) -> None:
    """A try is counted before it is judged: many at once are as many."""
    waiting = MailAddress.objects.filter(person=person, confirmed_at=None, code_until__gt=now())
    if not waiting.filter(tries__lt=rules.CODE_TRIES).update(tries=F("tries") + 1):
        raise CallerError("mail-code-over", "This code counts no more: have another one sent.")
    one = waiting.first()
    if one is None or not hmac.compare_digest(one.code_hash, _hash(person, one.address, code)):
        raise CallerError("mail-code-wrong", "This is not the code that was sent.")
    waiting.filter(code_hash=one.code_hash).update(confirmed_at=now(), code_hash="", code_until=None)


def set_rhythm(person: UUID, rhythm: str) -> None:
    if rhythm not in rules.RHYTHMS:
        raise CallerError("mail-rhythm", "Choose how often.")
    MailAddress.objects.filter(person=person).update(rhythm=rhythm)


def remove(person: UUID) -> None:
    with transaction.atomic():
        outbox.forget(person)
        MailAddress.objects.filter(person=person).delete()


def _hash(person: UUID, address: str, code: str) -> str:
    return salted_hmac(SALT, f"{person}/{address}/{code}", algorithm="sha256").hexdigest()
