"""TLS of the bureau: 1.3 only, certificates on both sides, role and revocation judged in the handshake.

Rules (spec/docking.md §1, §7), in this order:
1. OpenSSL: TLS 1.3, chain to one of the given roots and no other, within its time. No system roots, and no
   resumption (a resumed session would skip the certificate).
2. Ours, still inside the handshake: the peer has the one role asked for (`role`) and is not on the revocation
   list (`revoked`).
A peer that fails ends there: no byte of the application is read from it.

Host names are not compared: a bay has none. Who the peer is, its kid says.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from zhilu.errors import DataError
from zhilu.pki import certificates


class RoleContext(ssl.SSLContext):
    """A context that knows which role its peer must have."""

    peer_role: str
    crl: x509.CertificateRevocationList | None

    def judge(self, der: bytes | None) -> None:
        """After OpenSSL's own checks; raises what asyncio and httpx take for a failed handshake."""
        try:
            check_peer(der, self.peer_role, self.crl)
        except DataError as error:
            raise ssl.SSLCertVerificationError(1, f"zhilu: {error.code}") from error


def _judge(connection: ssl.SSLObject | ssl.SSLSocket) -> None:
    context = connection.context
    assert isinstance(context, RoleContext)
    context.judge(connection.getpeercert(binary_form=True))


class _RoleObject(ssl.SSLObject):
    """For asyncio, which speaks TLS over memory."""

    def do_handshake(self) -> None:
        super().do_handshake()
        _judge(self)


class _RoleSocket(ssl.SSLSocket):
    """For plain sockets."""

    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        _judge(self)


def _context(
    side: int, certificate: Path, key: Path, roots: Path, peer_role: str, crl: bytes | None
) -> RoleContext:
    context = RoleContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.sslobject_class = _RoleObject
    context.sslsocket_class = _RoleSocket
    context.peer_role = peer_role
    try:
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(roots)
        trusted = x509.load_pem_x509_certificates(Path(roots).read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(
            "tls-files", "Certificate, key or roots cannot be read: {detail}", detail=error
        ) from None
    context.crl = certificates.read_crl(crl, trusted) if crl is not None else None
    return context


def server_context(
    certificate: Path, key: Path, roots: Path, role_of_client: str, crl: bytes | None = None
) -> RoleContext:
    """For who listens. `crl`: PEM of the bureau's revocation list, or None where none has arrived yet."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, certificate, key, roots, role_of_client, crl)
    context.num_tickets = 0
    return context


def client_context(
    certificate: Path, key: Path, roots: Path, role_of_server: str, crl: bytes | None = None
) -> RoleContext:
    """For who connects."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, certificate, key, roots, role_of_server, crl)


def check_peer(der: bytes | None, role: str, crl: x509.CertificateRevocationList | None) -> str:
    """The peer's kid; DataError `certificate` (none, or none of ours), `role`, `revoked`."""
    check_role(der, role)
    certificate = _load(der)
    if (
        crl is not None
        and crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None
    ):
        raise DataError("revoked", "The certificate has been revoked.", kid=certificates.kid_of(certificate))
    return certificates.kid_of(certificate)


def check_role(der: bytes | None, role: str) -> None:
    """Exactly this role; a certificate with two could play both ends of a handover."""
    found = certificates.roles_of(_load(der))
    if found != {role}:
        said = "+".join(sorted(found)) or "-"
        raise DataError("role", "The certificate has the role {found}, not {role}.", found=said, role=role)


def peer_kid(der: bytes | None) -> str:
    """The evidence kid that a peer's certificate names."""
    return certificates.kid_of(_load(der))


def peer_der(ssl_object: Any) -> bytes:
    """The peer's certificate of a live connection (`transport.get_extra_info("ssl_object")`)."""
    der = ssl_object.getpeercert(binary_form=True) if ssl_object is not None else None
    if not der:
        raise DataError("certificate", "The peer showed no certificate.")
    return bytes(der)


def own_der(certificate: Path) -> bytes:
    """DER of the first certificate in a PEM file: what this side shows on a connection."""
    return x509.load_pem_x509_certificates(certificate.read_bytes())[0].public_bytes(Encoding.DER)


def _load(der: bytes | None) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der or b"")
    except ValueError:
        raise DataError("certificate", "The peer showed no certificate.") from None
