"""`zhilu server mail`: one mail to an address, now, with what server.toml says; and what became of it."""

from __future__ import annotations

import argparse

from zhilu.errors import CallerError, WorldError
from zhilu.i18n import _
from zhilu.server.addresses import is_mail_address
from zhilu.server.commands import boot


def run(arguments: argparse.Namespace) -> None:
    config = boot.start(arguments.home).mail
    if config is None:
        raise CallerError("mail-unset", "server.toml has no section [mail].")
    if not is_mail_address(arguments.to):
        raise CallerError("mail-address", "This is no e-mail address that can be used: plain letters, one @.")
    from zhilu.server.ledger.clock import now
    from zhilu.server.oversight.services import mail_text, smtp

    with smtp.session(config) as session:
        outcome = session.send(mail_text.news(config, arguments.to, 0, {}, now()), arguments.to)
    if outcome.state != smtp.SENT:
        raise WorldError("mail-refused", "The mail server did not take it: {answer}", answer=outcome.answer)
    print(_("The mail server has taken a mail for {address}.").format(address=arguments.to))
