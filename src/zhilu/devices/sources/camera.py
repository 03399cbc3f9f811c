"""The camera. FFmpeg as the wheels carry it has no V4L2: this source says so instead of pretending."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.devices.media.facts import Fragment, Header
from zhilu.devices.sources.base import Going
from zhilu.errors import WorldError


class CameraSource:
    origin = "camera"

    def open(self) -> Header:
        raise WorldError("source", "A camera cannot be read by this release; use a file or `test`.")

    def fragments(self, going: Going) -> Iterator[Fragment]:
        raise WorldError("source", "A camera cannot be read by this release; use a file or `test`.")

    def close(self) -> None:
        """Nothing is held."""
