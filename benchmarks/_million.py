# ruff: noqa: E501 - lines of SQL
"""A county of a million recordings for the benchmark of lists, and for it alone: rows are written into the
tables PAST THE LEDGER. Nothing of it would pass an audit, and no home that anybody uses may get it: `Million`
is made before the benchmark founds its own small bureau, and refuses a home that has a single entry.

Fixed seed. Two years; 40 departments, 500 officers; six acts to ten recordings, most with a statement of some
200 characters, a third with links, an eighth with an outcome; viewings, releases, rows of the access log.

Statements come from a pool of ten thousand texts, with a taxpayer, a document and a house number of their own,
so a word is as common as `核实` (most acts) or as rare as one number. PostgreSQL makes the rows itself, from
series and the pool: nothing is faster. What the search finds an act by is the tokens of its parts, which
terms.py made, joined.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from _million_sql import (
    ACTS,
    DEPARTMENTS,
    FIRST,
    HELPERS,
    LISTED,
    OFFICERS,
    RECORDINGS,
    TAXPAYER,
    TOKENS,
    YEAR,
)
from _million_texts import FAMILY, GIVEN, OUTCOMES, POOL, names, pool


class Million:
    """The rows, table after table."""

    def __init__(self, recordings: int) -> None:
        from zhilu.server.ledger.models import Entry

        if Entry.objects.exists():
            raise SystemExit("This home has entries of its own: nothing is written past its ledger.")
        self.told = {"all": recordings, "pool": POOL, "officers": OFFICERS, "departments": DEPARTMENTS}

    def load(self, say: Callable[[str], None] = lambda text: None) -> None:
        from django.db import connection

        from zhilu.server.ledger.models import Entry

        self.told["base"] = Entry.objects.count() + 10_000_000
        with connection.cursor() as self.cursor:
            self._run("SET synchronous_commit = off")
            self._run("SET session_replication_role = replica")  # no keys of other tables are looked up
            self._run("SET maintenance_work_mem = '1GB'")
            indexes = self._indexes()
            for name, _made in indexes:
                self._run(f'DROP INDEX "{name}"')
            for part in (
                self._begin,
                self._people,
                self._recordings,
                self._acts,
                self._statements,
                self._links,
                self._outcomes,
                self._passages,
                self._viewings,
                self._logs,
            ):
                part()
                say(part.__name__)
            for name, made in indexes:
                self._run(made)
                say(name)
            self._run("VACUUM ANALYZE")
            say("statistics")

    def _run(self, statement: str) -> None:
        self.cursor.execute(statement, self.told)

    def _indexes(self) -> list[tuple[str, str]]:
        """Of the large tables, all that no constraint needs."""
        self._run(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN "
            "(SELECT conname FROM pg_constraint) AND indexdef NOT LIKE 'CREATE UNIQUE%%' "
            "AND tablename ~ '^(evidence_|ledger_entry|organisation_access)'"
        )
        return list(self.cursor.fetchall())

    def insert(self, model: Any, columns: dict[str, str], source: str) -> None:
        """A column that is not named has its model's default."""
        values = dict(columns)
        for field in model._meta.concrete_fields:
            is_own = field.primary_key and field.get_internal_type() == "BigAutoField"
            if field.attname not in values and not is_own:
                values[field.attname] = self._default(field)
        quoted = ", ".join(f'"{model._meta.get_field(one).column}"' for one in values)
        self._run(
            f'INSERT INTO "{model._meta.db_table}" ({quoted}) SELECT {", ".join(values.values())} {source}'
        )

    @staticmethod
    def _default(field: Any) -> str:
        value = field.get_default()
        if value is None:
            return "NULL"
        return str(value).lower() if isinstance(value, bool) else f"'{value}'"

    def _begin(self) -> None:
        for one in HELPERS.split(";\n"):
            if one.strip():
                self._run(one)
        self._run("CREATE TEMP TABLE pool (k int, place text, persons text, event text, cause text, course text, "
                  "result text, seven tsvector, five tsvector)")  # fmt: skip
        self._run("CREATE TEMP TABLE names (k int, name text, tokens tsvector)")
        for table, rows in (("pool", pool()), ("names", names())):
            with self.cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        self._run(RECORDINGS)
        self._run(ACTS)
        self._run("ANALYZE r, a, pool, names")

    def _people(self) -> None:
        from zhilu.server.equipment.models import Recorder
        from zhilu.server.organisation.models import Department, Person, Post, Role

        departments = "FROM generate_series(0, %(departments)s - 1) AS n"
        officers = "FROM generate_series(0, %(officers)s - 1) AS n"
        named = {
            "name": "'第' || n + 1 || '税务分局'",
            "order": "n",
            "kind": "'administration'",
            "closed": "false",
        }
        self.insert(
            Department, {"id": "bench_department(n)", "bureau": "'julu'", **named, "entry": "0"}, departments
        )
        letters = f"substr('{FAMILY}', 1 + n * 7 %% 32, 1) || substr('{GIVEN}', 1 + n * 11 %% 31, 2)"
        person = {"id": "bench_officer(n)", "name": letters, "number": "1305000 + n", "entry": "0"}
        self.insert(Person, person, officers)
        post = {
            "id": f"bench_id(3, n, '{FIRST}')",
            "person": "bench_officer(n)",
            "department": "bench_department(n)",
        }
        self.insert(
            Post, {**post, "rank": "'officer'", "since": "'2020-01-01'::date", "entry": "0"}, officers
        )
        role = {"id": "%(base)s + n", "person": "bench_officer(n)", "role": "'officer'", "by": "'julu'"}
        self.insert(Role, {**role, "at": f"'{FIRST}'::timestamptz", "scope": "NULL", "entry": "0"}, officers)
        recorder = {"kid": "'R' || lpad(n::text, 42, '0')", "jwk": "'{}'::jsonb", "serial": "'XT-1' || n"}
        self.insert(Recorder, {**recorder, "counter_kind": "'tpm'", "entry": "0"}, officers)

    def _recordings(self) -> None:
        from zhilu.server.evidence.models import Recording

        zeros = f"'{'0' * 64}'"
        columns = {
            "id": "id", "recorder": "'R' || lpad(who::text, 42, '0')", "lines": "40 + s / 2", "last": zeros,
            "segments": "s / 2", "length": "s * 1000000", "origin": "'camera'", "drill": "n %% 97 = 5",
            "officer": "bench_officer(who)", "department": "bench_department(who)", "policy": "1", "opened_at": "at",
            "closed_at": "at + interval '1 second' * s", "handover": zeros, "officer_check": "'key'",
            "station": "(SELECT kid FROM equipment_station LIMIT 1)", "bay": "1 + n %% 8",
            "marks": "CASE WHEN n %% 9 = 0 THEN 1 + n %% 4 ELSE 0 END",
            "closed_by": "CASE WHEN n %% 41 = 0 THEN 'recovered' ELSE 'recording-closed' END", "copies": "1",
            "stored_at": "at + interval '9 hours'", "duration_us": "s * 1000000", "acts": "(n %% 10 < 6)::int",
            "aside": "CASE WHEN n %% 10 > 6 THEN 'other' ELSE '' END", "entry": "%(base)s + 2 * n",
        }  # fmt: skip
        self.insert(Recording, columns, "FROM r ORDER BY n")

    def _acts(self) -> None:
        from zhilu.server.evidence.models import Act, ActOfficer, ActSpan

        columns = {
            "id": "a.id", "procedure": "p.code", "class_code": "p.class_code", "tier": "p.tier", "catalogue": "1",
            "department": "bench_department(who)", "taxpayer": TAXPAYER, "opened_at": "at",
            "version": "(present > 0)::int", "present": "present", "confirmed": "present = 7 AND a.k %% 3 = 0",
            "linked_taxpayer": "a.k %% 3 = 0", "linked_document": "a.k %% 9 = 0", "linked_case": "a.k %% 27 = 0",
            "entry": "%(base)s + 2 * n + 1",
        }  # fmt: skip
        joined = (
            f"FROM a JOIN names ON names.k = a.tax JOIN {LISTED} AS p ON p.p = a.k * 31 %% p.c ORDER BY a.k"
        )
        self.insert(Act, columns, joined)
        for shift in ("0", "%(departments)s"):
            who = f"bench_officer(who + {shift})"
            row = {"id": f"a.id || '/' || {who}", "act": "a.id", "officer": who, "entry": "%(base)s"}
            self.insert(ActOfficer, _attnames(ActOfficer, row), "FROM a ORDER BY k")
        span = {
            "id": "a.id || '/0'",
            "act": "a.id",
            "recording": "recording",
            "from_us": "0",
            "to_us": "50000000",
        }
        span |= {"entry": "%(base)s", "procedure": "p.code", "class_code": "p.class_code"}
        source = f"FROM a JOIN {LISTED} AS p ON p.p = a.k * 31 %% p.c ORDER BY a.k"
        self.insert(ActSpan, _attnames(ActSpan, span), source)

    def _statements(self) -> None:
        from zhilu.server.evidence.models import Statement

        all_, five = (
            '["time","place","persons","event","cause","course","result"]',
            '["time","place","persons","event","course"]',
        )
        statement = {
            "id": "%(base)s + 10000000 + a.k", "act": "a.id", "version": "1", "filed_at": "at + interval '3 hours'",
            "complete": f"CASE present WHEN 7 THEN '{all_}'::jsonb ELSE '{five}'::jsonb END",
            "filed_by": "bench_officer(who)", "time": "to_char(at, 'YYYY-MM-DD HH24:MI')",
            "place": "pool.place || a.k %% 977 + 1 || '号'", "persons": "persons", "event": "event", "course": "course",
            "cause": "CASE present WHEN 7 THEN cause ELSE '' END", "entry": "%(base)s",
            "result": "CASE present WHEN 7 THEN result ELSE '' END",
        }  # fmt: skip
        self.insert(
            Statement,
            _attnames(Statement, statement),
            "FROM a JOIN pool ON pool.k = a.text WHERE present > 0 ORDER BY a.k",
        )

    def _links(self) -> None:
        from zhilu.server.evidence.models import ActLink

        kinds = {
            "taxpayer": (3, "'91130529MA' || lpad((a.k %% 300000)::text, 7, '0') || 'X'", TAXPAYER),
            "document": (9, f"'巨税稽罚〔' || {YEAR} || '〕' || a.k %% 5000 || '号'", "'税务行政处罚决定书'"),
            "case": (27, f"'巨税稽案〔' || {YEAR} || '〕' || a.k %% 900 || '号'", "''"),
        }
        for place, (kind, (every, number, name)) in enumerate(kinds.items()):
            link = {
                "id": f"bench_id(6, 8 * a.k + {place}, at)",
                "act": "a.id",
                "kind": f"'{kind}'",
                "source": "'officer'",
            }
            link |= {"number": number, "name": name, "at": "at", "by": "'julu'", "entry": "%(base)s"}
            self.insert(
                ActLink,
                _attnames(ActLink, link),
                f"FROM a JOIN names ON names.k = a.tax WHERE a.k %% {every} = 0 ORDER BY a.k",
            )

    def _outcomes(self) -> None:
        from zhilu.server.evidence.models import Outcome

        outcome = {
            "id": "bench_id(7, k, at)", "act": "a.id", "amount_fen": "nullif(k %% 500000, 0)", "at": "at",
            "opened_at": "at", "department": "bench_department(who)", "procedure": "p.code",
            "class_code": "p.class_code",
        }  # fmt: skip
        outcome |= {
            "kind": f"(ARRAY{list(OUTCOMES)})[1 + k / 8 %% 5]",
            "note": "'入库' || k %% 5000 || '元，纳税人已确认'",
        }
        self.insert(
            Outcome,
            _attnames(Outcome, {**outcome, "by": "'julu'", "entry": "%(base)s"}),
            f"FROM a JOIN {LISTED} AS p ON p.p = a.k * 31 %% p.c WHERE k %% 8 = 0 ORDER BY k",
        )

    def _passages(self) -> None:
        """What an act is found by."""
        from zhilu.server.evidence.models import Passage

        self.insert(
            Passage,
            {"act": "a.id", "place": "0", "tokens": TOKENS},
            "FROM a JOIN pool ON pool.k = a.text JOIN names ON names.k = a.tax ORDER BY a.k",
        )

    def _viewings(self) -> None:
        from zhilu.server.evidence.models import KeyRelease, Viewing, ViewingSpan

        chosen = "FROM r WHERE n %% 50 = 0 ORDER BY n"
        decided = "CASE WHEN n %% 3 > 0 THEN {} END"
        viewing = {
            "id": "bench_id(8, n, at)", "viewer": "bench_officer(n / 7)", "requested": "at + interval '2 days'",
            "purpose": "(ARRAY['review', 'complaint', 'taxpayer-request'])[1 + n / 50 %% 3]", "kind": "'view'", "asked_at": "at + interval '2 days'",
            "until": "at + interval '5 days'",
            "expires": "at + interval '5 days'", "reason": "'核对投诉内容'", "approved": decided.format("true"),
            "approver": decided.format("bench_officer(n)"), "decided": decided.format("at + interval '3 days'"),
            "entry": "%(base)s",
        }  # fmt: skip
        fields = {field.attname for field in Viewing._meta.concrete_fields}
        self.insert(Viewing, {name: one for name, one in viewing.items() if name in fields}, chosen)
        span = {"id": "bench_id(8, n, at) || '/' || id", "viewing": "bench_id(8, n, at)", "recording": "id"}
        span |= {"first": "1", "last": "20", "entry": "%(base)s"}
        self.insert(ViewingSpan, _attnames(ViewingSpan, span), chosen)
        release = {
            "id": "%(base)s + 30000000 + n",
            "viewing": "bench_id(8, n, at)",
            "recording": "id",
            "first": "1",
        }
        release |= {
            "last": "20",
            "viewer_key": f"'{'K' * 43}'",
            "expires": "at",
            "at": "at",
            "entry": "%(base)s",
        }
        self.insert(KeyRelease, release, chosen)

    def _logs(self) -> None:
        """The access log, and the entries that recordings and acts point to."""
        from zhilu.server.ledger.models import Entry
        from zhilu.server.organisation.models import AccessRow

        access = {
            "at": "at + interval '5 hours'", "person": "bench_officer(n * 31)", "action": "'GET'",
            "target": "CASE n %% 4 WHEN 0 THEN '/recordings' WHEN 1 THEN '/acts' WHEN 2 THEN '/' ELSE '/recordings/' || id END",
            "success": "n %% 90 > 0", "address": "'10.0.0.1'", "about": "CASE WHEN n %% 4 = 3 THEN id END",
        }  # fmt: skip
        self.insert(AccessRow, access, "FROM r ORDER BY n")
        for kind, table, place, actor in (
            ("recording-stored/1", "r", "2 * n", "repeat('S', 43)"),
            ("act-opened/1", "a", "2 * n + 1", "bench_officer(who)::text"),
        ):
            leaf = f'convert_to(\'{{"kind":"{kind}","subject":"\' || id || \'","core":"\' || repeat(\'0\', 64) || \'"}}\', \'UTF8\')'
            entry = {
                "index": f"%(base)s + {place}",
                "leaf": leaf,
                "core": "'{}'::bytea",
                "core_salt": "''::bytea",
            }
            entry |= {"kind": f"'{kind}'", "at": "at", "actor": actor, "subject": "id::text"}
            self.insert(Entry, entry, f"FROM {table} ORDER BY n")


def _attnames(model: Any, columns: dict[str, str]) -> dict[str, str]:
    """`act` of a row is its column `act_id`."""
    return {model._meta.get_field(name).attname: one for name, one in columns.items()}
