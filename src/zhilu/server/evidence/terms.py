"""What a text consists of for the search, and what a query asks (pure).

A text is folded first: NFKC character by character (full-width and half-width forms, compatibility
ideographs), case, `○` as `〇`; marks, variation selectors and zero-width characters vanish; what is neither
letter, digit nor ideograph separates. What remains are runs:

- A run of ideographs, n characters: the n - 1 overlapping pairs, then its last character alone. So any word
  of two and more characters is a row of pairs one after the other, found exactly, without a dictionary; a
  single character is the beginning of a pair, or a last one. Ideographs that no font of the machine has
  (all of planes 2 and 3, private use) count as ideographs.
- A run of letters and digits is one token, of which 40 characters count. It is found from its beginning:
  `9113` finds `91130529MA…`, `0529` does not.

A query is terms between white space; a text fits when it has all of them. A term is a row of tokens that
follow each other, whatever separates the runs in text or query: `罚2026` finds `罚〔2026〕15号`. Nothing in a
query is an operator.

The tokens of several texts are parted by BREAK, so no term reaches from one into the next. A PostgreSQL
tsvector keeps 255 places of a token, places to 16,383, and a megabyte: what has more is cut into passages
that overlap by more than a term is long. All terms of a query must stand in one passage; a statement is
one, unless it says the same 255 times.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import category, normalize

BREAK = "¶"
LONGEST = 64
"""Characters of a query; what is longer is cut."""
MOST_TERMS = 8
LONGEST_WORD = 40
MOST_PLACES, MOST_OF_ONE = 8_000, 255
OVERLAP = 2 * LONGEST

IDEOGRAPHS = "⺀-\U0010ffff"
_RUNS = re.compile(rf"[{IDEOGRAPHS}]+|[^\s{IDEOGRAPHS}]+")


class _Folding(dict[int, str]):
    """For str.translate; kept as it is asked."""

    def __missing__(self, code: int) -> str:
        folded = normalize("NFKC", "〇" if chr(code) in "○◯" else chr(code)).casefold()
        self[code] = "".join(map(_kept, folded))
        return self[code]


def _kept(char: str) -> str:
    code = ord(char)
    if char.isalnum() or 0x20000 <= code < 0x40000 or 0xE000 <= code < 0xF900 or code >= 0xF0000:
        return char
    return "" if category(char) in ("Mn", "Mc", "Me", "Cf") else " "


_FOLDING = _Folding()


def runs(text: str) -> list[str]:
    return _RUNS.findall(normalize("NFC", text).translate(_FOLDING))


def tokens(text: str) -> list[str]:
    found: list[str] = []
    for run in runs(text):
        found += _of_run(run)
    return found


def _of_run(run: str) -> list[str]:
    if run[0] < IDEOGRAPHS[0]:
        return [run[:LONGEST_WORD]]
    return [run[place : place + 2] for place in range(len(run))]


def passages(texts: Iterable[str]) -> list[list[str]]:
    """The tokens of all texts; in one piece, unless they are very many."""
    joined: list[str] = []
    for text in texts:
        found = tokens(text)
        if found:
            joined += [BREAK, *found] if joined else found
    return list(_cut(joined))


def _cut(left: list[str]) -> Iterator[list[str]]:
    while left:
        end = _end(left)
        yield left[:end]
        left = left[end - OVERLAP :] if end < len(left) else []


def _end(found: list[str]) -> int:
    """How many of them one passage holds."""
    seen: Counter[str] = Counter()
    if len(found) <= MOST_PLACES:
        seen.update(found)
        del seen[BREAK]
        if not seen or max(seen.values()) <= MOST_OF_ONE:
            return len(found)
        seen.clear()
    for place, token in enumerate(found[:MOST_PLACES]):
        seen[token] += token != BREAK
        if seen[token] > MOST_OF_ONE:
            return place
    return MOST_PLACES


@dataclass(frozen=True)
class Term:
    """Tokens one after the other; `is_open`: the last is only the beginning of one."""

    tokens: tuple[str, ...]
    is_open: bool
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)


def read(text: str) -> Query:
    """Of what somebody typed; empty where it has nothing to look for."""
    terms = [_term(runs(word)) for word in text[:LONGEST].split()]
    return Query(tuple([term for term in terms if term.tokens][:MOST_TERMS]))


def _term(found: list[str]) -> Term:
    if not found:
        return Term((), False, ())
    *before, last = found
    row = [token for run in before for token in _of_run(run)]
    own = _of_run(last)
    # A word of two and more ideographs goes on or ends: its pairs say all.
    is_open = len(own) == 1
    return Term((*row, *(own if is_open else own[:-1])), is_open, tuple(found))


@dataclass(frozen=True)
class Part:
    """Of a text shown; `is_hit`: what was looked for."""

    text: str
    is_hit: bool


def snippet(texts: Iterable[str], query: Query, length: int = 90) -> list[Part]:
    """Of the texts the stretch around the first hits, its hits marked; empty where none has any."""
    for text in texts:
        shown = normalize("NFC", text)
        hits = _hits(shown, query)
        if hits:
            begin = max(0, hits[0][0] - length // 3)
            end = min(len(shown), max(begin + length, hits[0][1]))
            return [
                *([Part("…", False)] if begin else []),
                *_parts(shown, hits, begin, end),
                *([Part("…", False)] if end < len(shown) else []),
            ]
    return []


def _parts(text: str, hits: list[tuple[int, int]], begin: int, end: int) -> Iterator[Part]:
    at = begin
    for first, last in hits:
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        if first > at:
            yield Part(text[at:first], False)
        yield Part(text[first:last], True)
        at = last
    if at < end:
        yield Part(text[at:end], False)


def _hits(text: str, query: Query) -> list[tuple[int, int]]:
    """From where to where, in order."""
    places: list[int] = []
    folded: list[str] = []
    for place, char in enumerate(text):
        for one in _FOLDING[ord(char)]:
            folded.append(one)
            places.append(place)
    line = "".join(folded)
    found = [
        (places[hit.start()], places[hit.end() - 1] + 1)
        for term in query.terms
        for hit in re.finditer(_pattern(term), line)
    ]
    return sorted(found)


def _pattern(term: Term) -> str:
    pattern = " *".join(map(re.escape, term.runs))
    is_word = term.runs[0][0] < IDEOGRAPHS[0]
    return rf"(?<![^\s{IDEOGRAPHS}]){pattern}" if is_word else pattern
