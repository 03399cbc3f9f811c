# ruff: noqa: E501 - lines of SQL
"""The child of reconcile.py: `_reconcile.py HOME RECORDINGS` fills the home PAST ITS LEDGER, counts, asks."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from _lists import Times, say

from zhilu.server.commands import boot

RECORDINGS, RECORDERS, DAYS = 142_000, 486, 30
MONTH = "2026-09"
KID = "rpad('rec' || {n}, 43, 'x')"
ID = "('{kind}0000000-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid"
OPENED = "'2026-09-01 01:00:00+00'::timestamptz + (n / 486 %% 30) * interval '1 day' + (n / 14580) * interval '1 h'"
FILL = {
    "recorders": f"""INSERT INTO equipment_recorder (entry, kid, jwk, serial, counter_kind, station, bay, state, state_reason)
        SELECT 0, {KID.format(n="n")}, '{{}}', 'XT-9' || lpad(n::text, 4, '0'), 'file', NULL, NULL, 'in-service', ''
        FROM generate_series(0, {RECORDERS - 1}) n""",
    "equipment": f"""INSERT INTO equipment_equipment (entry, id, kind, serial, model, asset, department, kid)
        SELECT 0, 'recorder:XT-9' || lpad(n::text, 4, '0'), 'recorder', 'XT-9' || lpad(n::text, 4, '0'), '', '',
        (SELECT id FROM organisation_department ORDER BY id OFFSET n %% 3 LIMIT 1), {KID.format(n="n")}
        FROM generate_series(0, {RECORDERS - 1}) n""",
    "docked": f"""INSERT INTO equipment_docked (entry, recorder, handover, n, at, station, bay)
        SELECT 0, {KID.format(n="n")}, repeat('0', 64), 1000000, '2026-10-01 00:00:00+00', '', 1
        FROM generate_series(0, {RECORDERS - 1}) n""",
    "held": f"""INSERT INTO equipment_heldlogbook (entry, recorder, last, at, told_at, state)
        SELECT 0, {KID.format(n="n")}, 1000000, '2026-10-01 00:00:00+00', '2026-10-01 00:01:00+00', '{{}}'
        FROM generate_series(0, {RECORDERS - 1}) n""",
    "logged": f"""INSERT INTO equipment_loggedrecording (entry, id, recorder, recording, opened_at, day, clock, told_at, closed_line, closed_at, lines, length, cleared)
        SELECT 0, kid || '/' || rec, kid, rec, opened, (opened + interval '8 h')::date, false, opened + interval '9 h', n, opened + interval '5 min', 150, 230000000, true
        FROM (SELECT n, {KID.format(n=f"(n %% {RECORDERS})")} kid, {ID.format(kind="a", n="n")} rec, {OPENED} opened FROM generate_series(1, {RECORDINGS}) n) one""",
    "handed": """INSERT INTO equipment_handedover (entry, id, recorder, recording, handover, station, bay, at, told_at, day)
        SELECT 0, id, recorder, recording, repeat('0', 64), '', 1, told_at, told_at, day FROM equipment_loggedrecording
        WHERE closed_line %% 400 <> 1 AND recorder LIKE 'rec%%'""",
    "stored": """INSERT INTO evidence_recording (entry, id, recorder, lines, last, segments, length, origin, drill, policy, opened_at, closed_at, handover, officer_check, station, bay, closed_by, copies, marks, stored_at, acts, aside)
        SELECT 0, recording, recorder, 150, repeat('0', 64), 150, 230000000, 'camera', false, 1, opened_at, closed_at, repeat('0', 64), 'key', '', 1, 'recording-closed', 1, 0, told_at, 0, ''
        FROM equipment_loggedrecording WHERE closed_line %% 200 <> 1 AND recorder LIKE 'rec%%'""",
    "boots": f"""INSERT INTO equipment_loggedabsence (entry, id, recorder, kind, reason, since, until, day, docked)
        SELECT 0, {KID.format(n=f"(n %% {RECORDERS})")} || '/' || n || '/boot', {KID.format(n=f"(n %% {RECORDERS})")}, 'boot', '', {OPENED}, {OPENED} + interval '1 min', ({OPENED} + interval '8 h')::date, false
        FROM generate_series(1, 2000) n""",
}


def fill() -> str:
    """Who asks: a leader of the whole bureau."""
    from django.conf import settings
    from django.db import connection

    from support import bureau
    from support.county_world import CountyWorld
    from support.recordings import fixed_key
    from zhilu.pki.certificates import key_pem

    settings.ZHILU.text_key.write_bytes(key_pem(fixed_key("text")))
    world = CountyWorld(settings.ZHILU)
    world.found()
    world.publish()
    world.store()
    grown = bureau.grow(world)
    world.publish()
    with connection.cursor() as cursor:
        for name, statement in FILL.items():
            began = time.monotonic()
            cursor.execute(statement, [])
            say(f"{time.monotonic() - began:7.1f} s  {name}")
        cursor.execute("VACUUM ANALYZE")
    return grown.people["leader*"]


def asker() -> str:
    """Of a home that was filled before, and kept."""
    from zhilu.server.organisation.models import User

    found = User.objects.filter(username="bench-leader").values_list("person", flat=True).first()
    return str(found or "")


def client_of(person: str) -> Any:
    from django.test import Client

    from zhilu.server.organisation.models import User

    user, _made = User.objects.get_or_create(person=person, defaults={"username": "bench-leader"})
    client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="zh-hans")
    client.force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
    return client


def measure(person: str) -> dict[str, float]:
    from django.test.utils import setup_test_environment

    from zhilu.server.oversight.models import Day, Hole, Reconciled
    from zhilu.server.oversight.services import reconcile

    Reconciled.objects.all().delete()
    began, cpu = time.monotonic(), time.process_time()
    reconcile.everything()
    took = time.monotonic() - began
    say(
        f"{took:7.1f} s ({time.process_time() - cpu:.1f} CPU)  {Day.objects.count()} days, {Hole.objects.count()} holes"
    )
    setup_test_environment()
    client, pages = client_of(person), Times()
    for path, query in asked():
        pages.ask("leader", client, path, query)
    pages.told("pages")
    return {
        "reconcile_month_s": took,
        "absence_page_ms": max(pages.of.values()),
        "absence_most_queries": pages.most_queries,
    }


def asked() -> list[tuple[str, dict[str, str]]]:
    holes = [{}, {"state": "open"}, {"state": "note"}, {"kind": "not-stored"}, {"kind": "clock"}, {"serial": "XT-90123"},
             {"first": "2026-09-10", "last": "2026-09-12"}]  # fmt: skip
    return [
        ("/absence", {"month": MONTH}),
        ("/absence/day", {"day": f"{MONTH}-17"}),
        ("/absence/recorders", {}),
        *(("/absence/holes", one | {"plain": "1"}) for one in holes),
    ]


if __name__ == "__main__":
    boot.start(Path(sys.argv[1]))
    print(json.dumps(measure(asker() or fill())))
