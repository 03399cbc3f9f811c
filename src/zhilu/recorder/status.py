"""`zhilu recorder status`: facts for a person. Reads only, also while another process records."""

from __future__ import annotations

from zhilu.devices.counter import FileCounter
from zhilu.devices.signer import load_key
from zhilu.i18n import _
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import read_lines
from zhilu.recorder.space import usage
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.logbook import LogbookReader


def status_lines(home: Home) -> list[str]:
    serial = _("serial number: {serial}").format(serial=home.serial())
    if not home.logbook.exists():
        return [serial, _("not adopted yet")]
    signer = load_key(home.file("evidence.key"))
    reader = LogbookReader(load_jwk(signer.jwk), signer.kid)
    for line in read_lines(home.logbook):
        if line.endswith(b"\n"):  # else it is being written just now, or recovery's business
            reader.feed(line)
    lives = list(reader.recordings.values())
    free, total = usage(home.folder)
    return [
        serial,
        _("evidence key: {kid}").format(kid=signer.kid),
        _("logbook: {lines} lines, counter {counter}").format(
            lines=reader.lines, counter=FileCounter(home.file("counter")).value()
        ),
        _("recordings: {all}, of them not yet cleared {held}, open {open}").format(
            all=len(lives),
            held=sum(not life.cleared for life in lives),
            open=sum(life.closed_by is None for life in lives),
        ),
        _("storage: {free} of {total} bytes free").format(free=free, total=total),
    ]
