"""How bureau, peers, policy, security keys and logins follow from the ledger."""

from __future__ import annotations

from zhilu import strictjson
from zhilu.encoding import b64u, unb64u
from zhilu.errors import DataError
from zhilu.protocols.viewing import parse_registration
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.policy import Policy as SealedPolicy
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.ledger.shapes import to_core
from zhilu.server.organisation import events, rules, rules_login
from zhilu.server.organisation.apply_people import check_known
from zhilu.server.organisation.models import Bureau, Credential, Peer, Policy
from zhilu.tlog.cosign import CosignatureVerifier


@checks(events.BureauFounded)
def check_founded(event: events.BureauFounded, stamp: Stamp) -> None:
    load_jwk(event.text_key)
    if Bureau.objects.exists():
        raise DataError("bureau-founded", "The bureau has been founded already.")


@applies(events.BureauFounded)
def apply_founded(event: events.BureauFounded, stamp: Stamp) -> None:
    Bureau.objects.create(
        code=event.bureau, domain=event.domain, root=event.root, text_key=event.text_key, entry=stamp.index
    )


@checks(events.PeerRegistered)
def check_peer(event: events.PeerRegistered, stamp: Stamp) -> None:
    load_jwk(event.jwk)
    CosignatureVerifier.from_vkey(event.cosigner)
    if event.role not in rules.PEER_ROLES or Peer.objects.filter(name=event.name).exists():
        raise DataError(
            "peer", "The peer {name} is registered already, or its role is unknown.", name=event.name
        )


@applies(events.PeerRegistered)
def apply_peer(event: events.PeerRegistered, stamp: Stamp) -> None:
    Peer.objects.create(
        kid=thumbprint(event.jwk),
        role=event.role,
        name=event.name,
        jwk=event.jwk,
        cosigner=event.cosigner,
        entry=stamp.index,
    )


@checks(events.PolicySet)
def check_policy(event: events.PolicySet, stamp: Stamp) -> None:
    SealedPolicy.from_core(to_core(event))
    newest = Policy.objects.order_by("-version").values_list("version", flat=True).first() or 0
    rules.check_policy_version(event.version, newest)
    rules.check_quorum(event.quorum, Peer.objects.count())


@applies(events.PolicySet)
def apply_policy(event: events.PolicySet, stamp: Stamp) -> None:
    Policy.objects.create(
        version=event.version,
        quorum=event.quorum,
        copies=event.copies,
        officer_check_least=event.officer_check_least,
        core=to_core(event),
        entry=stamp.index,
    )


@checks(events.CredentialRegistered)
def check_credential(event: events.CredentialRegistered, stamp: Stamp) -> None:
    """The keyholder judges the signatures; here only that the flat fields say what the signed bytes say."""
    check_known(event.person)
    said = parse_registration(unb64u(event.registration))
    if (said.person, b64u(said.credential), b64u(said.public_key)) != (
        event.person,
        event.credential,
        event.public_key,
    ):
        raise DataError("registration", "The registration's fields are not those that were signed.")
    if Credential.objects.filter(id=event.credential).exists():
        raise DataError("credential-known", "This security key has been registered already.")


@applies(events.CredentialRegistered)
def apply_credential(event: events.CredentialRegistered, stamp: Stamp) -> None:
    roles = strictjson.loads_object(unb64u(event.registration))["roles"]
    Credential.objects.create(
        id=event.credential,
        person=event.person,
        public_key=event.public_key,
        roles=roles,
        revoked=False,
        at=stamp.at,
        entry=stamp.index,
    )


@checks(events.CredentialRevoked)
def check_revoked(event: events.CredentialRevoked, stamp: Stamp) -> None:
    if not Credential.objects.filter(id=event.credential, revoked=False).exists():
        raise DataError("credential-unknown", "No such security key is registered and live.")


@applies(events.CredentialRevoked)
def apply_revoked(event: events.CredentialRevoked, stamp: Stamp) -> None:
    Credential.objects.filter(id=event.credential).update(revoked=True, entry=stamp.index)


@checks(events.AccountChanged)
def check_account(event: events.AccountChanged, stamp: Stamp) -> None:
    check_known(event.person)
    if event.change not in rules_login.CHANGES:
        raise DataError("account-change", "A login has no change {change}.", change=event.change)


@checks(events.AccessLogged)
def check_access(event: events.AccessLogged, stamp: Stamp) -> None:
    if event.count == 0 or event.last < event.first:
        raise DataError("access-batch", "An access batch has at least one row.")
