"""Second factors: an app that shows codes (TOTP, RFC 6238), or a security key (WebAuthn).

- A key's credential is for the server's own host. The viewing room has another, so that its keys sign nothing
  here, and this one opens nothing there. It needs no PRF and gives no viewing key.
- An app's secret is stored encrypted, with a key out of the home's secret.key: a copy of the database alone
  shows no code.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pyotp
import segno
import webauthn
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from zhilu.encoding import b64u, unb64u
from zhilu.errors import CallerError, WorldError, ZhiluError
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation import rules_login as rules
from zhilu.server.organisation.events import AccountChanged
from zhilu.server.organisation.models import Credential, Factor, User
from zhilu.server.organisation.services import sessions

MOST_CREDENTIAL = 16_384
ALGORITHMS = [COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256]
LABEL = b"zhilu/login-app/v1"
# What a hostile answer makes the parsers raise.
STUMBLES = (WebAuthnException, ZhiluError, ValueError, TypeError, KeyError, RecursionError)


@dataclass(frozen=True)
class Place:
    """Where a security key is asked: its host, and the origin that the browser must name."""

    rp_id: str
    origin: str


@dataclass(frozen=True)
class Opened:
    """The session in which somebody changes factors: the kind it was opened with ("" for none), its key."""

    factor: str
    session: str | None


def place() -> Place:
    config = settings.ZHILU
    scheme = "https" if config.secure_cookies else "http"
    return Place(config.authority.rpartition(":")[0] or config.authority, f"{scheme}://{config.authority}")


# Secrets of apps.


def seal(secret: str, bound_to: UUID) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(_key()).encrypt(nonce, secret.encode(), bound_to.bytes)


def unseal(sealed: bytes, bound_to: UUID) -> str:
    try:
        return AESGCM(_key()).decrypt(sealed[:12], sealed[12:], bound_to.bytes).decode()
    except InvalidTag:
        raise WorldError(
            "factor-secret",
            "The app's secret does not open: secret.key is not the one that it was made with.",
        ) from None


def _key() -> bytes:
    return HKDF(SHA256(), 32, None, LABEL).derive(settings.SECRET_KEY.encode())


# Enrolment.


def begin_app() -> dict[str, str]:
    """What the session keeps until the first code proves that the app took the secret."""
    id_ = uuid4()
    return {"id": str(id_), "sealed": b64u(seal(pyotp.random_base32(), id_))}


def shown_app(begun: dict[str, str], username: str, issuer: str) -> dict[str, str]:
    """The secret as the app takes it: a picture, and letters to type."""
    secret = unseal(unb64u(begun["sealed"]), UUID(begun["id"]))
    address = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4)
    return {"picture": picture, "letters": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}


def add_app(user: User, begun: dict[str, str], code: str, name: str, by: Opened) -> Factor:
    secret = unseal(unb64u(begun["sealed"]), UUID(begun["id"]))
    step = step_of(secret, code, 0)
    if step is None:
        raise CallerError("code-wrong", "This code does not count. Is the phone's clock right?")
    sealed = unb64u(begun["sealed"])
    factor = Factor(
        id=UUID(begun["id"]), user=user, kind=Factor.APP, name=name[:40], secret=sealed, step=step
    )
    return _add(factor, by)


def key_creation(user: User, challenge: bytes) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptionsJSON."""
    known = user.factors.filter(kind=Factor.KEY).values_list("credential", flat=True)
    options = webauthn.generate_registration_options(
        rp_id=place().rp_id,
        rp_name=settings.ZHILU.name_zh or settings.ZHILU.bureau,
        user_id=user.person.bytes,
        user_name=user.username,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.DISCOURAGED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=unb64u(one)) for one in known if one],
        supported_pub_key_algs=ALGORITHMS,
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def add_key(user: User, challenge: bytes, answer: str, name: str, by: Opened) -> Factor:
    where = place()
    try:
        found = webauthn.verify_registration_response(
            credential=_answer(answer),
            expected_challenge=challenge,
            expected_rp_id=where.rp_id,
            expected_origin=where.origin,
            supported_pub_key_algs=ALGORITHMS,
        )
    except STUMBLES:
        raise CallerError(
            "key-wrong", "The security key's answer does not count. Please try again."
        ) from None
    credential = b64u(found.credential_id)
    if Credential.objects.filter(id=credential).exists():
        raise CallerError("key-viewing", "A key of the viewing room is no second factor here.")
    factor = Factor(
        id=uuid4(),
        user=user,
        kind=Factor.KEY,
        name=name[:40],
        credential=credential,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
    )
    return _add(factor, by)


def _add(factor: Factor, by: Opened) -> Factor:
    """Whoever has factors adds one only in a session that was opened with one; the others are signed out."""
    user = factor.user
    try:
        with lock.held():
            held = user.factors.count()
            if held and not by.factor:
                raise CallerError("factor-needed", "Sign in again with the second factor you have.")
            if held >= rules.MOST_FACTORS:
                raise CallerError("factor-most", "A login has at most five second factors.")
            factor.save(force_insert=True)
            sessions.end_others(user, by.session)
            commit(AccountChanged(str(user.person), "factor-added"), str(user.person))
    except IntegrityError:
        raise CallerError("factor-known", "This app or key is registered already.") from None
    return factor


def remove(user: User, factor_id: str, by: Opened, *, must_stay: bool) -> None:
    """`must_stay`: the server demands a second factor, so the last one is not removed but replaced."""
    with lock.held():
        found = next((one for one in user.factors.all() if str(one.id) == factor_id), None)
        if found is None:
            raise CallerError("factor-unknown", "There is no such app or key.")
        if must_stay and user.factors.count() == 1:
            raise CallerError("factor-last", "The last second factor stays: add another first.")
        found.delete()
        sessions.end_others(user, by.session)
        commit(AccountChanged(str(user.person), "factor-removed"), str(user.person))


# Sign-in.


def step_of(secret: str, code: str, after: int) -> int | None:
    """The step of this code, if it is one that counts now and comes after `after`."""
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    app = pyotp.TOTP(secret)
    for step in rules.steps(now().timestamp()):
        if step > after and hmac.compare_digest(app.generate_otp(step), code):
            return step
    return None


def use_code(user: User, code: str) -> bool:
    """Is it the code of one of this person's apps? Each counts once, also when it comes twice at once."""
    for app in user.factors.filter(kind=Factor.APP):
        step = step_of(unseal(bytes(app.secret), app.id), code, app.step)
        if step is not None:
            newer = Factor.objects.filter(pk=app.pk, step__lt=step)
            return newer.update(step=step, used=now()) == 1
    return False


def key_request(user: User, challenge: bytes) -> dict[str, Any]:
    """PublicKeyCredentialRequestOptionsJSON."""
    known = user.factors.filter(kind=Factor.KEY).values_list("credential", flat=True)
    options = webauthn.generate_authentication_options(
        rp_id=place().rp_id,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=unb64u(one)) for one in known if one],
        user_verification=UserVerificationRequirement.DISCOURAGED,
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def use_key(user: User, challenge: bytes, answer: str) -> bool:
    """Did one of this person's keys sign the challenge? A counter that does not rise is a copied key."""
    where = place()
    try:
        said = _answer(answer)
        key = user.factors.get(kind=Factor.KEY, credential=b64u(unb64u(str(said.get("id", "")))))
        found = webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=challenge,
            expected_rp_id=where.rp_id,
            expected_origin=where.origin,
            credential_public_key=bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
        )
    except (*STUMBLES, Factor.DoesNotExist):
        return False
    count = found.new_sign_count
    # Keys without a counter say 0 always.
    risen = Q(sign_count__lt=count) if count else Q(sign_count=0)
    return Factor.objects.filter(risen, pk=key.pk).update(sign_count=count, used=now()) == 1


def _answer(text: str) -> dict[str, Any]:
    if len(text) > MOST_CREDENTIAL:
        raise ValueError("longer than any answer")
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
