"""The bureau key inside a PKCS#11 token: Diffie-Hellman there, and nothing else (docs/adr/0017).

The private key is made in the token and never leaves it; it is taken only if the token itself says so of it
(`token`). What leaves is the shared secret of one envelope. That the public object belongs to the private one
is proved at every start by an exchange with a fresh key, whose result is computed here too.
"""

from __future__ import annotations

from typing import ClassVar

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec
from pkcs11 import KDF, Attribute, KeyType, Mechanism, MechanismFlag

from zhilu.devices.token import TokenKey
from zhilu.errors import WorldError
from zhilu.sealed.exchange import ExchangeKey
from zhilu.sealed.keys import load_point, point_bytes

BITS = 256


class Pkcs11Exchange(TokenKey):
    USE: ClassVar = {Attribute.DERIVE: True, Attribute.SIGN: False}
    CAPABILITY = MechanismFlag.DERIVE

    @property
    def key(self) -> ExchangeKey:
        return ExchangeKey(self._public, self.exchange)

    def exchange(self, point: bytes) -> bytes:
        """32 bytes: the x-coordinate of the shared point. Refuses (`token-key`) a point off the curve."""
        load_point(point)
        value = self._token.run(lambda session: self._derive(session, point))
        if len(value) != BITS // 8:
            raise WorldError("token", "The token's exchange does not fit its public key.")
        return value

    def _derive(self, session: pkcs11.Session, point: bytes) -> bytes:
        derived = self._held(session).derive_key(
            KeyType.GENERIC_SECRET,
            BITS,
            mechanism=Mechanism.ECDH1_DERIVE,
            mechanism_param=(KDF.NULL, None, point),
            template={Attribute.TOKEN: False, Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True},
        )
        try:
            return bytes(derived[Attribute.VALUE])
        finally:
            derived.destroy()

    def _prove(self) -> None:
        own = ec.generate_private_key(ec.SECP256R1())
        if self.exchange(point_bytes(own.public_key())) != own.exchange(ec.ECDH(), self._public):
            raise WorldError("token", "The token's exchange does not fit its public key.")
