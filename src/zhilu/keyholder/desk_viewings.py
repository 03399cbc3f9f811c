"""What the viewing room does about viewings, without HTTP: requests, decisions, reports, what waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from zhilu import strictjson
from zhilu.encoding import format_time, unb64u
from zhilu.errors import DataError
from zhilu.keyholder import rules_viewings
from zhilu.keyholder.believed import Credential, Viewing
from zhilu.keyholder.local import Asked
from zhilu.keyholder.posting import MAX_CLOCK_SKEW, Posting
from zhilu.protocols import viewing as messages
from zhilu.protocols import viewing_after as after
from zhilu.protocols.viewing import CITY_ROLES, DECIDING_ROLES, LIFE, Request
from zhilu.seen import is_unseen

SALT = 32  # bytes
DECIDERS = {*DECIDING_ROLES, *CITY_ROLES}
PAGE = 100  # requests that are looked at for one page


class ViewingDesk(Posting):
    async def request(self, body: Mapping[str, Any]) -> str:
        """`{"request","assertion","salt","reason"}`, of a copy `"recipient"` too → viewing id."""
        got = strictjson.fields(body, {"request": str, "assertion": dict, "salt": str, "reason": str})
        core = {"request": got["request"], "assertion": got["assertion"]}
        viewing, evidence = rules_viewings.accept_request(core, self._room, self.known)
        request, salt = viewing.request, unb64u(got["salt"])
        recipient = _checked_recipient(body, request, salt)
        _check_text("reason", got["reason"], messages.REASON_LIMITS)
        if len(salt) != SALT or messages.reason_digest(salt, got["reason"]) != request.reason:
            raise DataError("reason-digest", "The reason is not the one that was signed.")
        self.check_clock(request.requested)
        self.spend(evidence)
        asked = Asked(request.viewing, request.viewer, viewing.raw, salt, got["reason"], recipient)
        self._local.keep_asked(asked, request, format_time(self._clock()))
        personal = {"salt": got["salt"], "reason": got["reason"]}
        personal |= {"recipient": recipient} if request.recipient else {}
        try:
            await self._county.post("viewing-requested/1", core, personal)
        except DataError:
            self._local.drop_asked(request.viewing)  # what the server refuses waits for nothing
            raise
        await self.read_back(lambda: self.known.viewing(request.viewing) is not None)
        return request.viewing

    async def decide(self, id_: str, body: Mapping[str, Any]) -> str:
        """`{"decision","assertion"}` → viewing id."""
        core = {"viewing": id_, **strictjson.fields(body, {"decision": str, "assertion": dict})}
        taken, evidence = rules_viewings.accept_decision(core, self._room, self.known)
        self.check_clock(taken.decision.decided)
        viewing = self.known.viewing(id_)
        if viewing is None or self._clock() >= viewing.request.expires:
            raise DataError("expired", "This request has expired.")
        self.spend(evidence)
        await self._county.post("viewing-decided/1", core, None)
        await self.read_back(lambda: taken.decision.approver in self._approvers(id_))
        return id_

    def _approvers(self, id_: str) -> frozenset[str]:
        viewing = self.known.viewing(id_)
        return viewing.approvers if viewing else frozenset()

    async def report(self, id_: str, body: Mapping[str, Any]) -> str:
        """`{"report","assertion","salt","text"}` → viewing id."""
        got = strictjson.fields(body, {"report": str, "assertion": dict, "salt": str, "text": str})
        core = {"viewing": id_, "report": got["report"], "assertion": got["assertion"]}
        reported = rules_viewings.accept_report(core, self._room, self.known)
        _check_text("report-text", got["text"], after.REPORT_LIMITS)
        salt = unb64u(got["salt"])
        if len(salt) != SALT or after.report_digest(salt, got["text"]) != reported.report.text:
            raise DataError("report-digest", "The report is not the one that was signed.")
        self.check_clock(reported.report.reported)
        self.spend(reported.evidence)
        personal = {"salt": got["salt"], "text": got["text"]}
        await self._county.post("viewing-reported/1", core, personal)
        await self.read_back(lambda: self._is_reported(id_))
        return id_

    def _is_reported(self, id_: str) -> bool:
        viewing = self.known.viewing(id_)
        return viewing is not None and viewing.report is not None

    # What there is; to whom it is shown, `sight` says

    def find(self, id_: str) -> tuple[Viewing | None, Asked | None]:
        """Not yet in the ledger: None, Asked."""
        return self.known.viewing(id_), self._local.asked(id_)

    def has_asked_for(self, recording: str, who: Credential) -> bool:
        """Whether a request of this person names it."""
        return any(one.request.span(recording) for one in self._state.viewings_of(who.person))

    def my_viewings(self, by: Credential) -> list[str]:
        """Ids: those that are being posted first, then those in the ledger, newest first."""
        posting = [item.viewing for item in self._local.asked_by(by.person)]
        return [id_ for id_ in posting if self.known.viewing(id_) is None] + _ids(
            self._state.viewings_of(by.person)
        )

    def to_decide(self, by: Credential, before: int | None = None) -> tuple[list[str], int | None]:
        """A page of what waits, newest first, and the entry before which the next page begins; the newest
        urgent ones come on the first.
        """
        urgent = _ids(one for one in self._state.urgent() if self.may_decide(one, by))
        page = self._state.undecided(before, PAGE)
        others = _ids(one for _, one in page if self.may_decide(one, by))
        first = urgent if before is None else []
        rest = [one for one in others if one not in urgent]
        return first + rest, page[-1][0] if self._goes_on(page) else None

    def _goes_on(self, page: list[tuple[int, Viewing]]) -> bool:
        """Nothing older can still be decided than a request may live: what comes before need not be read."""
        if len(page) < PAGE:
            return False
        return self._clock() - page[-1][1].request.requested <= max(LIFE.values()) + MAX_CLOCK_SKEW

    def decided(self, by: Credential) -> list[str]:
        """By this person, newest first."""
        return _ids(self._state.decided_by(by.person)) if DECIDERS & set(by.roles) else []

    def may_decide(self, viewing: Viewing, by: Credential) -> bool:
        request = viewing.request
        ranked = set(request.deciding) & set(by.roles)
        other = by.person != request.viewer and by.person not in viewing.approvers
        open_ = not viewing.decided and request.expires > self._clock()
        return bool(ranked) and other and open_ and rules_viewings.side_is_open(by, viewing, self.known)

    def stage(self, viewing: Viewing | None) -> str:
        """posting, waiting, approved, refused, expired."""
        if viewing is None:
            return "posting"
        if viewing.refused:
            return "refused"
        if self._clock() >= viewing.until:
            return "expired"
        return "approved" if viewing.approved else "waiting"

    def report_state(self, viewing: Viewing | None) -> tuple[str | None, datetime | None]:
        """Of an urgent viewing that was approved: owed, overdue or filed; and by when it is due."""
        if viewing is None or not (viewing.owes_report or viewing.report):
            return None, None
        due = viewing.request.requested + after.REPORT_DUE
        if viewing.report:
            return "filed", due
        return ("overdue" if self._clock() >= due else "owed"), due

    def stored_core(self, recording: str) -> dict[str, Any]:
        core = self._state.stored_core(recording)
        if core is None:
            raise DataError("recording-unknown", "No such recording is stored.", recording=recording[:64])
        return core


def _ids(viewings: Iterable[Viewing]) -> list[str]:
    return [one.request.viewing for one in viewings]


def _check_text(name: str, text: str, limits: tuple[int, int]) -> None:
    least, most = limits
    if not least <= len(text) <= most or not text.strip() or is_unseen(text):
        raise DataError(name, "The text has 1 to {most} characters.", most=most)


def _checked_recipient(body: Mapping[str, Any], request: Request, salt: bytes) -> str:
    """The recipient's name in the clear, of a copy; else none."""
    if request.recipient is None:
        return ""
    name = str(strictjson.fields(dict(body), {"recipient": str})["recipient"])
    _check_text("recipient", name, messages.RECIPIENT_LIMITS)
    if messages.recipient_digest(salt, name) != request.recipient.name:
        raise DataError("reason-digest", "The recipient is not the one that was signed.")
    return name
