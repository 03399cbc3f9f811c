# ruff: noqa: E501 - lines of SQL
"""Rows of a month of a large city for the benchmark of the pages of oversight, and for it alone: PostgreSQL
writes them into the tables PAST THE LEDGER. Nothing of it would pass an audit.

142,000 recordings, 99,000 acts, 100,000 due tasks with their matches, 20,000 findings with what people answered,
5,000 recordings drawn for review of which 3,000 are reviewed, 1,500 of them twice, a published assessment, 50
messages for everybody; 486 officers in forty departments below two others. The last day is today.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

RECORDINGS, OFFICERS = 142_000, 486
ID = "('{kind}0000000-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid"
TASKS, DAYS, FINDINGS, DRAWN, REVIEWED = 100_000, 31, 20_000, 5_000, 3_000
DEPARTMENTS, SANCTIONS, APPEALS, MESSAGES = 40, 1_000, 200, 50
OFFICER, SECOND = ID.format(kind="f", n="n %% 486"), ID.format(kind="f", n="(n + 1) %% 486")
ACT, RECORDING = ID.format(kind="b", n="n"), ID.format(kind="a", n="n")
TASK, FINDING = ID.format(kind="9", n="n"), "lpad(to_hex(n), 32, '0')"
BACK = f"({DAYS - 1} - n %% {TASKS} * {DAYS} / {TASKS})"
"""Days before today."""
MONTH = "to_char((now() AT TIME ZONE 'Asia/Shanghai')::date - interval '1 month', 'YYYY-MM')"
"""The one before this."""
DAY = f"((now() AT TIME ZONE 'Asia/Shanghai')::date - {BACK})"
SINCE = f"(({DAY} + time '08:30' + (n %% 9) * interval '1 hour') AT TIME ZONE 'Asia/Shanghai')"
BOTH = f"jsonb_build_array({OFFICER}::text, {SECOND}::text)"
PLACE = ID.format(kind="8", n=f"n %% {OFFICERS} %% {DEPARTMENTS}")
"""Of the officer."""
STATE = "(ARRAY['recorded', 'recorded', 'recorded', 'recorded', 'missing', 'recorded', 'excused', 'undescribed', 'recorded', 'recorded'])[1 + n %% 10]"
FROM = f"FROM generate_series(0, {TASKS - 1}) n"
FROM_FINDINGS = f"FROM generate_series(0, {FINDINGS - 1}) n"
FINDING_DAY = f"((now() AT TIME ZONE 'Asia/Shanghai')::date - n * {DAYS} / {FINDINGS})"
RULE = "(ARRAY['missing', 'late', 'gap', 'incomplete', 'clock-off', 'not-linked', 'ends-early', 'viewing-burst'])[1 + n %% 8]"
SEVERITY = "(ARRAY['serious', 'minor', 'minor', 'remind', 'remind', 'remind', 'minor', 'refer'])[1 + n %% 8]"
ANSWERS = (
    "jsonb_build_object("
    + ", ".join(
        f"'item-{n}', CASE WHEN (n + level) %% {n + 5} = 0 THEN 'no' ELSE 'yes' END" for n in range(20)
    )
    + ")"
)
FAILED = "CASE WHEN n %% 7 > 0 THEN '[]'::jsonb ELSE '[\"item-1\", \"item-2\"]'::jsonb END"
OPEN = "(ARRAY['open', 'explained', 'answered', 'concluded', 'concluded'])[1 + n %% 5]"
ACTS = f"FROM generate_series(0, {TASKS - 1}) n WHERE n %% 100 <> 99"
FILL = {
    "departments": (
        "organisation.Department",
        {"id": ID.format(kind="8", n="n"), "bureau": "'julu'", "name": "'第' || n + 1 || '税务分局'", "order": "100 + n", "kind": "'administration'", "closed": "false",
         "parent": "(SELECT id FROM organisation_department WHERE bureau = 'julu' AND parent IS NULL ORDER BY id OFFSET n %% 2 LIMIT 1)", "entry": "0"},
        f"FROM generate_series(0, {DEPARTMENTS - 1}) n",
    ),
    "people": (
        "organisation.Person",
        {"id": OFFICER, "name": "'官员' || n", "number": "(1305000 + n)::text", "entry": "0"},
        f"FROM generate_series(0, {OFFICERS - 1}) n",
    ),
    "posts": (
        "organisation.Post",
        {"id": ID.format(kind="e", n="n"), "person": OFFICER, "rank": "'officer'", "since": "'2025-01-01'::date",
         "department": PLACE, "entry": "0"},
        f"FROM generate_series(0, {OFFICERS - 1}) n",
    ),
    "recordings": (
        "evidence.Recording",
        {"id": RECORDING, "recorder": "rpad('rec' || n %% 486, 43, 'x')", "lines": "900", "last": "repeat('0', 64)", "segments": "900",
         "length": "230000000", "origin": "'camera'", "drill": "false", "officer": OFFICER, "policy": "1", "opened_at": SINCE,
         "department": PLACE, "closed_at": f"{SINCE} + interval '30 min'", "handover": "repeat('0', 64)", "officer_check": "'key'",
         "station": "''", "bay": "1", "closed_by": "'recording-closed'", "copies": "1", "marks": "0", "stored_at": f"{SINCE} + interval '8 h'",
         "duration_us": "1800000000", "acts": f"(n < {TASKS} AND n %% 100 <> 99)::int", "aside": f"CASE WHEN n < {TASKS} THEN '' ELSE 'other' END", "entry": "0"},
        f"FROM generate_series(0, {RECORDINGS - 1}) n",
    ),
    "acts": (
        "evidence.Act",
        {"id": ACT, "procedure": "'H01'", "class_code": "'confirm'", "catalogue": "1", "opened_at": f"{SINCE} + interval '3 h'", "version": "1", "present": "7",
         "department": PLACE, "linked_taxpayer": "true", "linked_document": "n %% 3 > 0", "entry": "0"},
        ACTS,
    ),
    "officers": (
        "evidence.ActOfficer",
        {"id": f"{ACT} || '/' || {OFFICER}", "act_id": ACT, "officer": OFFICER, "entry": "0"},
        ACTS,
    ),
    "spans": (
        "evidence.ActSpan",
        {"id": f"{ACT} || '/0'", "act_id": ACT, "recording": RECORDING, "from_us": "0", "to_us": "1800000000", "procedure": "'H01'", "entry": "0"},
        ACTS,
    ),
    "outcomes": (
        "evidence.Outcome",
        {"id": ID.format(kind="d", n="n"), "act_id": ACT, "kind": "(ARRAY['quota-adjusted', 'dispute-settled', 'tax-collected'])[1 + n %% 3]",
         "amount_fen": "n * 100", "at": f"{SINCE} + interval '3 h'", "by": "''", "opened_at": f"{SINCE} + interval '3 h'", "department": PLACE,
         "procedure": "'H01'", "class_code": "'confirm'", "entry": "0"},
        f"{ACTS} AND n %% 8 = 0",
    ),
    "tasks": (
        "oversight.DueTask",
        {"id": TASK, "number": "'RW' || lpad(n::text, 8, '0')", "version": "1", "procedure": "'H01'", "officers": BOTH, "since": SINCE,
         "until": f"{SINCE} + interval '1 hour'", "withdrawn": "false", "department": PLACE, "source": "'file'",
         "entered_at": "now()", "entered_by": "''", "taxpayer": "'T' || n / 5", "name": "'第' || n / 5 || '户'", "document": "'D' || n",
         "place": "'健康路 ' || n / 5 || ' 号'", "entry": "0"},
        FROM,
    ),
    "first officers": (
        "oversight.DueTaskOfficer",
        {"id": ID.format(kind="7", n="n"), "task": TASK, "officer": OFFICER, "since": SINCE, "entry": "0"},
        FROM,
    ),
    "second officers": (
        "oversight.DueTaskOfficer",
        {"id": ID.format(kind="6", n="n"), "task": TASK, "officer": SECOND, "since": SINCE, "entry": "0"},
        FROM,
    ),
    "matches": (
        "oversight.Match",
        {"id": "n", "bureau": "'julu'", "task": TASK, "day": DAY, "department": PLACE, "procedure": "'H01'", "class_code": "'confirm'",
         "officers": BOTH, "due": "true", "state": STATE, "told": "'{}'::jsonb"},
        FROM,
    ),
    "findings": (
        "oversight.Finding",
        {"id": FINDING, "rule": RULE, "version": "1", "severity": SEVERITY, "subject": f"({TASK})::text", "subject_kind": "'task'", "day": FINDING_DAY,
         "department": PLACE, "persons": f"jsonb_build_array({OFFICER}::text)", "asked": f"jsonb_build_array({OFFICER}::text)", "places": "'[]'::jsonb", "words": "'[]'::jsonb",
         "found_at": f"{FINDING_DAY}::timestamptz", "raised_at": f"{FINDING_DAY}::timestamptz", "state": OPEN, "conclusion": f"CASE WHEN {OPEN} = 'concluded' THEN 'fault' ELSE '' END", "entry": "0"},
        FROM_FINDINGS,
    ),
    "who is asked": (
        "oversight.FindingPerson",
        {"id": f"{FINDING} || '/' || {OFFICER}", "finding_id": FINDING, "person": OFFICER, "day": FINDING_DAY, "asked_at": f"{FINDING_DAY}::timestamptz", "entry": "0"},
        FROM_FINDINGS,
    ),
    "explanations": (
        "oversight.Explanation",
        {"id": ID.format(kind="5", n="n"), "finding": FINDING, "department": PLACE, "kind": "'other'", "reason": "'other'",
         "by": OFFICER, "at": f"{FINDING_DAY}::timestamptz", "text": "'情况说明'", "decision": f"CASE WHEN {OPEN} = 'explained' THEN '' ELSE 'refused' END", "entry": "0"},
        f"{FROM_FINDINGS} WHERE n %% 5 > 0",
    ),
    "faults": (
        "oversight.PersonFault",
        {"id": f"{FINDING} || '/' || {OFFICER}", "finding": FINDING, "person": OFFICER, "rule": RULE, "severity": SEVERITY,
         "department": PLACE, "day": FINDING_DAY, "at": "now()", "by": OFFICER, "entry": "0"},
        f"{FROM_FINDINGS} WHERE n %% 5 > 2",
    ),
    "draws": (
        "oversight.Draw",
        {"id": ID.format(kind="4", n="n"), "kind": "'targeted'", "since": "now() - interval '181 days'", "until": "now()", "second": "10", "by": f"({OFFICER})::text", "criterion": "'class'", "value": "'confirm'",
         "at": "now()", "made_at": "now()", "size": str(DRAWN), "entry": "0"},
        "FROM generate_series(0, 0) n",
    ),
    "drawn": (
        "oversight.Drawn",
        {"id": RECORDING, "draw_id": ID.format(kind="4", n="0"), "recording": RECORDING, "place": "n", "twice": "false", "officer": OFFICER,
         "department": PLACE, "day": FINDING_DAY, "at": "now() - n * interval '1 minute'", "entry": "0",
         "state": f"CASE WHEN n >= {REVIEWED} THEN 'open' WHEN n %% 2 = 0 OR n %% 7 > 0 THEN 'done' ELSE 'second' END",
         "passed": f"CASE WHEN n < {REVIEWED} THEN n %% 7 > 0 END", "first_by": f"CASE WHEN n < {REVIEWED} THEN {SECOND} END"},
        f"FROM generate_series(0, {DRAWN - 1}) n",
    ),
    "reviews": (
        "oversight.FootageReview",
        {"id": ID.format(kind="c", n="n + 100000 * level"), "drawn_id": RECORDING, "recording": RECORDING, "officer": OFFICER, "department": PLACE, "level": "level",
         "class_code": "'confirm'", "version": "1", "viewing": RECORDING, "answers": ANSWERS, "failed": FAILED, "passed": "n %% 7 > 0", "by": SECOND, "at": "now()", "entry": "0"},
        f"FROM generate_series(0, {REVIEWED - 1}) n, generate_series(1, 2) level WHERE level = 1 OR n %% 2 = 0",
    ),
    "reviewed": (
        "oversight.ReviewedRecording",
        {"recording": RECORDING, "passed": "n %% 7 > 0", "at": "now()", "review": RECORDING, "entry": "0"},
        "FROM generate_series(10000, 17000) n",
    ),
    "sanctions": (
        "oversight.Sanction",
        {"id": ID.format(kind="3", n="n"), "person": OFFICER, "form": "'criticism'", "department": PLACE, "by": SECOND, "at": "now() - n * interval '40 minutes'", "entry": "0"},
        f"FROM generate_series(0, {SANCTIONS - 1}) n",
    ),
    "what they are for": (
        "oversight.SanctionFinding",
        {"id": "'s' || n", "sanction_id": ID.format(kind="3", n="n"), "finding": FINDING, "entry": "0"},
        f"FROM generate_series(0, {SANCTIONS - 1}) n",
    ),
    "appeals": (
        "oversight.Appeal",
        {"id": ID.format(kind="2", n="n"), "finding": FINDING, "department": PLACE, "person": OFFICER, "at": "now()", "entry": "0"},
        f"FROM generate_series(0, {APPEALS - 1}) n",
    ),
    "messages": (
        "oversight.Message",
        {"id": "1000000 + n", "person": OFFICER, "code": "'explain'", "key": "'k' || n", "digest": "lpad(to_hex(n), 32, '0')", "path": f"'/findings/' || {FINDING}",
         "params": """'{"rule": "gap", "day": "2026-11-02", "until": "2026-11-09"}'::jsonb""", "at": "now() - n * interval '1 minute'"},
        f"FROM generate_series(0, {MESSAGES * OFFICERS - 1}) n",
    ),
    "assessment": (
        "assessment.Publication",
        {"id": f"{MONTH} || '/1'", "month": f"({MONTH} || '-01')::date", "version": "1", "scheme": "1", "reason": "'first'", "parts": "1", "taken": "1",
         "persons": str(OFFICERS), "tenths": "980", "by": "''", "at": "now()", "entry": "0"},
        "FROM generate_series(0, 0) n",
    ),
    "its units": (
        "assessment.PublishedUnit",
        {"id": f"{MONTH} || '/1/' || n", "publication_id": f"{MONTH} || '/1'", "department": ID.format(kind="8", n="n"), "tenths": "950 + n",
         "persons": "12", "days": "360", "entry": "0"},
        f"FROM generate_series(0, {DEPARTMENTS - 1}) n",
    ),
    "its lines": (
        "assessment.PublishedLine",
        {"id": f"{MONTH} || '/1/' || n", "publication_id": f"{MONTH} || '/1'", "person": OFFICER, "department": PLACE, "tenths": "1000 - n %% 90", "deducted": "n %% 90",
         "credited": "0", "items": f"(SELECT jsonb_agg(jsonb_build_array('finding', 'gap', lpad(to_hex(n * 30 + k), 32, '0'), {MONTH} || '-05', ({PLACE})::text, -3)) FROM generate_series(0, 29) k)", "entry": "0"},
        f"FROM generate_series(0, {OFFICERS - 1}) n",
    ),
}  # fmt: skip


def write(say: Callable[[str], None]) -> None:
    from django.apps import apps
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no keys of other tables are looked up
        for name, (model, columns, source) in FILL.items():
            began = time.monotonic()
            _insert(cursor, apps.get_model(model), columns, source)
            say(f"{time.monotonic() - began:7.1f} s  {name}")
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")


def _insert(cursor: Any, model: Any, columns: dict[str, str], source: str) -> None:
    """A column that is not named has its model's default."""
    values = dict(columns)
    for one in model._meta.concrete_fields:
        if one.attname not in values:
            values[one.attname] = _default(one)
    quoted = ", ".join(f'"{model._meta.get_field(one).column}"' for one in values)
    told = f'INSERT INTO "{model._meta.db_table}" ({quoted}) SELECT {", ".join(values.values())} {source}'
    cursor.execute(told, [])


def _default(field: Any) -> str:
    value = field.get_default()
    if value is None:
        return "NULL"
    return str(value).lower() if isinstance(value, bool) else f"'{value}'"
