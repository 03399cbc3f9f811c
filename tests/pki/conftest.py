import secrets
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zhilu.encoding import b64u
from zhilu.pki import certificates
from zhilu.pki.authority import Authority

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Bureau:
    """An authority in a folder, and a quick way to a certificate with its key."""

    def __init__(self, folder: Path, code: str = "julu") -> None:
        self.authority = Authority.create(
            folder,
            bureau=code,
            domain="localhost",
            name_zh="巨鹿县税务局",
            name_en="Julu",
            now=datetime.now(UTC),
        )
        self.roots = folder / "root.pem"
        self.count = 0

    def member(self, role: str, kid: str | None = None) -> tuple[Path, Path]:
        """Paths of certificate and key."""
        self.count += 1
        key = certificates.new_key()
        folder = self.authority.folder.parent / f"{self.authority.bureau}-{role}-{self.count}"
        folder.mkdir()
        csr = certificates.make_csr(key, kid or b64u(secrets.token_bytes(32)), "test")
        (folder / "tls.crt").write_bytes(self.authority.issue(csr, role, datetime.now(UTC)))
        (folder / "tls.key").write_bytes(certificates.key_pem(key))
        return folder / "tls.crt", folder / "tls.key"


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return Bureau(tmp_path / "authority")


@pytest.fixture
def stranger(tmp_path: Path) -> Bureau:
    return Bureau(tmp_path / "elsewhere", "qinghe")
