"""A real video as a sealed recording, made by the core: for browsers to verify, open and play."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from zhilu.devices.sources.file import FileSource
from zhilu.encoding import sha256
from zhilu.sealed.envelopes import make_shares, make_text
from zhilu.sealed.keys import SoftSigner, public_jwk
from zhilu.sealed.lines import JOURNAL, Chain
from zhilu.sealed.policy import Policy
from zhilu.sealed.segments import Sealer, key_commitment, recording_key

START = datetime(2026, 11, 24, 2, 10, 3, 123000, UTC)
RECORDING = UUID("019ab4ad-5c00-7c11-8a52-3c1f00000001")
OFFICER = "019ab4ad-5c00-7c11-8a52-3c1f000000f1"


@dataclass
class SealedVideo:
    """`media` and `plain` by segment; `key` is the recording key, `share` what a keyholder releases."""

    journal: bytes
    media: list[bytes]
    plain: list[bytes]
    key: bytes
    share: bytes
    signer: SoftSigner
    recording: UUID = RECORDING
    opened_at: datetime = START
    closed_at: datetime = START
    typ: str = JOURNAL
    origin: str = "file"

    @property
    def lines(self) -> list[bytes]:
        return self.journal.splitlines(keepends=True)

    def stored(self) -> dict[str, Any]:
        """What the keyholder knows of it from the ledger."""
        return {"segments": len(self.media), "officer": OFFICER, "origin": self.origin, "drill": False}


@dataclass
class VideoSealer:
    """Writes the journal as a recorder does. `rewrite` may change a payload before it is signed."""

    video: Path
    signer: SoftSigner = field(default_factory=lambda: SoftSigner(ec.generate_private_key(ec.SECP256R1())))
    rewrite: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda kind, fields: fields
    closed: bool = True
    holders: dict[str, Any] | None = None
    """JWKs `keyholder` and `escrow`; without them nobody can open the envelopes."""
    city: dict[str, Any] | None = None
    """The same, of a second share."""

    def seal(self) -> SealedVideo:
        source = FileSource(self.video)
        header = source.open()
        self.chain, self.at_us = Chain(sha256(b"the recording-opened line")), 0
        shares, opened, key = self._open(header)
        lines, sealer = [self._line("open", **opened)], Sealer(key, RECORDING)
        plain = [header.data]
        media = [sealer.seal(header.data)[1]]
        lines.append(self._segment(0, 0, media[0], 0, 0))
        for fragment in source.fragments(lambda at_s: True):
            i, sealed = sealer.seal(fragment.data)
            self.at_us = fragment.pts_us + fragment.duration_us
            offset = sum(map(len, media))
            lines.append(self._segment(i, offset, sealed, fragment.pts_us, fragment.duration_us))
            media.append(sealed)
            plain.append(fragment.data)
        source.close()
        if self.closed:
            figures = {"segments": len(media), "length": sum(map(len, media))}
            lines.append(self._line("close", reason="end-of-source", **figures))
        end = START + timedelta(microseconds=self.at_us)
        return SealedVideo(b"".join(lines), media, plain, key, shares[0], self.signer, closed_at=end)

    def _open(self, header: Any) -> tuple[list[bytes], dict[str, Any], bytes]:
        jwk = public_jwk(ec.generate_private_key(ec.SECP256R1()).public_key())
        policy = Policy.from_core(
            {
                "version": 1,
                "sharing": "county+city" if self.city else "county",
                "shares": [
                    self.holders or {"keyholder": jwk, "escrow": jwk},
                    *([self.city] if self.city else []),
                ],
                "text_key": jwk,
                "officer_check_least": "key",
                "quorum": 1,
                "copies": 1,
            }
        )
        shares, shares_field = make_shares(policy, RECORDING)
        key = recording_key(shares, RECORDING)
        opened = {
            "id": str(RECORDING),
            "suite": "zhilu-1",
            "origin": "file",
            "drill": False,
            "officer": OFFICER,
            "policy": 1,
            "shares": shares_field,
            "text": make_text(policy, RECORDING)[1],
            "key_commitment": key_commitment(key, RECORDING).hex(),
            "codec": header.codec,
            "media": "video/mp4",
            "width": header.width,
            "height": header.height,
        }
        return shares, opened, key

    def _segment(self, i: int, offset: int, sealed: bytes, pts_us: int, duration_us: int) -> bytes:
        digest = sha256(sealed).hex()
        place = {"i": i, "offset": offset, "length": len(sealed), "sha256": digest}
        return self._line("segment", **place, pts_us=pts_us, duration_us=duration_us)

    def _line(self, kind: str, **fields: Any) -> bytes:
        at = START + timedelta(microseconds=self.at_us)
        return self.chain.next(self.signer, JOURNAL, kind, at, self.at_us, **self.rewrite(kind, fields))
