"""Messages inside the platform, and what of them goes out by mail. Ordinary rows of the own database: a
message is a hint, and what it points to is the record. No row holds a name or a text of somebody.
"""

from __future__ import annotations

from django.db import models


class Message(models.Model):
    """Told to one person, once for each key. `code` says which text, `params` what stands in it; `folded`:
    beyond a day's number of that code, kept only so that it is not told again. `settled_at`: its reason is
    gone. `mail`: the mail that counted it. `digest`: of person, code and key (rules_messages.digest), by
    which it is looked up.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.UUIDField()
    code = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    digest = models.CharField(max_length=32, unique=True)
    params = models.JSONField(default=dict)
    path = models.CharField(max_length=200, default="")
    at = models.DateTimeField()
    folded = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    mail = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-at", "-id"], name="message_newest"),
            models.Index(
                fields=["person"],
                condition=models.Q(read_at=None, settled_at=None, folded=False),
                name="message_unread",
            ),
            models.Index(fields=["code"], condition=models.Q(settled_at=None), name="message_unsettled"),
            models.Index(fields=["at"], name="message_by_time"),
        ]


class MailAddress(models.Model):
    """Where a person wants mail. It counts once the code that was sent there was typed in. `failures`: in a
    row, of mails that the other side refused for good; `failed`: its answer's code.
    """

    person = models.UUIDField(primary_key=True)
    address = models.CharField(max_length=254)
    rhythm = models.CharField(max_length=8, default="soon")
    code_hash = models.CharField(max_length=64, default="")
    code_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    failed = models.CharField(max_length=40, default="")


class Mail(models.Model):
    """The outbox. `counts`: message code → how many; of a mail with a code for an address, nothing.
    `sent_at` and `given_up_at`: at most one of them is set. The row is claimed by putting off `next_at`.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.UUIDField()
    address = models.CharField(max_length=254)
    counts = models.JSONField(default=dict)
    secret = models.BinaryField(default=b"")  # a code for an address, encrypted; empty once it is sent
    made_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=40, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at", "id"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="mail_waiting",
            ),
            models.Index(fields=["person", "-made_at"], name="mail_of_person"),
            models.Index(fields=["made_at"], name="mail_by_time"),
        ]


class MailServer(models.Model):
    """One row: when the server last took a mail; since when it takes none, and what it then said."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    sent_at = models.DateTimeField(null=True)
    away_since = models.DateTimeField(null=True)
    away = models.CharField(max_length=40, default="")
