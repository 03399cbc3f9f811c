"""The evidence key and a counter inside a PKCS#11 token (docs/adr/0007, 0009).

The key is made in the token and never leaves it. It is taken only if the token itself says so of it, at every
start: made here, sensitive and not extractable, now and always. Each signature is verified before it is used:
a line that does not verify would end the logbook for good, and the first one shows that the public object
belongs to the private one.

The counter is the label of a private data object. PKCS#11 (2.40, §4.4) lets a stored object's label be
changed in place, and not the value of a data object; to destroy one object and make another would lose the
number between the two. A token keeps such a number honestly, but whoever has the PIN can write another.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.constants import DEFAULT
from pkcs11.util.ec import encode_named_curve_parameters

from zhilu.devices.pkcs11 import Token
from zhilu.encoding import sha256
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.sealed.keys import ORDER, load_point, public_jwk, thumbprint, verify_es256

P256: bytes = encode_named_curve_parameters("secp256r1")
MAX_NUMBER = 2**53 - 1

SECURE = {
    Attribute.TOKEN: True,
    Attribute.PRIVATE: True,
    Attribute.LOCAL: True,
    Attribute.SENSITIVE: True,
    Attribute.ALWAYS_SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.NEVER_EXTRACTABLE: True,
}
"""What a token must say of the private key."""


class TokenKey:
    """The one key with this label. A kind of key says what it is used for, and proves by a use of it that the
    public object belongs to the private one."""

    USE: ClassVar[dict[Attribute, bool]]
    """What the token must say of the private key besides."""
    CAPABILITY: ClassVar[MechanismFlag]

    def __init__(self, token: Token, label: str) -> None:
        self._token, self._label = token, label
        self._found: tuple[pkcs11.Session, Any] | None = None
        self._public = load_point(token.run(self._point))
        self.jwk = public_jwk(self._public)
        self.kid = thumbprint(self.jwk)
        self._prove()

    @classmethod
    def create(cls, token: Token, label: str) -> Self:
        """Refuses (`exists`) a label that is taken."""
        token.run(lambda session: _nothing_there(session, label))
        token.run(lambda session: _generate(session, label, cls.CAPABILITY))
        try:
            return cls(token, label)
        except BaseException:
            destroy_key(token, label)
            raise

    def _prove(self) -> None:
        raise NotImplementedError

    def _held(self, session: pkcs11.Session) -> Any:
        """The private object, in this session."""
        if self._found is None or self._found[0] is not session:
            self._same_key(session)
            self._found = session, self._private(session)
        return self._found[1]

    def _private(self, session: pkcs11.Session) -> Any:
        return _private(session, self._label, SECURE | self.USE)

    def _same_key(self, session: pkcs11.Session) -> None:
        """Another token under the same name may stand in the slot by now."""
        if load_point(self._point(session)) != self._public:
            raise CallerError(
                "another-key",
                "The token holds another key than before under the name {label}.",
                label=self._label,
            )

    def _point(self, session: pkcs11.Session) -> bytes:
        private = self._private(session)
        public = _one(session, ObjectClass.PUBLIC_KEY, self._label, {Attribute.ID: private[Attribute.ID]})
        if private[Attribute.KEY_TYPE] != KeyType.EC or public[Attribute.EC_PARAMS] != P256:
            raise DataError("token-key", "The key {label} is not on the curve P-256.", label=self._label)
        # DER OCTET STRING by the standard; some tokens give the bare point.
        return bytes(public[Attribute.EC_POINT]).removeprefix(b"\x04\x41")


class Pkcs11Signer(TokenKey):
    USE: ClassVar = {Attribute.SIGN: True}
    CAPABILITY = MechanismFlag.SIGN

    def _prove(self) -> None:
        self.sign(b"zhilu: is this the key's own half?")

    def sign(self, data: bytes) -> bytes:
        """64 bytes r ‖ s, s ≤ n/2."""
        digest = sha256(data)
        signature = _low_s(self._token.run(lambda session: self._sign(session, digest)))
        try:
            verify_es256(self._public, data, signature)
        except DataError:
            raise WorldError("token", "The token's signature does not fit its public key.") from None
        return signature

    def _sign(self, session: pkcs11.Session, digest: bytes) -> bytes:
        return bytes(self._held(session).sign(digest, mechanism=Mechanism.ECDSA))


class TokenCounter:
    kind = "token"

    def __init__(self, token: Token, label: str) -> None:
        self._token, self._label = token, label
        self._least = 0
        """The last number seen by this process: a swapped token must not take it back unseen."""
        self.value()

    @classmethod
    def create(cls, token: Token, label: str) -> TokenCounter:
        token.run(lambda session: _no_counter(session, label))
        template = _counter_search(label) | {
            Attribute.TOKEN: True,
            Attribute.PRIVATE: True,
            Attribute.MODIFIABLE: True,
            Attribute.LABEL: "0",
            Attribute.VALUE: b"the label counts",
        }
        token.run(lambda session: session.create_object(template))
        return cls(token, label)

    def value(self) -> int:
        return self._token.run(lambda session: self._read(_counter(session, self._label)))

    def increase(self) -> int:
        """A token that is lost in the middle may have counted: it counts once more then: a hole."""
        return self._token.run(self._increase)

    def _increase(self, session: pkcs11.Session) -> int:
        found = _counter(session, self._label)
        value = self._read(found) + 1
        found[Attribute.LABEL] = str(value)
        if self._read(_counter(session, self._label)) != value:
            raise WorldError("token", "The token did not keep the counter's number.")
        return value

    def _read(self, found: pkcs11.Object) -> int:
        text = str(found[Attribute.LABEL])
        if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= MAX_NUMBER):
            raise DataError("token-counter", "The counter in the token holds no number.")
        if int(text) < self._least:
            raise DataError("token-counter", "The counter in the token went back.")
        self._least = int(text)
        return self._least

    def seen(self, number: int) -> None:
        pass


def destroy_key(token: Token, label: str) -> None:
    token.run(lambda session: _destroy(session, {Attribute.LABEL: label}, _KEY_CLASSES))


def destroy_counter(token: Token, label: str) -> None:
    token.run(lambda session: _destroy(session, _counter_search(label), (ObjectClass.DATA,)))


_KEY_CLASSES = (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY)


def _generate(session: pkcs11.Session, label: str, use: MechanismFlag) -> None:
    """What is not asked for is left to the token: libtpm2-pkcs11 refuses some attributes even when false."""
    parameters = session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: P256}, local=True)
    parameters.generate_keypair(
        mechanism=Mechanism.EC_KEY_PAIR_GEN,
        store=True,
        label=label,
        id=sha256(label.encode())[:8],
        capabilities=use,
        public_template=dict.fromkeys((Attribute.ENCRYPT, Attribute.WRAP, Attribute.VERIFY), DEFAULT),
        private_template={
            **dict.fromkeys((Attribute.DECRYPT, Attribute.UNWRAP), DEFAULT),
            **({Attribute.SIGN: False} if use == MechanismFlag.DERIVE else {Attribute.DERIVE: DEFAULT}),
            Attribute.PRIVATE: True,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
        },
    )


def _nothing_there(session: pkcs11.Session, label: str) -> None:
    for kind in _KEY_CLASSES:
        for _taken in session.get_objects({Attribute.CLASS: kind, Attribute.LABEL: label}):
            raise CallerError("exists", "The token holds a key {label} already.", label=label)


def _private(session: pkcs11.Session, label: str, secure: dict[Attribute, bool]) -> Any:
    """Refuses (`token-key`) a key of which the token does not say that it cannot leave it."""
    key = _one(session, ObjectClass.PRIVATE_KEY, label, {})
    for attribute, wanted in secure.items():
        try:
            got = key[attribute]
        except (pkcs11.AttributeTypeInvalid, pkcs11.AttributeSensitive):
            got = None
        if got is not wanted:
            raise DataError(
                "token-key",
                "The key {label} is not safe in the token: {attribute} is {got}.",
                label=label,
                attribute=attribute.name,
                got=got,
            )
    return key


def _one(session: pkcs11.Session, kind: ObjectClass, label: str, more: dict[Attribute, Any]) -> Any:
    found = list(session.get_objects({Attribute.CLASS: kind, Attribute.LABEL: label} | more))
    if len(found) != 1:
        raise DataError(
            "token-key", "The token holds {count} keys {label} instead of one.", count=len(found), label=label
        )
    return found[0]


def _counter_search(label: str) -> dict[Attribute, Any]:
    return {Attribute.CLASS: ObjectClass.DATA, Attribute.APPLICATION: f"zhilu counter {label}"}


def _counter(session: pkcs11.Session, label: str) -> Any:
    found = list(session.get_objects(_counter_search(label)))
    if len(found) != 1:
        raise DataError("token-counter", "The token holds {count} counters instead of one.", count=len(found))
    return found[0]


def _no_counter(session: pkcs11.Session, label: str) -> None:
    for _taken in session.get_objects(_counter_search(label)):
        raise CallerError("exists", "The token holds a counter for {label} already.", label=label)


def _destroy(session: pkcs11.Session, search: dict[Attribute, Any], kinds: tuple[ObjectClass, ...]) -> None:
    """A token that is away may show no object instead of an error: nothing found is a failure."""
    found = [one for kind in kinds for one in session.get_objects(search | {Attribute.CLASS: kind})]
    if not found:
        raise WorldError("token", "The token does not answer as it should: {reason}", reason="nothing there")
    for one in found:
        one.destroy()


def _low_s(raw: bytes) -> bytes:
    """r ‖ s with the smaller s. Another length is nothing that a token should answer."""
    if len(raw) != 64:
        raise WorldError("token", "The token's signature does not fit its public key.")
    s = int.from_bytes(raw[32:], "big")
    return raw[:32] + min(s, ORDER - s if s < ORDER else s).to_bytes(32, "big")
