"""Events about the bureau and its people (spec/ledger.md §6, spec/viewing.md §2)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import B64u, Code, Hex, Id, JsonList, JsonObject, Natural, Text


@event("bureau-founded/1", subject="bureau")
class BureauFounded:
    """`root`: SHA-256 of the root certificate's DER; `text_key`: JWK."""

    bureau: Code
    domain: Code
    root: Hex
    text_key: JsonObject


@event("peer-registered/1", subject="name")
class PeerRegistered:
    """`jwk` signs its requests (spec/intake.md), `cosigner` is its vkey."""

    role: Code
    name: Text
    jwk: JsonObject
    cosigner: str


@event("policy-set/1", subject="subject")
class PolicySet:
    version: Natural
    sharing: Code
    shares: JsonList
    text_key: JsonObject
    officer_check_least: Code
    quorum: Natural
    copies: Natural

    @property
    def subject(self) -> str:
        return f"policy-{self.version}"


@event("person-added/1", subject="person")
class PersonAdded:
    """Personal: name, number, department."""

    person: Id


@event("role-granted/1", subject="person")
class RoleGranted:
    person: Id
    role: Code


@event("credential-registered/1", subject="person")
class CredentialRegistered:
    """A security key for the viewing room. The keyholder believes the `registration` bytes only, and so do
    the rules.
    """

    person: Id
    credential: B64u
    public_key: B64u
    registration: B64u
    binding: JsonObject
    witnesses: JsonList
    aaguid: str | None = None
    rp_id: str | None = None


@event("credential-revoked/1", subject="credential")
class CredentialRevoked:
    credential: B64u
    reason: Text
    witnesses: JsonList


@event("account-changed/1", subject="person")
class AccountChanged:
    """What became of a person's login. The login itself is an ordinary row."""

    person: Id
    change: Code


@event("access-logged/1", subject="subject")
class AccessLogged:
    """A batch of the access log: numbers of its first and last row, how many, H over the rows."""

    first: Natural
    last: Natural
    count: Natural
    digest: Hex

    @property
    def subject(self) -> str:
        return f"access-{self.first}-{self.last}"
