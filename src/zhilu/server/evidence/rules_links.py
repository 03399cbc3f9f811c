"""Rules about what is added to an act later (pure; spec/ledger.md §6).

- A link names a taxpayer, a document (文书号) or a case (案件) by number, and its name where it is known. One
  number stands once at an act while the link lives; numbers are compared without blanks and in one width of
  letters, those of taxpayers in capitals.
- An outcome (成效) is of a kind, with an amount where there is one.
- Both end by an entry with a reason, and stay readable.
- What an act says of itself (procedure, taxpayer, officers, spans) is corrected by a new version. Versions
  count from 1, which opened the act.
- Who may: an officer of the act while he holds that role, and the head of the unit it belongs to. A link also
  another program of the bureau, with a token for it.
"""

from __future__ import annotations

import unicodedata

from zhilu.errors import DataError

LINKS = ("taxpayer", "document", "case")
SOURCES = ("officer", "api")
OUTCOMES = (
    "quota-adjusted",
    "relief-cancelled",
    "off-book-found",
    "tax-collected",
    "dispute-settled",
    "disturbance-handled",
    "documents-served",
    "other",
)
LINK_ENDS = ("wrong-act", "wrong-number", "repeated", "other")
OUTCOME_ENDS = ("wrong-act", "wrong-kind", "wrong-amount", "revoked", "repeated", "other")
LONGEST_NUMBER, LONGEST_NAME, LONGEST_NOTE = 100, 200, 500
MOST_LINKS = MOST_OUTCOMES = 50
MOST_FEN = 10**15


def number_of(kind: str, said: str) -> str:
    """The number as it is kept and compared."""
    got = "".join(unicodedata.normalize("NFKC", said).split())
    if not 0 < len(got) <= LONGEST_NUMBER or not got.isprintable():
        raise DataError("link-number", "A number has 1 to {most} characters.", most=LONGEST_NUMBER)
    return got.upper() if kind == "taxpayer" else got


def line_of(said: str, longest: int) -> str:
    """A short text of one line; may be empty."""
    got = " ".join(said.split())
    if len(got) > longest or not got.isprintable():
        raise DataError("text", "A text has at most {most} characters.", most=longest)
    return got


def check_link(kind: str, source: str, others: int) -> None:
    """`others`: live links of the act."""
    if kind not in LINKS or source not in SOURCES:
        raise DataError("link-kind", "There is no such kind of link.")
    if others >= MOST_LINKS:
        raise DataError("links-many", "An act has at most {most} links.", most=MOST_LINKS)


def check_outcome(kind: str, amount_fen: int | None, others: int) -> None:
    if kind not in OUTCOMES:
        raise DataError("outcome-kind", "There is no such kind of outcome.")
    if amount_fen is not None and amount_fen > MOST_FEN:
        raise DataError("outcome-amount", "This amount is beyond all measure.")
    if others >= MOST_OUTCOMES:
        raise DataError("outcomes-many", "An act has at most {most} outcomes.", most=MOST_OUTCOMES)


def check_end(reason: str, reasons: tuple[str, ...]) -> None:
    if reason not in reasons:
        raise DataError("reason", "There is no such reason.")


def check_revision(version: int, newest: int) -> None:
    """Nobody corrects what he has not seen."""
    if version != newest + 1:
        raise DataError("act-version", "Somebody else has corrected this act meanwhile: read it again.")
