"""The first administrators, made by `init` with the founding entries: no account comes from elsewhere.

`--administrator "ROLE:LOGIN:NAME"`, ROLE one of system, security, audit; at least one, two, one of them: a
security key is witnessed by two security administrators. Each gets a one-time password.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from zhilu.encoding import sha256
from zhilu.errors import CallerError
from zhilu.server.config import Config
from zhilu.server.ledger.clock import new_id

if TYPE_CHECKING:
    from zhilu.server.ledger.services.commit import Proposal

ROLES = {
    "system": "system-administrator",
    "security": "security-administrator",
    "audit": "audit-administrator",
}
LEAST = {"system": 1, "security": 2, "audit": 1}
MOST = 20


@dataclass(frozen=True)
class Founder:
    """`role` as in the ledger."""

    role: str
    login: str
    name: str
    person: str = field(default_factory=lambda: str(new_id()))


def parse(wanted: list[str]) -> list[Founder]:
    found = [_parse_one(text) for text in wanted]
    if not found:
        return []
    held = [one.role for one in found]
    if len(found) > MOST or any(held.count(ROLES[role]) < least for role, least in LEAST.items()):
        raise CallerError(
            "administrators",
            "A bureau begins with at least one system, two security and one audit administrator, "
            "20 in all at most.",
        )
    if len({one.login for one in found}) < len(found):
        raise CallerError("administrators-login", "Two administrators have one login.")
    return found


def _parse_one(text: str) -> Founder:
    role, _colon, rest = text.partition(":")
    login, _colon, name = rest.partition(":")
    name = name.strip()
    if role not in ROLES or not name or len(name) > 100 or not name.isprintable():
        raise CallerError(
            "administrator",
            "{text} is no administrator: write system:LOGIN:NAME, security:LOGIN:NAME or audit:LOGIN:NAME.",
            text=text[:80],
        )
    return Founder(ROLES[role], login, name)


def draw(founders: list[Founder]) -> dict[str, str]:
    """login → one-time password."""
    from zhilu.server.organisation.services.accounts import check_name, new_password

    for one in founders:
        check_name(one.login)
    return {one.login: new_password(one.login) for one in founders}


def found(config: Config, root: bytes, founders: list[Founder], passwords: dict[str, str]) -> None:
    """The bureau, its catalogue and its administrators: entries and logins together, or none of them."""
    from zhilu.server.ledger import lock
    from zhilu.server.ledger.services.commit import commit_all
    from zhilu.server.organisation.services import accounts

    with lock.held():
        commit_all(list(_proposals(config, root, founders)))
        for one in founders:
            accounts.create(one.login, one.person, config.bureau, passwords[one.login])


def _proposals(config: Config, root: bytes, founders: list[Founder]) -> Iterator[Proposal]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from zhilu.sealed.keys import load_private_key, public_jwk
    from zhilu.server.catalogue.services.catalogue import first_version
    from zhilu.server.ledger.events import read
    from zhilu.server.ledger.services.commit import Proposal

    der = x509.load_pem_x509_certificate(root).public_bytes(Encoding.DER)
    text_key = public_jwk(load_private_key(config.text_key.read_bytes()).public_key())
    core = {
        "bureau": config.bureau,
        "domain": config.domain,
        "root": sha256(der).hex(),
        "text_key": text_key,
    }
    yield Proposal(read("bureau-founded/1", core), config.bureau)
    yield Proposal(first_version(), config.bureau)
    for one in founders:
        added = read("person-added/1", {"person": one.person})
        yield Proposal(added, config.bureau, {"name": one.name, "number": ""})
        granted = {"person": one.person, "role": one.role, "scope": None}
        yield Proposal(read("role-granted/1", granted), config.bureau)


def lines(founders: list[Founder], passwords: dict[str, str]) -> str:
    """What is handed to each of them, once."""
    return "".join(f"{one.role}\t{one.login}\t{one.name}\t{passwords[one.login]}\n" for one in founders)


def write_out(path: Path, text: str) -> None:
    """Readable by its owner only, and never over something that is there."""
    from zhilu.durable import create

    try:
        create(path, text.encode())
    except OSError as error:
        raise CallerError(
            "passwords-out", "{path} cannot be made: {reason}", path=path, reason=error.strerror
        ) from None
