"""Rules about what is done with many recordings and acts at a desk (pure; spec/ledger.md §6).

- A recording may be set aside: there is nothing in it to describe, for one of the reasons below. Somebody
  who answers for it says so: its officer, who was told to describe it, or the head of its unit. It is lifted
  by an act that names the recording, and by telling an officer to describe it after all.
- A recording that an act names is described: it is neither set aside nor assigned. A drill is no enforcement:
  it is neither too.
- The head of a unit confirms the newest version of a statement, complete with all seven elements, of an act
  in which he never was an officer, in no version of it, and of which he filed no statement; once. When the
  act gets other officers or spans, the confirmation counts no more, and it may be confirmed again.
- A saved view has a name and what an address asks of a list; a person keeps so many of a list.
"""

from __future__ import annotations

from zhilu.errors import DataError

ASIDE = ("no-enforcement", "accidental", "device-test", "training", "other")
LONGEST_ASIDE = 200
MOST_BATCH = 200
LONGEST_VIEW, LONGEST_ASKED, MOST_VIEWS = 40, 2000, 30


def check_describable(acts: int, drill: bool) -> None:
    if drill:
        raise DataError("aside-drill", "A drill is no enforcement: nothing is described in it.")
    if acts:
        raise DataError("recording-described", "An act names this recording already.")


def check_reason(reason: str) -> None:
    if reason not in ASIDE:
        raise DataError("aside-reason", "There is no such reason for setting a recording aside.")


def check_confirmable(version: int, newest: int, present: int, most: int) -> None:
    """`version` is the one that was read, `newest` the one that there is."""
    if version != newest:
        raise DataError("statement-newer", "A newer version of the statement has been filed: read it first.")
    if present < most:
        raise DataError("statement-incomplete", "The statement lacks some of the seven elements.")


def check_view(name: str, asked: str) -> None:
    if not 0 < len(name) <= LONGEST_VIEW or not name.isprintable():
        raise DataError("view-name", "A view has a name of 1 to {most} characters.", most=LONGEST_VIEW)
    if len(asked) > LONGEST_ASKED:
        raise DataError("view-long", "This view asks for too much at once.")
