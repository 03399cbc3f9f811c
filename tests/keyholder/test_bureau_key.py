"""The bureau key in a token (SoftHSM2): it opens what is sealed to it, never leaves, and says clearly what is
wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pkcs11 import Attribute, ObjectClass

from support.keyholder_world import World, world_at
from support.tokens import SoftToken
from zhilu.devices.token import Pkcs11Signer
from zhilu.devices.token_exchange import Pkcs11Exchange
from zhilu.errors import CallerError, DataError, ZhiluError
from zhilu.keyholder import run as running
from zhilu.keyholder.bureau_key import destroy_in_token, load_bureau_key, make_in_token
from zhilu.keyholder.config import KeyInToken, load
from zhilu.sealed.envelopes import open_share, seal_share
from zhilu.sealed.exchange import ExchangeKey
from zhilu.sealed.keys import point_bytes

LABEL = "bureau"
ID = UUID("0193f0a0-0000-7000-8000-000000000001")
SHARE = b"s" * 32


@pytest.fixture
def token(tmp_path: Path) -> Iterator[SoftToken]:
    made = SoftToken(tmp_path / "token", "bureau token")
    made.use()
    yield made


def where(soft: SoftToken, **changed: object) -> KeyInToken:
    values = {"module": soft.module, "token": soft.label, "token_serial": "", "label": LABEL}
    return KeyInToken(**{**values, "pin_file": soft.pin_file, **changed})  # type: ignore[arg-type]


def refused(code: str, work: object, *arguments: object) -> None:
    with pytest.raises(ZhiluError) as error:
        work(*arguments)  # type: ignore[operator]
    assert error.value.code == code, error.value


async def test_a_share_sealed_to_the_tokens_key_is_released(
    token: SoftToken, tmp_path: Path, hurried: None
) -> None:
    async with world_at(tmp_path, bureau_key=where(token)) as world:
        assert isinstance(load_bureau_key(load(world.home)), ExchangeKey)
        assert not (world.home / "bureau.key").exists()
        status, answer = await world.ask(await world.approved())
        assert status == 200, answer
        assert world.opened(answer) == world.film.share
        # Pulled and put back, as a card is.
        token.pull()
        status, answer = await world.ask(await world.approved())
        assert (status, answer["error"]) == (502, "token")
        token.put_back()
        status, answer = await world.ask(await world.approved())
        assert status == 200, answer


def test_the_private_key_does_not_leave_and_signs_nothing(token: SoftToken) -> None:
    made = make_in_token(where(token))

    def look(session: pkcs11.Session) -> None:
        key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=LABEL)
        with pytest.raises(pkcs11.AttributeSensitive):
            key[Attribute.VALUE]
        assert key[Attribute.EXTRACTABLE] is False and key[Attribute.SIGN] is False

    token.token().run(look)
    with pytest.raises(DataError, match="token-key"):
        Pkcs11Signer(token.token(), LABEL)
    sealed = seal_share(SHARE, ID, 1, made.key.public_key())
    assert open_share(sealed, ID, 1, made.key) == SHARE


def test_a_signing_key_is_no_bureau_key(token: SoftToken) -> None:
    Pkcs11Signer.create(token.token(), LABEL)
    with pytest.raises(DataError, match="token-key"):
        Pkcs11Exchange(token.token(), LABEL)


def test_what_the_token_gives_is_what_the_library_gives(token: SoftToken) -> None:
    made = make_in_token(where(token))
    for _ in range(20):
        own = ec.generate_private_key(ec.SECP256R1())
        dh = made.exchange(point_bytes(own.public_key()))
        assert dh == own.exchange(ec.ECDH(), made.key.public_key())


def test_a_point_off_the_curve_never_reaches_the_token(token: SoftToken) -> None:
    made = make_in_token(where(token))
    with pytest.raises(DataError):
        made.exchange(b"\x04" + bytes(64))
    with pytest.raises(DataError, match="envelope"):
        open_share(b"\x04" + bytes(112), ID, 1, made.key)


def test_what_is_wrong_with_the_token_is_said(token: SoftToken, tmp_path: Path) -> None:
    refused("module", make_in_token, where(token, module="/nowhere.so"))
    refused("token", make_in_token, where(token, token="another"))
    wrong = tmp_path / "wrong"
    wrong.write_text("00000\n")
    refused("pin-mode", make_in_token, where(token, pin_file=wrong))
    wrong.chmod(0o600)
    refused("pin", make_in_token, where(token, pin_file=wrong))
    make_in_token(where(token))
    refused("exists", make_in_token, where(token))


def test_another_key_under_the_same_name_is_refused(token: SoftToken, tmp_path: Path) -> None:
    world = World(tmp_path / "keyholder", where(token))
    world.make_home()
    config = load(world.home)
    assert config.bureau_key is not None and config.bureau_key.kid
    destroy_in_token(config.bureau_key)
    refused("token-key", load_bureau_key, config)
    make_in_token(config.bureau_key)
    refused("another-key", load_bureau_key, config)


def test_init_that_fails_leaves_no_key_in_the_token(token: SoftToken, tmp_path: Path) -> None:
    world = World(tmp_path / "keyholder", where(token))
    (tmp_path / "escrow-key.pem").write_text("is there already")
    with pytest.raises(CallerError, match="escrow-out"):
        world.make_home()
    make_in_token(where(token))


def test_with_a_token_the_keyholder_starts_as_its_own_user(token: SoftToken, tmp_path: Path) -> None:
    world = World(tmp_path / "keyholder", where(token))
    world.make_home()
    refused("token-user", running.main, world.home, "65534")
