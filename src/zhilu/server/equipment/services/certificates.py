"""Certificates of devices, as the county keeps account of them (spec/registers.md §4).

The bureau's authority makes them, off this server. Here a certificate is looked at before it is recorded:
- one certificate in PEM, at most 16 KiB, and no private key beside it
- signed by the founded bureau's root
- of exactly one role, and naming one key, which is enrolled in that role and not revoked
- not expired
Devices judge certificates themselves; a record here says when one runs out, and gives nobody access.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from zhilu.encoding import format_time, sha256
from zhilu.errors import DataError, WorldError
from zhilu.pki import certificates
from zhilu.server.equipment import events
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.models import Bureau

LIMIT = 16_384


def read(data: bytes) -> events.CertificateRecorded:
    """The entry for a certificate that leads to the bureau's root."""
    certificate = _one(data)
    root = founded_root()
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        raise DataError("certificate", "The certificate does not lead to this bureau's root.") from None
    roles = _roles(certificate)
    if len(roles) != 1:
        raise DataError("certificate", "The certificate has no single role of this bureau.")
    return events.CertificateRecorded(
        kid=certificates.kid_of(certificate),
        role=roles.pop(),
        serial=f"{certificate.serial_number:040x}",
        digest=sha256(certificate.public_bytes(Encoding.DER)).hex(),
        not_before=format_time(certificate.not_valid_before_utc),
        not_after=format_time(certificate.not_valid_after_utc),
    )


def record(data: bytes, actor: str) -> events.CertificateRecorded:
    event = read(data)
    commit(event, actor)
    return event


def founded_root() -> x509.Certificate:
    """From this server's home, if it is the one that the ledger names."""
    try:
        root = x509.load_pem_x509_certificate(settings.ZHILU.root.read_bytes())
    except (OSError, ValueError):
        raise WorldError(
            "root-file", "The bureau's root certificate is not in the server's folder (root.pem)."
        ) from None
    if not Bureau.objects.filter(root=sha256(root.public_bytes(Encoding.DER)).hex()).exists():
        raise WorldError(
            "root-file", "root.pem in the server's folder is not the root with which the bureau was founded."
        )
    return root


def listed_as_revoked() -> frozenset[str] | None:
    """Serial numbers on the revocation list that this server hands to stations, as certificates have them
    here; None where there is no readable list."""
    try:
        crl = x509.load_pem_x509_crl(settings.ZHILU.crl.read_bytes())
    except (OSError, ValueError):
        return None
    return frozenset(f"{one.serial_number:040x}" for one in crl)


def _one(data: bytes) -> x509.Certificate:
    if len(data) > LIMIT:
        raise DataError("too-large", "The file is larger than {limit} bytes.", limit=LIMIT)
    if b"PRIVATE KEY" in data:
        raise DataError(
            "private-key",
            "The file holds a private key, which must never leave the device. Make a new key on the device.",
        )
    try:
        found = x509.load_pem_x509_certificates(data)
    except ValueError:
        found = []
    if len(found) != 1:
        raise DataError("certificate", "This is not one certificate in PEM.")
    return found[0]


def _roles(certificate: x509.Certificate) -> set[str]:
    try:
        return certificates.roles_of(certificate)
    except ValueError:
        return set()
