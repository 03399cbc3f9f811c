"""What each station said of itself last, and what that means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from zhilu.errors import ZhiluError
from zhilu.protocols.health import Health
from zhilu.server.equipment.models import Revocation, Station, StationHealth
from zhilu.server.numbers import minus
from zhilu.server.pages.services.health.finding import ATTENTION, BAD, GOOD, Finding, above, ago, below, worst
from zhilu.server.pages.templatetags.zhilu import beijing, size

SILENT, TOO_SILENT = timedelta(minutes=3), timedelta(days=1)
OLD, TOO_OLD = timedelta(hours=1), timedelta(hours=48)
"""Of a snapshot: it is believed for 72 hours."""
SPOOL, TOO_MUCH_SPOOL = 0.5, 0.8
DISK, TOO_LITTLE_DISK = 20 * 2**30, 2 * 2**30
OFF_US, TOO_OFF_US = 3_000_000, 30_000_000
ENDING = timedelta(days=30)


@dataclass(frozen=True)
class Row:
    """`lines`: (state, sentence) for each thing looked at; the report is None where there is none."""

    station: Station
    heard: datetime | None
    report: Health | None
    lines: list[tuple[str, str]]

    @property
    def state(self) -> str:
        return worst(state for state, _says in self.lines)


def check(at: datetime) -> Finding:
    return finding(rows(at))


def finding(found: list[Row]) -> Finding:
    title = _("Stations")
    if not found and settings.ZHILU.tier == "city":
        return Finding(GOOD, title, _("No station is enrolled."))
    if not found:
        return Finding(ATTENTION, title, _("No station is enrolled."), _("Enrol the first under Stations."))
    wrong = [row.station.name for row in found if row.state != GOOD]
    state = worst(row.state for row in found)
    if not wrong:
        return Finding(GOOD, title, _("Each station was heard in the last minutes and is well."))
    says = _("Look at: %(names)s.") % {"names": _(", ").join(wrong[:10])}
    return Finding(state, title, says, _("The table below says what each of them needs."))


def rows(at: datetime) -> list[Row]:
    """Those in use, the worst first."""
    told = StationHealth.objects.in_bulk()
    known = Station.objects.exclude(kid__in=Revocation.objects.values("kid")).order_by("name", "kid")
    found = [_row(one, told.get(one.kid), at) for one in known]
    return sorted(found, key=lambda row: (BAD, ATTENTION, GOOD).index(row.state))


def _row(station: Station, told: StationHealth | None, at: datetime) -> Row:
    report = _report(told)
    if told is None or report is None:
        return Row(station, None, None, [(ATTENTION, _("It has never said how it is: start it."))])
    lines = [_heard(told.received_at, at), _spool(report), _disk(report), _clock(report)]
    lines += [_snapshot(report, told.received_at), _certificate(report, at)]
    return Row(station, told.received_at, report, lines)


def _report(told: StationHealth | None) -> Health | None:
    try:
        return Health.from_json(told.report) if told else None
    except ZhiluError:
        return None  # an older release's form: the next report is due in a minute


def _seconds(value: timedelta) -> float:
    return value.total_seconds()


def _heard(heard: datetime, at: datetime) -> tuple[str, str]:
    state = above(_seconds(at - heard), _seconds(SILENT), _seconds(TOO_SILENT))
    if state == GOOD:
        return state, _("Heard in the last minutes.")
    says = _("Not heard for %(age)s: see that it is on and reaches this server. Below: as it was then.")
    return state, says % {"age": ago(heard, at)}


def _spool(report: Health) -> tuple[str, str]:
    told = {"used": size(report.spool_bytes), "limit": size(report.spool_limit_bytes)}
    state = above(report.spool_bytes / max(1, report.spool_limit_bytes), SPOOL, TOO_MUCH_SPOOL)
    if state == GOOD:
        return state, _("Spool: %(used)s of %(limit)s.") % told
    says = _("Spool: %(used)s of %(limit)s wait for this server: see why uploads do not go through.")
    return state, says % told


def _disk(report: Health) -> tuple[str, str]:
    state = below(report.disk_free_bytes, DISK, TOO_LITTLE_DISK)
    says = (
        _("Disk: %(free)s free.")
        if state == GOOD
        else _("Disk: %(free)s free, little: when it is full, it collects no more. Add room.")
    )
    return state, says % {"free": size(report.disk_free_bytes)}


def _clock(report: Health) -> tuple[str, str]:
    if report.clock_offset_us is None:
        return ATTENTION, _("Clock: not compared with this server's yet.")
    state = above(abs(report.clock_offset_us), OFF_US, TOO_OFF_US)
    seconds = minus(f"{report.clock_offset_us / 1_000_000:+.0f}")
    if state == GOOD:
        return state, _("Clock: within %(limit)s s of this server's.") % {"limit": OFF_US // 1_000_000}
    says = _("Clock: %(seconds)s s against this server's: see that both follow the time service.")
    return state, says % {"seconds": seconds}


def _snapshot(report: Health, heard: datetime) -> tuple[str, str]:
    if report.snapshot_at is None:
        return BAD, _("List of devices: none yet, so it takes no recorder. It comes from this server.")
    state = above(_seconds(heard - report.snapshot_at), _seconds(OLD), _seconds(TOO_OLD))
    told = {"age": ago(report.snapshot_at, heard)}
    if state == GOOD:
        return state, _("List of devices: fresh.")
    says = _("List of devices: %(age)s old; after 72 hours it takes no recorder. See that it reaches us.")
    return state, says % told


def _certificate(report: Health, at: datetime) -> tuple[str, str]:
    if report.certificate_until is None:
        return BAD, _(
            "Certificate, as the station says: none that it can read. Issue one with `zhilu pki issue`."
        )
    state = below(_seconds(report.certificate_until - at), _seconds(ENDING), 0)
    says = (
        _("Certificate, as the station says: until %(until)s.")
        if state == GOOD
        else _("Certificate, as the station says: until %(until)s. Issue the next with `zhilu pki issue`.")
    )
    return state, says % {"until": beijing(report.certificate_until)}
