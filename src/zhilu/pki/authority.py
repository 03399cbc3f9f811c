"""A bureau's authority: a folder that can be taken offline.

    root.key (0600)  root.pem  bureau.json  issued/<serial>.pem  revoked.json  crl.pem

`init` makes it, whole or not at all. `revoked.json` is the bureau's word on kids; `crl.pem` is made from it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from zhilu.durable import new_folder, replace
from zhilu.encoding import format_time, parse_time
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.pki import certificates

PUBLIC = 0o644


@dataclass(frozen=True)
class Authority:
    folder: Path
    bureau: str
    domain: str
    name_zh: str
    name_en: str

    @staticmethod
    def create(
        folder: Path, *, bureau: str, domain: str, name_zh: str, name_en: str, now: datetime
    ) -> Authority:
        with new_folder(folder) as draft:
            _fill(draft, {"bureau": bureau, "domain": domain, "name_zh": name_zh, "name_en": name_en}, now)
        return Authority.open(folder)

    @staticmethod
    def open(folder: Path) -> Authority:
        try:
            fields = json.loads((folder / "bureau.json").read_bytes())
            return Authority(folder=folder, **fields)
        except OSError:
            raise WorldError("no-authority", "There is no authority in {folder}.", folder=folder) from None
        except (ValueError, TypeError):
            raise DataError(
                "bureau-file", "The file {path} is damaged.", path=folder / "bureau.json"
            ) from None

    def root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / "root.pem").read_bytes())

    def _key(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key((self.folder / "root.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def issue(self, csr: bytes, role: str, now: datetime) -> bytes:
        """PEM of the certificate; kept in `issued/` before it is handed out, or it could not be revoked."""
        request = certificates.read_csr(csr)
        kid = certificates.kid_of(request)
        if any(entry["kid"] == kid for entry in self.revoked()):
            raise DataError("revoked", "The key {kid} has been revoked.", kid=kid)
        certificate = certificates.issue(self.root(), self._key(), request, role, now)
        data = certificates.pem(certificate)
        replace(self.folder / "issued" / f"{certificate.serial_number:040x}.pem", data, PUBLIC)
        return data

    def revoked(self) -> list[dict[str, Any]]:
        """`[{"kid","since","reason"}]`, as the trust document carries it."""
        found: list[dict[str, Any]] = json.loads((self.folder / "revoked.json").read_bytes())
        return found

    def revoke(self, kid: str, reason: str, now: datetime) -> int:
        """How many certificates of this kid the list now names."""
        serials = self._serials(kid)
        if not serials:
            raise CallerError("unknown-kid", "No certificate was issued for {kid}.", kid=kid)
        if all(entry["kid"] != kid for entry in self.revoked()):
            entries = [*self.revoked(), {"kid": kid, "since": format_time(now), "reason": reason}]
            replace(self.folder / "revoked.json", _json(entries), PUBLIC)
        self.renew_crl(now)
        return len(serials)

    def renew_crl(self, now: datetime) -> None:
        since = {
            serial: parse_time(entry["since"])
            for entry in self.revoked()
            for serial in self._serials(entry["kid"])
        }
        crl = certificates.make_crl(self.root(), self._key(), since, now)
        replace(self.folder / "crl.pem", certificates.pem(crl), PUBLIC)

    def _serials(self, kid: str) -> list[int]:
        issued = (
            x509.load_pem_x509_certificate(path.read_bytes())
            for path in (self.folder / "issued").glob("*.pem")
        )
        return [
            certificate.serial_number for certificate in issued if certificates.kid_of(certificate) == kid
        ]


def _fill(folder: Path, fields: dict[str, str], now: datetime) -> None:
    key = certificates.new_key()
    root = certificates.make_root(key, f"Zhilu {fields['bureau']}.{fields['domain']}", now)
    (folder / "issued").mkdir()
    replace(folder / "root.key", certificates.key_pem(key))
    replace(folder / "root.pem", certificates.pem(root), PUBLIC)
    replace(folder / "revoked.json", _json([]), PUBLIC)
    replace(folder / "crl.pem", certificates.pem(certificates.make_crl(root, key, {}, now)), PUBLIC)
    replace(folder / "bureau.json", _json(fields), PUBLIC)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
