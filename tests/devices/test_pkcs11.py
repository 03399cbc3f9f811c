"""Key and counter in a token (SoftHSM2): what it must say of the key, and what happens when it is wrong,
swapped or away."""

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.constants import TokenFlag

from support.tokens import SoftToken
from zhilu.devices import pkcs11 as session_of
from zhilu.devices.token import (
    P256,
    Pkcs11Signer,
    TokenCounter,
    _low_s,
    destroy_counter,
    destroy_key,
)
from zhilu.errors import CallerError, DataError, WorldError, ZhiluError
from zhilu.sealed.keys import ORDER, SoftSigner, load_jwk, verify_es256

LABEL = "XT-0001"


def refused(code, work, *arguments):
    with pytest.raises(ZhiluError) as error:
        work(*arguments)
    assert error.value.code == code, error.value
    return error.value


@pytest.fixture
def signer(soft_token):
    return Pkcs11Signer.create(soft_token.token(), LABEL)


def generate(session, label=LABEL, curve=P256, **private):
    parameters = session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: curve}, local=True)
    parameters.generate_keypair(
        mechanism=Mechanism.EC_KEY_PAIR_GEN,
        store=True,
        label=label,
        id=b"\1",
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        private_template={getattr(Attribute, name): value for name, value in private.items()},
    )


def test_a_key_of_the_token_signs_as_a_key_in_a_file_does(soft_token, signer):
    again = Pkcs11Signer(soft_token.token(), LABEL)
    assert again.kid == signer.kid and again.jwk == signer.jwk
    for number in range(20):  # each second signature has a high s before it is made low
        data = b"line %d" % number
        verify_es256(load_jwk(signer.jwk), data, signer.sign(data))


def test_the_private_key_cannot_be_had(soft_token, signer):
    def read(session):
        return session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=LABEL)[Attribute.VALUE]

    assert refused("token", soft_token.token().run, read).fields["reason"] == "AttributeSensitive"

    def wrap(session):
        key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=LABEL)
        return session.generate_key(KeyType.AES, 256).wrap_key(key, mechanism=Mechanism.AES_KEY_WRAP_PAD)

    assert refused("token", soft_token.token().run, wrap).fields["reason"] == "KeyUnextractable"


@pytest.mark.parametrize(
    "private", [{"EXTRACTABLE": True}, {"SENSITIVE": False}, {"PRIVATE": False}, {"SIGN": False}]
)
def test_a_key_that_the_token_could_give_away_is_refused(soft_token, private):
    token = soft_token.token()
    safe = {"SENSITIVE": True, "EXTRACTABLE": False, "PRIVATE": True}
    token.run(lambda session: generate(session, **safe | private))
    error = refused("token-key", Pkcs11Signer, token, LABEL)
    assert isinstance(error, DataError)


def test_a_key_that_was_brought_into_the_token_is_refused(soft_token):
    """Whoever brought it may have kept it."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = SoftSigner(key).jwk
    raw = session_point(load_jwk(point))

    def bring(session):
        common = {Attribute.KEY_TYPE: KeyType.EC, Attribute.TOKEN: True, Attribute.LABEL: LABEL}
        common |= {Attribute.ID: b"\1", Attribute.EC_PARAMS: P256}
        session.create_object(common | {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.EC_POINT: raw})
        secret = key.private_numbers().private_value.to_bytes(32, "big")
        private = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.VALUE: secret, Attribute.SIGN: True}
        private |= {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}
        session.create_object(common | private)

    token = soft_token.token()
    token.run(bring)
    assert refused("token-key", Pkcs11Signer, token, LABEL).fields["attribute"] == "LOCAL"


def session_point(public_key):
    numbers = public_key.public_numbers()
    return b"\x04\x41\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def test_a_public_object_that_is_not_the_private_ones_is_found_by_signing(soft_token, signer):
    token, other = soft_token.token(), SoftSigner(ec.generate_private_key(ec.SECP256R1()))

    def replace_public(session):
        (public,) = session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.LABEL: LABEL})
        id_ = public[Attribute.ID]
        public.destroy()
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.PUBLIC_KEY,
                Attribute.KEY_TYPE: KeyType.EC,
                Attribute.TOKEN: True,
                Attribute.LABEL: LABEL,
                Attribute.ID: id_,
                Attribute.EC_PARAMS: P256,
                Attribute.EC_POINT: session_point(load_jwk(other.jwk)),
            }
        )

    token.run(replace_public)
    refused("token", Pkcs11Signer, token, LABEL)


def test_another_curve_no_key_and_two_keys(soft_token, signer):
    token = soft_token.token()
    p384 = pkcs11.util.ec.encode_named_curve_parameters("secp384r1")
    safe = {"SENSITIVE": True, "EXTRACTABLE": False, "PRIVATE": True}
    token.run(lambda session: generate(session, label="p384", curve=p384, **safe))
    refused("token-key", Pkcs11Signer, token, "p384")
    refused("token-key", Pkcs11Signer, token, "nobody")
    token.run(lambda session: generate(session, **safe))
    assert refused("token-key", Pkcs11Signer, token, LABEL).fields["count"] == 2


def test_a_label_is_taken_once(soft_token, signer):
    refused("exists", Pkcs11Signer.create, soft_token.token(), LABEL)
    assert Pkcs11Signer(soft_token.token(), LABEL).kid == signer.kid


def test_high_s_becomes_low_and_nonsense_is_no_signature():
    r, s = (5).to_bytes(32, "big"), (7).to_bytes(32, "big")
    high = (ORDER - 7).to_bytes(32, "big")
    assert _low_s(r + high) == r + s == _low_s(r + s)
    assert _low_s(r + b"\xff" * 32) == r + b"\xff" * 32  # verification refuses it
    for length in (0, 63, 65, 72):
        refused("token", _low_s, bytes(length))


def test_a_token_that_signs_nonsense_never_gets_into_a_line(signer, monkeypatch):
    monkeypatch.setattr(signer, "_sign", lambda session, digest: bytes(64))
    refused("token", signer.sign, b"line")


# -- the PIN


def test_a_wrong_pin_is_tried_once(soft_token, monkeypatch):
    soft_token.pin_file.write_text("00000")
    token, tries = soft_token.token(), []
    login = token._login
    monkeypatch.setattr(token, "_login", lambda *words: tries.append(1) or login(*words))
    error = refused("pin", token.run, lambda session: None)
    assert tries == [1] and "00000" not in str(error) and isinstance(error, CallerError)


@pytest.mark.parametrize("flag", [TokenFlag.USER_PIN_FINAL_TRY, TokenFlag.USER_PIN_LOCKED])
def test_the_last_try_is_left_to_a_person(soft_token, monkeypatch, flag):
    class Warned:
        flags = flag
        serial = b"1"

        def open(self, **options):
            raise AssertionError("the PIN was tried")

    token = soft_token.token()
    monkeypatch.setattr(token, "_find", Warned)
    code = "pin-locked" if flag is TokenFlag.USER_PIN_LOCKED else "pin-final-try"
    refused(code, token.run, lambda session: None)


@pytest.mark.parametrize("content", [b"", b"\n", b"1\n2\n", b"\xff", b"1" * 300, b"a\tb"])
def test_a_pin_file_that_holds_no_pin(tmp_path, content):
    path = tmp_path / "pin"
    path.write_bytes(content)
    path.chmod(0o600)
    refused("pin-file", session_of.read_pin, path)


def test_a_pin_file_is_the_owners_alone(tmp_path):
    path = tmp_path / "pin"
    assert isinstance(refused("pin-file", session_of.read_pin, path), WorldError)
    path.write_text("1234\n")
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        refused("pin-mode", session_of.read_pin, path)
    path.chmod(0o600)
    assert session_of.read_pin(path) == "1234"


# -- the token away, or another one


def test_a_token_pulled_is_one_error_and_put_back_it_goes_on(soft_token, signer):
    counter = TokenCounter.create(soft_token.token(), LABEL)
    assert counter.increase() == 1
    soft_token.pull()
    for work in (lambda: signer.sign(b"x"), counter.increase, counter.value):
        assert isinstance(refused("token", work), WorldError)
    soft_token.put_back()
    verify_es256(load_jwk(signer.jwk), b"x", signer.sign(b"x"))
    assert counter.increase() == 2


def test_a_session_that_is_gone_is_opened_again_once(soft_token, signer):
    counter = TokenCounter.create(soft_token.token(), LABEL)
    session_of.restart(soft_token.module)  # all sessions end, as when the token was pulled between two calls
    verify_es256(load_jwk(signer.jwk), b"x", signer.sign(b"x"))
    assert counter.increase() == 1


@pytest.mark.parametrize("lost", session_of.LOST)
def test_whatever_the_module_calls_it_it_is_tried_again_once(soft_token, lost):
    token, calls = soft_token.token(), []

    def once(session):
        calls.append(session)
        if len(calls) == 1:
            raise lost()
        return "done"

    token.run(lambda session: None)
    assert token.run(once) == "done" and len(calls) == 2 and calls[0] is not calls[1]

    def always(session):
        calls.append(session)
        raise lost()

    refused("token", token.run, always)
    assert len(calls) == 4


def test_another_token_of_the_same_name_is_not_taken_for_it(soft_token, signer, tmp_path, monkeypatch):
    """Its serial number differs; and were it the same, its key would not be."""
    counter = TokenCounter.create(soft_token.token(), LABEL)
    counter.increase()
    other = SoftToken(tmp_path / "other")
    monkeypatch.setenv("SOFTHSM2_CONF", other.env["SOFTHSM2_CONF"])
    other.use()
    twin = Pkcs11Signer.create(other.token(), LABEL)
    TokenCounter.create(other.token(), LABEL)
    assert twin.kid != signer.kid
    for work in (lambda: signer.sign(b"x"), counter.increase):
        refused("token", work)
    for part in (signer, counter):
        part._token._serial = b""
    refused("another-key", signer.sign, b"x")
    refused("token-counter", counter.increase)
    assert TokenCounter(other.token(), LABEL).value() == 0


def test_two_tokens_of_one_name_need_the_serial_number(soft_token):
    soft_token.add(soft_token.label)
    session_of.restart(soft_token.module)
    refused("two-tokens", soft_token.token().run, lambda session: None)
    serials = [
        t.serial.decode() for t in session_of.load(soft_token.module).get_tokens(token_label="evidence")
    ]
    for serial in serials:
        token = session_of.Token(soft_token.module, "evidence", serial, soft_token.pin_file)
        assert token.run(lambda session: session.token.serial.decode()) == serial


def test_no_token_and_no_module(soft_token, tmp_path):
    absent = session_of.Token(soft_token.module, "nobody", "", soft_token.pin_file)
    assert isinstance(refused("token", absent.run, lambda session: None), WorldError)
    for name in ("missing.so", __file__):
        broken = session_of.Token(str(tmp_path / name), "evidence", "", soft_token.pin_file)
        refused("module", broken.run, lambda session: None)


# -- the counter


def test_the_counter_outlives_sessions_and_is_one_object(soft_token):
    counter = TokenCounter.create(soft_token.token(), LABEL)
    assert [counter.increase() for _ in range(3)] == [1, 2, 3]
    session_of.restart(soft_token.module)
    assert TokenCounter(soft_token.token(), LABEL).value() == 3
    refused("exists", TokenCounter.create, soft_token.token(), LABEL)


@pytest.mark.parametrize("text", ["", "x", "-1", "1 ", "３", "9" * 17, "9" * 16])
def test_a_counter_that_holds_no_number_is_never_taken_for_zero(soft_token, text):
    counter = TokenCounter.create(soft_token.token(), LABEL)
    set_counter(soft_token, text)
    refused("token-counter", counter.increase)


def test_a_number_that_somebody_set_back_is_seen_by_the_running_recorder(soft_token):
    counter = TokenCounter.create(soft_token.token(), LABEL)
    counter.increase(), counter.increase()
    set_counter(soft_token, "1")
    refused("token-counter", counter.increase)
    # Started again it cannot know: hence `tail not provable`.
    assert TokenCounter(soft_token.token(), LABEL).increase() == 2


def test_a_counter_deleted_or_doubled(soft_token):
    token = soft_token.token()
    counter = TokenCounter.create(token, LABEL)
    destroy_counter(token, LABEL)
    assert refused("token-counter", counter.increase).fields["count"] == 0
    TokenCounter.create(token, LABEL)
    set_counter(soft_token, "5", copy=True)
    assert refused("token-counter", counter.increase).fields["count"] == 2


def test_a_power_cut_while_counting_leaves_the_old_number_or_the_new(soft_token, monkeypatch):
    """One object, changed in place: nothing is destroyed, so nothing can be lost between two steps."""
    destroyed = []
    monkeypatch.setattr("zhilu.devices.token._destroy", lambda *a: destroyed.append(a))
    counter = TokenCounter.create(soft_token.token(), LABEL)
    handles = soft_token.token().run(lambda s: [o.handle for o in objects(s)])
    counter.increase()
    assert soft_token.token().run(lambda s: [o.handle for o in objects(s)]) == handles and not destroyed


def test_what_is_destroyed_is_gone(soft_token, signer):
    token = soft_token.token()
    destroy_key(token, LABEL)
    assert token.run(lambda session: list(session.get_objects())) == []


def objects(session):
    return list(session.get_objects({Attribute.CLASS: ObjectClass.DATA}))


def set_counter(soft_token, text, copy=False):
    def change(session):
        (found,) = objects(session)
        if copy:
            found.copy({Attribute.LABEL: text})
        else:
            found[Attribute.LABEL] = text

    soft_token.token().run(change)
