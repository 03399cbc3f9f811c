"""What a recorder has besides its camera, opened while it films: the mark key and the receiver of positions.

`recorder.toml`: `keys`, an input device, else the key `m` of the terminal, where there is one; `gpsd`. What
cannot be opened is a signed fault; the recording goes on without it. Positions are sealed with the segments
of live sources only: where a film was shot is not where it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zhilu.devices.gnss import Gnss, Position, gpsd_at
from zhilu.devices.keys import EvdevKeys, Keys, TerminalKeys
from zhilu.encoding import format_time
from zhilu.errors import WorldError
from zhilu.recorder.config import CaptureConfig
from zhilu.recorder.session import Session

Fault = Callable[[str, str], None]
"""Takes code and detail."""


@contextmanager
def senses(capture: CaptureConfig, session: Session, fault: Fault) -> Iterator[None]:
    keys, gnss = _keys(capture, fault), gpsd_at(capture.gpsd) if capture.gpsd else None
    session.marks.keys, session.where = keys, lambda: _where(gnss)
    try:
        yield
    finally:
        session.marks.keys, session.where = None, lambda: None
        for part in (keys, gnss):
            if part is not None:
                part.close()


def _keys(capture: CaptureConfig, fault: Fault) -> Keys | None:
    if capture.keys is None:
        return TerminalKeys()
    try:
        return EvdevKeys(Path(capture.keys))
    except WorldError as error:
        fault("keys", str(error))
        return None


def _where(gnss: Gnss | None) -> dict[str, Any] | None:
    """As in `private` of a segment (spec/journal.md §4)."""
    fix = gnss.position() if gnss else None
    return sealed_form(fix) if fix else None


def sealed_form(fix: Position) -> dict[str, Any]:
    place = {"at": format_time(fix.at), "lat": fix.lat, "lon": fix.lon}
    return place if fix.error_mm is None else place | {"error_mm": fix.error_mm}
