"""The bureau key: in a file, or in a PKCS#11 token that it never leaves (docs/adr/0017)."""

from __future__ import annotations

from zhilu.devices.pkcs11 import Token
from zhilu.devices.token import destroy_key
from zhilu.devices.token_exchange import Pkcs11Exchange
from zhilu.errors import CallerError, WorldError
from zhilu.keyholder.config import Config, KeyInToken
from zhilu.sealed.envelopes import OpeningKey
from zhilu.sealed.keys import load_private_key

FILE = "bureau.key"


def load_bureau_key(config: Config) -> OpeningKey:
    where = config.bureau_key
    if where is None:
        return _from_file(config)
    found = Pkcs11Exchange(_token(where), where.label)
    if found.kid != where.kid:
        raise CallerError(
            "another-key",
            "The token holds another key than before under the name {label}.",
            label=where.label,
        )
    return found.key


def make_in_token(where: KeyInToken) -> Pkcs11Exchange:
    """Refuses (`exists`) a label that is taken."""
    return Pkcs11Exchange.create(_token(where), where.label)


def destroy_in_token(where: KeyInToken) -> None:
    destroy_key(_token(where), where.label)


def _token(where: KeyInToken) -> Token:
    return Token(where.module, where.token, where.token_serial, where.pin_file)


def _from_file(config: Config) -> OpeningKey:
    path = config.path(FILE)
    try:
        return load_private_key(path.read_bytes())
    except OSError as error:
        raise WorldError("key", "The key {path} cannot be read.", path=path) from error
