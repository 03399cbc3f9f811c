"""A copy in the demonstration: what a viewer's page does after a release, with the same steps in Python. The
package is real, and its recipient opens it; the watermarked film, which only a browser draws, is not in it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from zhilu.demo.bureau.station import places
from zhilu.encoding import format_time, sha256, unb64u
from zhilu.protocols.viewing import Span
from zhilu.protocols.viewing_after import copy_challenge
from zhilu.sealed.clip import Clip, disclosed
from zhilu.sealed.copies import make_head, parts, seal_package
from zhilu.sealed.envelopes import release_open
from zhilu.sealed.keys import thumbprint
from zhilu.sealed.segments import open_segment_with, recording_key, segment_key
from zhilu.server.evidence.services import export
from zhilu.softkey.ceremonies import Holder


@dataclass(frozen=True)
class Copying:
    """One recording under one approved request; `released` is the keyholder's answer."""

    bureau: str
    viewing: str
    span: Span
    released: dict[str, Any]
    recipient: EllipticCurvePrivateKey

    def package(self, holder: Holder, now: datetime) -> bytes:
        """Sealed to the recipient: the clip, and what proves it."""
        recording, release = UUID(self.span.recording), self.released["release"]
        leaf, viewer = unb64u(release["leaf"]), holder.viewer_private_key
        sealed = [unb64u(share["sealed"]) for share in release["shares"]]
        key = recording_key([release_open(one, recording, leaf, viewer) for one in sealed], recording)
        numbers = list(disclosed(self.span.first, self.span.last))
        keys = {i: segment_key(key, recording, i) for i in numbers}
        found = {name: b"".join(data) for name, data in export.files(export.find(recording)).items()}
        media, where = found["recording/media.sealed"], places(found["recording/journal.jws"])
        pieces = [media[at : at + length] for at, length in where]
        plain = [open_segment_with(keys[i], recording, i, pieces[i]) for i in numbers]
        contents = {
            "clip.json": Clip(recording, self.span.first, self.span.last, "clip.mp4", keys).dumps(),
            "journal.jws": found["recording/journal.jws"],
            "receipt.json": found["receipt.json"],
            "logbook.jws": found["logbook.jws"],
            "clip": b"".join(plain),
            "film": b"",
        }
        lengths = {name: len(data) for name, data in contents.items()}
        stream = parts({name: [data] for name, data in contents.items()}, lengths)
        to = self.recipient.public_key()
        return b"".join(seal_package(make_head(self._head(now)), stream, to, secrets.token_bytes(32)))

    def _head(self, now: datetime) -> dict[str, Any]:
        return {
            "bureau": self.bureau,
            "viewing": self.viewing,
            "recording": self.span.recording,
            "from": self.span.first,
            "to": self.span.last,
            "recipient": thumbprint(self.recipient.public_key()),
            "made": format_time(now),
        }

    def said(self, holder: Holder, package: bytes, now: datetime) -> dict[str, Any]:
        """Body of `POST /api/viewings/<id>/copy-made`."""
        at_ms, to = int(now.timestamp() * 1000), thumbprint(self.recipient.public_key())
        digest, length = sha256(package).hex(), len(package)
        told = {"recording": self.span.recording, "from": self.span.first, "to": self.span.last}
        told |= {"recipient": to, "sha256": digest, "length": length, "at_ms": at_ms}
        challenge = copy_challenge(
            self.viewing, self.span.recording, self.span.first, self.span.last, to, digest, length, at_ms
        )
        return told | {"assertion": holder.sign(challenge)}
