"""How the two databases keep and find the tokens of a text (terms.py): the other place that knows an engine.

- PostgreSQL: a `tsvector` made here, places and all, with a GIN index; a query is a `tsquery` made here. No
  parser and no dictionary of the database sees either. The vector stays in its row (no TOAST), for a phrase
  is decided by the row, and reading it must be cheap.
- SQLite: the tokens in a row, and an FTS5 table over them that triggers keep. Its tokenizer is `ascii`:
  whatever is not ASCII belongs to a token. `unicode61` would part at ideographs that its old tables lack.

A token is letters, digits and ideographs only, so nothing in it needs quoting; it is quoted all the same.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection, models

from zhilu.server.evidence.terms import BREAK, Query, Term

SAMPLE = 1_500
if TYPE_CHECKING:
    _Field = models.Field[list[str], list[str]]
    _Lookup = models.Lookup[bool]
else:  # neither takes parameters when it runs
    _Field, _Lookup = models.Field, models.Lookup
_PLACED = re.compile(r"'([^']*)':([\d,]+)")


class TokensField(_Field):
    """A row of tokens, in its order."""

    def db_type(self, connection: Any) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if connection.vendor != "postgresql":
            return " ".join(value)
        return " ".join(f"'{token}':{place}" for place, token in enumerate(value, 1) if token != BREAK)

    def from_db_value(self, value: str, expression: Any, connection: Any) -> list[str]:
        if connection.vendor != "postgresql":
            return value.split()
        row: dict[int, str] = {}
        for token, places in _PLACED.findall(value):
            row |= {int(place): token for place in places.split(",")}
        return [row.get(place, BREAK) for place in range(1, max(row, default=0) + 1)]


@TokensField.register_lookup
class Matches(_Lookup):
    """`tokens__matches=query`: all its terms stand in the row."""

    lookup_name = "matches"
    prepare_rhs = False
    rhs: Query

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} @@ %s::tsquery", [*params, " & ".join(map(_tsquery, self.rhs.terms))]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        place = compiler.quote_name_unless_alias(self.lhs.alias)
        return f'{place}."id" IN ({FOUND})', [" AND ".join(map(_fts, self.rhs.terms))]


def _tsquery(term: Term) -> str:
    return " <-> ".join(f"'{token}'" for token in term.tokens) + (":*" if term.is_open else "")


def _fts(term: Term) -> str:
    return f'"{" ".join(term.tokens)}"' + (" *" if term.is_open else "")


class Among(models.Func):
    """Whether a value is one that a subquery gives. The database is to ask the subquery first, once:
    PostgreSQL would else take any rare word for one of some thousand rows, and walk all acts for it.
    """

    output_field = models.BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:
        (value, first), (rows, second) = map(compiler.compile, self.get_source_expressions())
        return f"{value} = ANY(ARRAY{rows})", [*first, *second]

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, tuple[str | int, ...]]:
        (value, first), (rows, second) = map(compiler.compile, self.get_source_expressions())
        return f"{value} IN {rows}", (*first, *second)


@dataclass(frozen=True)
class Commonness:
    """`share` of the newest rows that fit; `rows`: how many there are of all."""

    share: float
    rows: float


def commonness(query: Query) -> Commonness | None:
    """By a sample of the SAMPLE newest. What the planner says of a word is a guess, of a beginning of words a
    bad one. None where it does not matter: SQLite has no counties of such a size, a young county neither.
    """
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [" & ".join(map(_tsquery, query.terms)), SAMPLE])
        fit, rows = cursor.fetchone()
    return Commonness(fit / SAMPLE, rows) if rows > SAMPLE else None


@dataclass(frozen=True)
class Expected:
    """What the planner expects of a query; `cost`: of finding all its rows, in its own measure."""

    rows: int
    cost: float


def expected(query: models.QuerySet[Any]) -> Expected | None:
    """None from a database that keeps no such figures."""
    if connection.vendor != "postgresql":
        return None
    told = query.explain(format="json")
    if not told:
        # Nothing is told of a query that Django knows to be empty.
        return Expected(0, 0)
    plan = json.loads(told)[0]["Plan"]
    return Expected(int(plan["Plan Rows"]), float(plan["Total Cost"]))


def unsound() -> bool:
    """Whether the index says other than its rows. PostgreSQL has no such check for a GIN index."""
    if connection.vendor == "postgresql":
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute(CHECK)
    except DatabaseError:
        return True
    return False


POSTGRESQL = (
    "ALTER TABLE evidence_passage ALTER COLUMN tokens SET STORAGE MAIN",
    "ALTER TABLE evidence_passage SET (toast_tuple_target = 8160)",
    "CREATE INDEX evidence_passage_terms ON evidence_passage USING gin (tokens)",
)
SQLITE = (
    """CREATE VIRTUAL TABLE evidence_passage_terms
    USING fts5 (tokens, content='evidence_passage', content_rowid='id', tokenize='ascii')""",
    """CREATE TRIGGER evidence_passage_in AFTER INSERT ON evidence_passage BEGIN
    INSERT INTO evidence_passage_terms (rowid, tokens) VALUES (new.id, new.tokens); END""",
    """CREATE TRIGGER evidence_passage_out AFTER DELETE ON evidence_passage BEGIN
    INSERT INTO evidence_passage_terms (evidence_passage_terms, rowid, tokens)
    VALUES ('delete', old.id, old.tokens); END""",
)
NEWEST = """SELECT count(*) FILTER (WHERE tokens @@ %s::tsquery),
(SELECT reltuples FROM pg_class WHERE oid = 'evidence_passage'::regclass)
FROM (SELECT tokens FROM evidence_passage ORDER BY id DESC LIMIT %s) AS newest"""
FOUND = "SELECT rowid FROM evidence_passage_terms WHERE evidence_passage_terms MATCH %s"
CHECK = "INSERT INTO evidence_passage_terms (evidence_passage_terms, rank) VALUES ('integrity-check', 1)"


def make_index(apps: Any, schema_editor: Any) -> None:
    """For the migration. Rows are made and taken away, never changed: there is no trigger for that."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        schema_editor.execute(statement)
