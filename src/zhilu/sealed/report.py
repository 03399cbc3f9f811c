"""What a verification finds. Bad evidence is a result to record, not an exception.

- A *defect* says that something is not as the specs demand; one defect and the evidence is not sound.
- A *note* is true, worth knowing, and accuses nobody (a recording ended by a power cut and recovered).
- Codes are stable and those of spec/. Layers say how deep a check failed: nothing above was relied on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

LAYERS = ("line", "journal", "media", "envelope", "logbook", "recording", "receipt", "trust")


@dataclass(frozen=True)
class Place:
    """Where: a file, and in it a line (counted from 1) or a segment with its first byte."""

    file: str = ""
    line: int | None = None
    segment: int | None = None
    offset: int | None = None

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        for name in ("line", "segment", "offset"):
            if getattr(self, name) is not None:
                parts.append(f"{name} {getattr(self, name)}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Finding:
    """One thing found. `detail` is for logs, in English, without personal text.

    `since` and `until` are signed times (texts as `at`) between which something is missing or not proved.
    Both empty: nothing is missing, or nobody can say when. Only `until` empty: until nobody knows when.
    """

    layer: str
    code: str
    place: Place = Place()
    detail: str = ""
    defect: bool = True
    since: str = ""
    until: str = ""

    def __str__(self) -> str:
        span = f"{self.since} … {self.until or '?'}" if self.since else ""
        parts = (self.layer, self.code, str(self.place), self.detail, span)
        return " | ".join(part for part in parts if part)


@dataclass
class Report:
    """Findings in the order in which they were found, and what was learnt (`facts`, JSON values)."""

    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @property
    def defects(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.defect]

    @property
    def sound(self) -> bool:
        """No defect. Says nothing about who vouches for the keys: see the fact `anchored`."""
        return not self.defects

    @property
    def first(self) -> Finding | None:
        """The first defect."""
        return next(iter(self.defects), None)

    def add(
        self,
        layer: str,
        code: str,
        place: Place = Place(),
        detail: object = "",
        defect: bool = True,
        *,
        since: str | None = "",
        until: str | None = "",
    ) -> None:
        """`since`, `until`: None, for a time that is not known, is the same as ""."""
        self.findings.append(Finding(layer, code, place, str(detail), defect, since or "", until or ""))
