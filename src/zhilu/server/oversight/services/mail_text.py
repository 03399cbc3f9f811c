"""What a mail says: how many messages of which kind, and where to sign in; Chinese first, then English. Who
reads it besides learns figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from zhilu.demonstration import is_demonstration
from zhilu.server.config import Mail
from zhilu.server.oversight.services.messages import KINDS

LANGUAGES = ("zh-hans", "en")


def news(config: Mail, to: str, number: int, counts: Mapping[str, int], at: datetime) -> EmailMessage:
    """`number`: of the row in the outbox, which tells a second delivery from a second mail."""
    subjects, bodies = [], []
    total = sum(counts.values())
    for language in LANGUAGES:
        with translation.override(language):
            subjects.append(_("New messages: %(count)s") % {"count": total})
            kinds = sorted((str(KINDS[code].title), count) for code, count in counts.items() if code in KINDS)
            lines = [f"- {title}: {count}" for title, count in kinds]
            sign_in = _("Sign in to read them: %(address)s") % {"address": _address(config)}
            bodies.append("\n".join([_("There are messages for you in Zhilu:"), *lines, "", sign_in, _end()]))
    return _mail(config, to, number, subjects, bodies, at)


def code(config: Mail, to: str, number: int, secret: str, at: datetime) -> EmailMessage:
    """To prove that the address is the person's."""
    subjects, bodies = [], []
    for language in LANGUAGES:
        with translation.override(language):
            subjects.append(_("Confirm this address"))
            told = _("Code: %(code)s. Enter it under My account, Messages by e-mail, within half an hour.")
            unasked = _("If you did not ask for it, do nothing: without the code nothing is sent here.")
            bodies.append("\n".join([told % {"code": secret}, unasked, "", _address(config)]))
    return _mail(config, to, number, subjects, bodies, at)


def _address(config: Mail) -> str:
    return config.base_url + reverse("messages")


def _end() -> str:
    return _("This mail was made by a program; nobody reads answers.")


def _mail(
    config: Mail, to: str, number: int, subjects: list[str], bodies: list[str], at: datetime
) -> EmailMessage:
    """The head's values are a checked address, a fixed text or a number: none of them can end its line, and
    the library refuses one that could.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = config.sender, to
    mark = "DEMO " if is_demonstration(settings.ZHILU.domain) else ""
    mail["Subject"] = f"{mark}执录 Zhilu: {' / '.join(subjects)}"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = (
        f"<{number}.{int(at.timestamp())}.{settings.ZHILU.bureau}@{config.sender.partition('@')[2]}>"
    )
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n\n".join(bodies) + "\n", cte="base64")
    return mail
