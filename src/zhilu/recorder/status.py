"""`zhilu recorder status`: facts for a person. Reads only, also while another process records.

It does not ask the key: a recorder whose token is away has a status all the more.
"""

from __future__ import annotations

from zhilu.devices.hardware import open_counter
from zhilu.errors import ZhiluError
from zhilu.i18n import _
from zhilu.recorder.config import Config
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import read_lines
from zhilu.recorder.parts import enrolled_key, logbook_kid
from zhilu.recorder.space import usage
from zhilu.sealed.keys import thumbprint
from zhilu.sealed.logbook import LogbookReader


def status_lines(home: Home) -> list[str]:
    config = home.config()
    serial = _("serial number: {serial}").format(serial=config.serial)
    if logbook_kid(home) is None:
        return [serial, _("not adopted yet")]
    reader, value = _read(home, config)
    lives = list(reader.recordings.values())
    free, total = usage(home.folder)
    return [
        serial,
        _("evidence key: {kid} ({kind})").format(kid=reader.kid, kind=config.key.kind),
        _("logbook: {lines} lines, counter {counter} ({kind})").format(
            lines=reader.lines, counter=value, kind=config.counter.kind
        ),
        _("recordings: {all}, of them not yet cleared {held}, open {open}").format(
            all=len(lives),
            held=sum(not life.cleared for life in lives),
            open=sum(life.closed_by is None for life in lives),
        ),
        _("storage: {free} of {total} bytes free").format(free=free, total=total),
    ]


def _read(home: Home, config: Config) -> tuple[LogbookReader, str]:
    """The logbook, under the key that it names itself; the counter's number, or why there is none now."""
    key = enrolled_key(home)
    reader = LogbookReader(key, thumbprint(key))
    newest = 0
    for line in read_lines(home.logbook):
        # A line without its end is being written just now, or is recovery's business.
        payload = reader.feed(line) if line.endswith(b"\n") else None
        newest = payload.get("counter", newest) if payload else newest
    try:
        counter = open_counter(config, home.folder)
        counter.seen(newest)
        return reader, str(counter.value())
    except ZhiluError as error:
        return reader, f"[{error.code}]"
