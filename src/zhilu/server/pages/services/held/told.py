"""What one was told, and where mail goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhilu.server.oversight.models import MailAddress, Message
from zhilu.server.oversight.services import messages as told
from zhilu.server.pages.services import message_texts
from zhilu.server.pages.services.held.part import Cells, Linked


def messages(person: UUID) -> Any:
    return Message.objects.filter(told.of(person)).order_by("-at", "-id")


def of_messages(person: UUID, rows: Sequence[Message]) -> Iterable[Cells]:
    for line in message_texts.lines(rows):
        one = line.message
        state = _("done with") if one.settled_at else _("read") if one.read_at else _("unread")
        yield [one.at, Linked(line.title, one.path) if one.path else line.title, line.text, state]


def addresses(person: UUID) -> Any:
    return MailAddress.objects.filter(person=person).order_by("person")


def of_addresses(person: UUID, rows: Sequence[MailAddress]) -> Iterable[Cells]:
    for one in rows:
        yield [one.address, one.confirmed_at, one.failed_at, one.failed]
