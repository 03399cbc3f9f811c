"""The procedures of the catalogue's next version, all of them: they become the draft, which is looked at as
differences and put in force from a day on its own page.

Classes and scripts are those of the draft: a sheet lists procedures only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhilu.errors import DataError
from zhilu.server.catalogue import rules
from zhilu.server.catalogue.models import Procedure
from zhilu.server.catalogue.services import drafts
from zhilu.server.ledger.services.commit import Proposal
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.sheets.columns import Column, Words, choice, lines, number, text
from zhilu.server.pages.services.sheets.sheet import CHANGED, NEW, SAME, Change, Line, Sheet, Work
from zhilu.server.pages.words import TIERS


class CatalogueWork(Work):
    def __init__(self, rights: Rights) -> None:
        super().__init__(rights)
        draft = drafts.read()
        self._before = draft.after
        listed = Procedure.objects.values_list("code", flat=True).distinct()
        now = {*draft.base.procedures, *draft.after.procedures}
        self._taken = {code.casefold(): code if code in now else None for code in sorted({*listed, *now})}
        self._rows: dict[str, dict[str, Any]] = {}

    def row(self, line: Line) -> Change:
        self.once(line["code"].casefold(), line)
        # As on the page: a code means one thing for ever.
        if self._taken.get(line["code"].casefold(), line["code"]) != line["code"]:
            raise DataError("procedure-code", "This code is listed, or was: take another.")
        row = {key: line[key] or "" for key in rules.FIELDS}
        row |= {"min_officers": line["min_officers"], "marks": line["marks"] or 0}
        classes, scripts = self._before.classes, self._before.scripts
        row["class"] = _key(classes, line["class"], "catalogue-class")
        row["script"] = _key(scripts, line["script"], "catalogue-script") if line["script"] else None
        rules.read_procedure(row, classes, scripts)
        self._rows[row["code"]] = row
        before = self._before.procedures.get(row["code"])
        return Change(NEW if before is None else SAME if before == row else CHANGED)

    def end(self) -> list[Proposal]:
        """A draft is no entry: it moves in the same transaction all the same."""
        self.gone = len(set(self._before.procedures) - set(self._rows))
        if self._rows != self._before.procedures:
            drafts.take_list(list(self._rows.values()), self.rights.person)
        return []


def _key(table: Mapping[str, str], said: str, code: str) -> str:
    """By code, or by the text that belongs to it."""
    for key, words in table.items():
        if said in (key, words):
            return key
    raise DataError(
        code,
        "One of these is needed: {options}.",
        options="、".join([*table, *_short(table)]),
    )


def _short(table: Mapping[str, str]) -> list[str]:
    return [words for words in table.values() if len(words) < 20]


def _column(key: str, label: Words, example: str, required: bool = True) -> Column:
    return Column(key, label, lines(rules.LONGEST_TEXT), example, required)


SHEET = Sheet(
    "catalogue",
    _("Catalogue of procedures"),
    _("All procedures of the next version, as a draft: what the file does not list is dropped from it. "
      "Put the draft in force on its own page."),
    frozenset({"legal-editor"}),
    (
        Column("code", _("Code"), text(rules.LONGEST_CODE), "A01", required=True),
        Column("class", _("Class"), text(rules.LONGEST_TEXT), "入户类", required=True),
        choice("tier", _("Tier"), TIERS, "selected", required=True),
        Column("min_officers", _("Least number of officers"), number(1, 9), "2", required=True),
        Column("marks", _("Least number of marks"), number(0, rules.MOST_MARKS), "0", required=False),
        _column("department", _("Department in charge"), "管理", required=False),
        _column("group", _("Group"), "登记、户籍", required=False),
        Column("name", _("Name"), text(rules.LONGEST_TEXT), "设立/变更登记信息实地核查", required=True),
        _column("start", _("Recording starts"), "到达登记地址，亮证、告知录音录像前", required=False),
        _column("content", _("What is recorded"), "门牌招牌、营业执照、实际经营地", required=False),
        _column("end", _("Recording ends"), "核查表签字，离开", required=False),
        Column("retention", _("Kept for"), text(16), "years-1", required=True),
        _column("script", _("To be spoken"), "show", required=False),
    ),
    CatalogueWork,
    places={
        "row-twice": "code", "procedure-code": "code", "catalogue-class": "class",
        "catalogue-script": "script",
    },
    most=500,
    next_page="catalogue-draft",
)  # fmt: skip
