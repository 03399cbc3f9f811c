"""Events about the bureau and its people (spec/ledger.md §6, spec/viewing.md §2)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import (
    B64u,
    Code,
    Date,
    Hex,
    Id,
    Ids,
    JsonList,
    JsonObject,
    Natural,
    Text,
    Time,
)


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


@event("policy-set/1", subject="subject", by=("security-administrator",))
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


@event("bureau-listed/1", subject="bureau", by=("system-administrator",))
class BureauListed:
    """Another bureau, or a new name of it."""

    bureau: Code
    name: Text
    parent: Code | None
    closed: bool


@event("department-set/1", subject="department", by=("system-administrator",))
class DepartmentSet:
    """A department as it is from now on."""

    department: Id
    bureau: Code
    parent: Id | None
    kind: Code
    name: Text
    order: Natural
    closed: bool


@event("person-added/1", subject="person", by=("system-administrator",))
class PersonAdded:
    """Personal: name, number."""

    person: Id


@event("person-described/1", subject="person", by=("system-administrator",))
class PersonDescribed:
    """Personal: name, number, in place of those before."""

    person: Id


@event("post-taken/1", subject="person", by=("system-administrator",))
class PostTaken:
    """Where somebody works since a day. It gives no right."""

    post: Id
    person: Id
    department: Id
    rank: Code
    since: Date


@event("post-left/1", subject="post", by=("system-administrator",))
class PostLeft:
    """`until`: the first day no longer. Ends what the person held there."""

    post: Id
    until: Date
    reason: Code


@event("role-granted/1", subject="person", by=("security-administrator",))
class RoleGranted:
    """`scope`: departments, with those below them; null is the whole bureau."""

    person: Id
    role: Code
    scope: Ids | None = None


@event("role-withdrawn/1", subject="person", by=("security-administrator",))
class RoleWithdrawn:
    person: Id
    role: Code
    reason: Text


@event("delegation-given/1", subject="delegation")
class DelegationGiven:
    """`from_` hands on a role to `to` for a period."""

    delegation: Id
    from_: Id
    to: Id
    role: Code
    since: Time
    until: Time


@event("delegation-ended/1", subject="delegation")
class DelegationEnded:
    delegation: Id


@event("calendar-set/1", subject="subject", by=("security-administrator",))
class CalendarSet:
    """`days`: {date: "holiday" | "workday"}, what differs from Monday to Friday."""

    year: Natural
    days: JsonObject

    @property
    def subject(self) -> str:
        return f"calendar-{self.year}"


@event("rights-reviewed/1", subject="review", by=("security-administrator",))
class RightsReviewed:
    """`digest` over the grants in force when it ended."""

    review: Id
    grants: Natural
    digest: Hex
    withdrawn: Natural


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
