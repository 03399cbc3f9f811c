"""`zhilu recorder adopt`: a bureau makes a new recorder its own (spec/journal.md §3 `enrolled`).

This is the one moment in which something is believed because a person brought it: the trust document. Its
roots, ledger and cosigners are pinned by the signed first line of the logbook; all else must be proved
under them, now and later:
- the certificate is for this recorder's TLS key and evidence kid, in the role `recorder`, from a pinned root
- the entry `recorder-enrolled/1` names this key, and is in the ledger
- policy, assignment and binding come as on every later docking

Nothing is written before all of it holds. Adopting again renews the certificate, and takes newer entries if
there are any; the pinned keys must be the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from zhilu.durable import replace
from zhilu.encoding import sha256
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.pki import certificates
from zhilu.pki.tls import check_role
from zhilu.protocols.docking_messages import EntriesRequest, entry_under
from zhilu.recorder.adopted import Adopted, check_entry
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.sealed.keys import Signer
from zhilu.sealed.trust import Trust
from zhilu.strictjson import fields, loads_object
from zhilu.tlog.proof import verify_entry

MAX_FILE = 4 * 2**20
ENROLLED = "recorder-enrolled/1"


@dataclass(frozen=True)
class Papers:
    """What the bureau hands over, as read from files."""

    trust: bytes
    certificate: bytes
    roots: bytes
    entries: bytes | None
    crl: bytes | None

    @classmethod
    def read(
        cls, trust: Path, certificate: Path, roots: Path, entries: Path | None, crl: Path | None
    ) -> Papers:
        more = [_read(path) if path else None for path in (entries, crl)]
        return cls(_read(trust), _read(certificate), _read(roots), *more)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise WorldError(
            "file", "The file {path} cannot be read: {reason}", path=path, reason=error.strerror
        ) from None
    if len(data) > MAX_FILE:
        raise DataError("too-large", "The file {path} is too large.", path=path)
    return data


def adopt(home: Home, logbook: Logbook, papers: Papers, serial: str, counter_kind: str) -> int:
    """How many entries were new."""
    trust = Trust.loads(papers.trust)
    roots = _check_certificates(home, papers, trust, logbook.signer.kid)
    request = _check_entries(papers.entries, trust, logbook.signer, serial) if papers.entries else None
    if request is None and not logbook.exists:
        raise CallerError("no-entries", "A new recorder needs the entries of the ledger.")
    first = _first_line(papers.trust, logbook, serial, counter_kind, roots)
    if logbook.exists:
        _same_trust(logbook, first)
    else:
        logbook.write("enrolled", **first)
    # A crash here: an enrolled recorder without policy; it does not record, and is adopted again.
    _store(home, papers)
    adopted = Adopted(home, logbook)
    adopted.settle()
    return adopted.take(request) if request else 0


def _check_entries(data: bytes, trust: Trust, signer: Signer, serial: str) -> EntriesRequest:
    body = loads_object(data, MAX_FILE)
    _check_enrolled(body, trust, signer, serial)
    request = EntriesRequest.from_json(body)
    for proof in request.entries:
        check_entry(proof, trust.keys, signer.kid)
    return request


def _check_certificates(home: Home, papers: Papers, trust: Trust, kid: str) -> list[str]:
    """Hex of the SHA-256 of each pinned root's DER. Refuses with `certificate`, `role`, `crl`."""
    try:
        own = x509.load_pem_x509_certificate(papers.certificate)
        roots = x509.load_pem_x509_certificates(papers.roots)
        pinned = [root for text in trust.roots for root in x509.load_pem_x509_certificates(text.encode())]
    except ValueError:
        raise DataError("certificate", "Certificate or roots are not in PEM.") from None
    if not all(root in pinned for root in roots):
        raise DataError("certificate", "The roots are not those of the trust document.")
    check_role(own.public_bytes(serialization.Encoding.DER), "recorder")
    if certificates.kid_of(own) != kid or own.public_key() != _tls_key(home):
        raise DataError("certificate", "The certificate is for another recorder.")
    if not any(_issued_by(own, root) for root in roots):
        raise DataError("certificate", "The certificate is not from the bureau's root.")
    if papers.crl is not None:
        certificates.read_crl(papers.crl, roots)
    return [sha256(root.public_bytes(serialization.Encoding.DER)).hex() for root in pinned]


def _tls_key(home: Home) -> object:
    key = serialization.load_pem_private_key(home.file("tls.key").read_bytes(), None)
    return key.public_key()


def _issued_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
        return True
    except (ValueError, TypeError, InvalidSignature):
        return False


def _check_enrolled(body: dict[str, Any], trust: Trust, signer: Signer, serial: str) -> None:
    """The ledger knows this key under this serial number."""
    got = fields(body, {"checkpoint": str, "enrolled": dict})
    entry = verify_entry(entry_under(got["checkpoint"], got["enrolled"]), trust.keys, ENROLLED)
    if (entry.core.get("recorder"), entry.core.get("serial")) != (signer.kid, serial):
        raise DataError("enrolled", "The ledger's entry is for another recorder.")


def _first_line(
    trust: bytes, logbook: Logbook, serial: str, counter_kind: str, roots: list[str]
) -> dict[str, Any]:
    got = json.loads(trust)
    pinned = {name: got[name] for name in ("ledger", "cosigners", "quorum")}
    device = {"serial": serial, "jwk": logbook.signer.jwk}
    counted = {"counter_kind": counter_kind, "counter": logbook.number}
    return device | {"roots": roots} | pinned | counted


def _same_trust(logbook: Logbook, first: dict[str, Any]) -> None:
    enrolled = logbook.reader.enrolled
    assert enrolled is not None
    if any(getattr(enrolled, name) != first[name] for name in ("roots", "ledger", "cosigners", "quorum")):
        raise DataError("trust", "This recorder was adopted under other roots or ledger keys.")


def _store(home: Home, papers: Papers) -> None:
    replace(home.file("tls.crt"), papers.certificate, 0o644)
    replace(home.file("roots.pem"), papers.roots, 0o644)
    if papers.crl is not None:
        replace(home.file("crl.pem"), papers.crl, 0o644)
