"""Times of a table as whole seconds since 1970: asked by ten thousand, moments cost more than their rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import BigIntegerField, F, Func


class Seconds(Func):
    """Of a column. `up`: the second that has begun is over, else it is not yet. Null stays null."""

    arity = 1
    output_field = BigIntegerField(null=True)

    def __init__(self, column: str | F, up: bool = False) -> None:
        self._is_up = up
        super().__init__(F(column) if isinstance(column, str) else column)

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        """As it is; `convert_value` counts."""
        return compiler.compile(self.get_source_expressions()[0])

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        told, values = compiler.compile(self.get_source_expressions()[0])
        return f"{'ceil' if self._is_up else 'floor'}(extract(epoch FROM {told}))::bigint", values

    def convert_value(self, value: Any, expression: object, connection: object) -> int | None:
        if value is None or isinstance(value, int):
            return value
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return up(at) if self._is_up else seconds(at)


def seconds(at: datetime) -> int:
    return int(_aware(at).timestamp() // 1)


def up(at: datetime) -> int:
    return -int(-_aware(at).timestamp() // 1)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
