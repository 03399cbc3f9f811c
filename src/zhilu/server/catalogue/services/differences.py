"""What one version of the catalogue has otherwise than another, for people to read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhilu.server.catalogue import rules

Text = dict[str, str]
_WORD = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)


@dataclass(frozen=True)
class Content:
    """A whole version. `procedures`: code → its fields."""

    classes: Text = field(default_factory=dict)
    scripts: Text = field(default_factory=dict)
    procedures: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    name: str
    was: Any
    now: Any


@dataclass(frozen=True)
class Difference:
    """`part`: procedures, classes, scripts. `how`: added, retired, changed; `fields`: what changed, or all
    of what was added.
    """

    part: str
    code: str
    name: str
    how: str
    fields: list[Field]


def between(before: Content, after: Content) -> list[Difference]:
    """Procedures first, by code."""
    procedures = _procedures(before.procedures, after.procedures)
    return [*procedures, *_texts("classes", before, after), *_texts("scripts", before, after)]


def of_procedure(code: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> Difference | None:
    if before == after:
        return None
    name = str((after or before or {}).get("name", ""))
    if after is None:
        return Difference("procedures", code, name, "retired", [])
    if before is None:
        every = [Field(one, None, after.get(one)) for one in rules.FIELDS if one != "code"]
        return Difference("procedures", code, name, "added", every)
    changed = [Field(one, *pair) for one, pair in rules.differences(before, after).items()]
    return Difference("procedures", code, name, "changed", changed)


def in_words(content: Content, code: str) -> dict[str, Any] | None:
    """A procedure with the names of its class and the text of its script, as they are read."""
    row = content.procedures.get(code)
    if row is None:
        return None
    script = content.scripts.get(row["script"]) if row["script"] else None
    return row | {"class": content.classes.get(row["class"], row["class"]), "script": script}


def pieces(was: str, now: str) -> Iterator[tuple[str, str]]:
    """(`same`, `gone` or `new`, text), character by character in Chinese, word by word in Latin letters."""
    before, after = _WORD.findall(was), _WORD.findall(now)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for how, a0, a1, b0, b1 in matcher.get_opcodes():
        if how == "equal":
            yield "same", "".join(before[a0:a1])
            continue
        if a1 > a0:
            yield "gone", "".join(before[a0:a1])
        if b1 > b0:
            yield "new", "".join(after[b0:b1])


def _procedures(
    before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]
) -> list[Difference]:
    found = (of_procedure(code, before.get(code), after.get(code)) for code in sorted({*before, *after}))
    return [one for one in found if one is not None]


def _texts(part: str, before: Content, after: Content) -> Iterator[Difference]:
    was: Text = getattr(before, part)
    now: Text = getattr(after, part)
    for code in sorted({*was, *now}):
        if code not in was or code not in now:
            fields = [Field("text", None, now[code])] if code in now else []
            yield Difference(part, code, now.get(code) or was[code], "added" if fields else "retired", fields)
        elif was[code] != now[code]:
            yield Difference(part, code, now[code], "changed", [Field("text", was[code], now[code])])
