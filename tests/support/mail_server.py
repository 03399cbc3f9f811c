"""A real mail server on this machine (aiosmtpd): STARTTLS and sign-in, and what one can do wrong."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from support.front import certificate
from support.ports import free_tcp_port
from zhilu.server.config import Mail

USER, PASSWORD = "zhilu", "right horse"


class Behaviour:
    """What it answers; `None` is what a sound server answers. `takes`: the mails that it took."""

    def __init__(self) -> None:
        self.takes: list[tuple[str, EmailMessage]] = []
        self.at_recipient: Callable[[str], str | None] = lambda address: None
        self.at_data: Callable[[], str | None] = lambda: None
        self.slow_s = 0.0
        self.after: Callable[[], None] = lambda: None
        self.greeted_by = ""

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = self.at_recipient(address)
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        await asyncio.sleep(self.slow_s)
        if said := self.at_data():
            return said
        assert isinstance(envelope.content, bytes)
        mail: Any = message_from_bytes(envelope.content, policy=default)
        self.greeted_by = session.host_name
        self.takes += [(address, mail) for address in envelope.rcpt_tos]
        self.after()
        return "250 OK"


def _signs_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=good, handled=good)


@contextmanager
def serving(
    folder: Path, behaviour: Behaviour, *, tls: str = "starttls", name: str = "localhost"
) -> Iterator[Mail]:
    """How to reach it; its certificate is for `name`."""
    key, chain = certificate(folder, name)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)
    more: dict[str, Any] = {}
    if tls == "starttls":
        more = {"tls_context": context, "require_starttls": True}
    elif tls == "implicit":
        more = {"ssl_context": context}
    more |= {"authenticator": _signs_in, "auth_required": True, "auth_require_tls": tls == "starttls"}
    controller = Controller(behaviour, hostname="127.0.0.1", port=free_tcp_port(), ready_timeout=60, **more)
    password = folder / "smtp.password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD + "\n")
    controller.start()
    try:
        yield Mail(
            host="localhost",
            tcp_port=controller.port,
            tls=tls,
            sender="zhilu@julu.example",
            base_url="https://julu.example",
            user=USER,
            password_file=password,
            ca_file=chain,
            patience_s=60,
        )
    finally:
        controller.stop()
