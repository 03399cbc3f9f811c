"""One conversation with the mail server: TLS checked, signed in, and an end to patience.

What the server answers becomes an outcome. Its words are not kept: they may hold the address, or whatever
somebody had it say. Its codes are. The password is read when it is used, and stands in no message of ours.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

from zhilu.errors import WorldError
from zhilu.server.config import Mail

SENT, LATER, REFUSED, AWAY = "sent", "later", "refused", "away"
MOST_S = 6
"""Times the patience for one answer: so long may a whole mail take, or the sign-in."""
OPEN_TO_OTHERS = 0o077
REFUSES = (550, 551, 552, 553, 554, 556)
"""What a server says that does not take mail for this address, now or ever."""


@dataclass(frozen=True)
class Outcome:
    """`answer`: the server's code, or what kept it from answering."""

    state: str
    answer: str = ""


class Session:
    def __init__(self, config: Mail, server: smtplib.SMTP) -> None:
        self._config, self._server = config, server

    def send(self, mail: EmailMessage, to: str) -> Outcome:
        """Never an exception. AWAY: this session is over, and the mail may or may not have been taken."""
        try:
            with self._patience():
                refused = self._server.send_message(mail, self._config.sender, [to])
            return Outcome(SENT) if not refused else Outcome(LATER, "some")
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            return Outcome(REFUSED if code in REFUSES else LATER, str(code))
        except smtplib.SMTPResponseException as error:
            # The sender or the text was refused: nothing that this address can do about.
            return Outcome(LATER, str(error.smtp_code))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return Outcome(AWAY, reason(error))

    @contextmanager
    def _patience(self) -> Iterator[None]:
        with impatient(self._server, self._config.patience_s * MOST_S):
            yield


@contextmanager
def session(config: Mail) -> Iterator[Session]:
    """A WorldError (`mail-*`) where there is none."""
    password = read_password(config)
    with contextlib.ExitStack() as stack:
        try:
            server = _connect(config)
            stack.callback(_close, server)
            with impatient(server, config.patience_s * MOST_S):
                _secure(config, server)
                if config.user:
                    server.login(config.user, password)
        except smtplib.SMTPAuthenticationError as error:
            # `from None`: the error holds what was sent.
            raise away(f"auth-{error.smtp_code}") from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise away(reason(error)) from None
        yield Session(config, server)


def away(answer: str) -> WorldError:
    return WorldError("mail-away", "The mail server takes nothing: {answer}", answer=answer)


def read_password(config: Mail) -> str:
    """Of the file that server.toml names; nobody else may read it."""
    if config.password_file is None:
        return ""
    try:
        if config.password_file.stat().st_mode & OPEN_TO_OTHERS:
            raise away("password-open")
        return config.password_file.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise away("password-file") from None


def _connect(config: Mail) -> smtplib.SMTP:
    wait, own = float(config.patience_s), own_name(config)
    if config.tls == "implicit":
        return smtplib.SMTP_SSL(config.host, config.tcp_port, own, timeout=wait, context=trusted(config))
    return smtplib.SMTP(config.host, config.tcp_port, own, timeout=wait)


def own_name(config: Mail) -> str:
    """By which the pages are known: the machine's own name is nobody's business, and asking for it can take
    long.
    """
    host = urlsplit(config.base_url).hostname or "localhost"
    return f"[IPv6:{host}]" if ":" in host else host


def _secure(config: Mail, server: smtplib.SMTP) -> None:
    if config.tls == "starttls":
        server.starttls(context=trusted(config))  # a server without it is an error, not plain text


def trusted(config: Mail) -> ssl.SSLContext:
    """By name, and by the system's authorities or those of `ca_file` alone."""
    context = ssl.create_default_context(cafile=str(config.ca_file) if config.ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _close(server: smtplib.SMTP) -> None:
    with contextlib.suppress(smtplib.SMTPException, OSError, ValueError), impatient(server, 5):
        server.quit()
    with contextlib.suppress(OSError):
        server.close()


@contextmanager
def impatient(server: smtplib.SMTP, most_s: float) -> Iterator[None]:
    """A server that answers a character a minute keeps within each answer's time: the whole has one too."""
    timer = threading.Timer(most_s, _cut, [server])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(server: smtplib.SMTP) -> None:
    found = server.sock
    if found is not None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(found, socket.SHUT_RDWR)


def reason(error: Exception) -> str:
    """A code of what went wrong, without a word of the other side's."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(error, ssl.SSLError):
        return "tls"
    # smtplib hides it in an error of its own.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "slow"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "unsupported"
    if isinstance(error, socket.gaierror):
        return "no-such-host"
    if isinstance(error, ConnectionRefusedError):
        return "refused-connection"
    if isinstance(error, smtplib.SMTPResponseException):
        return str(error.smtp_code)
    return "cut-off"
