"""PDF from texts: what is printed is what was given, whatever it says; bounded; a Chinese font or nothing."""

from __future__ import annotations

from typing import Any

import pytest

import zhilu.server.paper as paper
from zhilu.errors import WorldError

ATTACKS = (
    '#read("/etc/passwd")',
    '#import "@preview/tablex:0.0.8": *',
    '#include "report.typ"',
    "*bold* _it_ $x^2$ `raw` <label> @label https://example.com",
    "]] #panic() [[",
    '"); #eval("1+1")',
    "\\u{41} \\# // no comment /* nor this */",
)


def report(rows: Any = (), **more: Any) -> paper.Report:
    texts: dict[str, Any] = {"title": "执法行为审计", "bureau": "巨鹿县税务局", "lang": "zh"}
    texts |= {"facts": [("制作", "2026-11-29")], "columns": ["时间", "说明"], "widths": [1, 3], "rows": rows}
    return paper.Report(**(texts | more))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_text_is_printed_and_never_read_as_markup(attack: str) -> None:
    """In every place that takes a text. Read as markup it would fail: no file, no package, a panic."""
    everywhere = report(
        [[attack, attack]], title=attack, bureau=attack, facts=[(attack, attack)], columns=[attack, attack],
        notes=[attack], mark=attack, foot=attack,
    )  # fmt: skip
    made = paper.pdf(everywhere)
    assert made.startswith(b"%PDF-") and b"root:" not in made


def test_what_prints_nothing_or_turns_the_line_is_taken_out() -> None:
    assert paper.plain("a\x00b\x1b[2Jc\u202ed\u200be\ud800f\n") == "ab[2Jcdef"
    assert len(paper.plain("长" * 10_000)) == paper.LONGEST + 1


def test_it_is_bounded() -> None:
    with pytest.raises(AssertionError):
        paper.pdf(report([["a", "b"]] * (paper.MOST_ROWS + 1)))


def test_the_same_texts_make_the_same_bytes() -> None:
    assert paper.pdf(report([["1", "张建国"]])) == paper.pdf(report([["1", "张建国"]]))


def test_without_a_chinese_font_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "FONTS", ("No Such Font",))
    with pytest.raises(WorldError) as error:
        paper.pdf(report())
    assert error.value.code == "paper-font" and "fonts-noto-cjk" in error.value.hint
