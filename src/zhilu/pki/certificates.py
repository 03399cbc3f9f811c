"""Certificates of a bureau, made and read. No files, no clock: the time is passed in.

A root signs leaf certificates directly. A leaf carries, and is judged by:
- extended key usage: exactly one role of spec/docking.md §7, beside serverAuth and clientAuth
- subject alternative name: the URI `urn:zhilu:kid:<kid>`, the evidence key that the owner signs with

The TLS key is never the evidence key. P-256 and SHA-256 throughout.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from zhilu.errors import DataError

_ARC = "2.25.107540875129213280309279342404584147101"
ROLES = {
    "recorder": x509.ObjectIdentifier(f"{_ARC}.1"),
    "station": x509.ObjectIdentifier(f"{_ARC}.2"),
    "server": x509.ObjectIdentifier(f"{_ARC}.3"),
    "keyholder": x509.ObjectIdentifier(f"{_ARC}.4"),
}
KID_URI = "urn:zhilu:kid:"
ROOT_LIFE = timedelta(days=20 * 365)
LEAF_LIFE = timedelta(days=3 * 365)
CRL_LIFE = timedelta(days=365)
CSR_LIMIT = 65_536

_KID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
# A device's clock may be a little behind the one that signed.
_BACKDATE = timedelta(hours=1)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    """PKCS #8, not encrypted: the file's mode protects it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def pem(thing: x509.Certificate | x509.CertificateSigningRequest | x509.CertificateRevocationList) -> bytes:
    return thing.public_bytes(serialization.Encoding.PEM)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def make_root(key: ec.EllipticCurvePrivateKey, common_name: str, now: datetime) -> x509.Certificate:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(_name(common_name))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def make_csr(tls_key: ec.EllipticCurvePrivateKey, kid: str, common_name: str) -> bytes:
    """PEM of a request: TLS key and evidence kid. The role is given by the bureau, not asked for."""
    uri = x509.UniformResourceIdentifier(KID_URI + _checked_kid(kid))
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_name(common_name))
        .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
        .sign(tls_key, hashes.SHA256())
    )
    return pem(request)


def read_csr(data: bytes) -> x509.CertificateSigningRequest:
    """Refused: not PEM, signature wrong, key not P-256 (`csr`)."""
    if len(data) > CSR_LIMIT:
        raise DataError("csr", "The certificate request is too large.")
    try:
        request = x509.load_pem_x509_csr(data)
    except ValueError:
        raise DataError("csr", "This is not a certificate request in PEM.") from None
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise DataError("csr", "The certificate request must carry a P-256 key.")
    if not request.is_signature_valid:
        raise DataError("csr", "The signature of the certificate request is wrong.")
    return request


def issue(
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    request: x509.CertificateSigningRequest,
    role: str,
    now: datetime,
) -> x509.Certificate:
    """A leaf for the request's key, name and kid, in this one role; nothing else is taken over."""
    uri = x509.UniformResourceIdentifier(KID_URI + kid_of(request))
    uses = [ROLES[role], ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(root.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(min(now + LEAF_LIFE, root.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
        .add_extension(_issuer_key_id(root), critical=False)
        .sign(root_key, hashes.SHA256())
    )


def _issuer_key_id(root: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    subject_key_id = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key_id)


def make_crl(
    root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey, revoked: dict[int, datetime], now: datetime
) -> x509.CertificateRevocationList:
    """`revoked`: serial number of the certificate → since when."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(now)
        .next_update(now + CRL_LIFE)
        .add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), critical=False)
        .add_extension(_issuer_key_id(root), critical=False)
    )
    for serial, since in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(root_key, hashes.SHA256())


def read_crl(data: bytes, roots: list[x509.Certificate]) -> x509.CertificateRevocationList:
    """Refused unless a root signed it (`crl`). Its age is not judged: devices are offline for days."""
    try:
        crl = x509.load_pem_x509_crl(data)
    except ValueError:
        raise DataError("crl", "This is not a revocation list in PEM.") from None
    for root in roots:
        key = root.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey) and crl.issuer == root.subject and _signed_by(crl, key):
            return crl
    raise DataError("crl", "The revocation list is not signed by the bureau's root.")


def _signed_by(crl: x509.CertificateRevocationList, key: ec.EllipticCurvePublicKey) -> bool:
    try:
        return crl.is_signature_valid(key)
    except (InvalidSignature, TypeError, ValueError):
        return False


def kid_of(thing: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """The one evidence kid in the subject alternative name, else DataError `certificate`."""
    try:
        names = thing.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        raise _no_kid() from None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    kids = [uri.removeprefix(KID_URI) for uri in uris if uri.startswith(KID_URI)]
    if len(kids) != 1:
        raise _no_kid()
    return _checked_kid(kids[0])


def _checked_kid(kid: str) -> str:
    if not _KID.fullmatch(kid):
        raise _no_kid()
    return kid


def _no_kid() -> DataError:
    return DataError("certificate", "The certificate or request names no single evidence key.")


def roles_of(certificate: x509.Certificate) -> set[str]:
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return set()
    return {role for role, oid in ROLES.items() if oid in uses}
