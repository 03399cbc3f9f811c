"""Who sees what in the viewing room (spec/viewing.md §1).

- Own requests, their recordings, and what a person decided himself: always.
- A request that waits for others: who may decide it by the roles of the own key (spec §4) and is over the
  departments of all its recordings. An urgent one: whoever decides at all, while it can be decided.
- A recording: who may ask to view it, or decide about it.
- All else does not exist: `viewing-unknown`, `recording-unknown`.

Which departments a person is over, the county says, with what it calls the recordings. That hides here and
opens nothing: what a key may do follows from signed entries. While the county is away, only what is one's own
is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from zhilu.errors import DataError
from zhilu.keyholder.believed import Credential, Viewing
from zhilu.keyholder.desk_viewings import ViewingDesk
from zhilu.keyholder.local import Asked
from zhilu.keyholder.names import About, Names
from zhilu.protocols.viewing import CITY_ROLES, DECIDING_ROLES

Found = tuple[str, Viewing | None, Asked | None]
ABOUT_RECORDINGS = ("viewer", *DECIDING_ROLES, *CITY_ROLES)


class Sight:
    def __init__(self, viewings: ViewingDesk, names: Names) -> None:
        self._viewings, self._names = viewings, names

    async def recording(self, id_: str, who: Credential) -> About:
        """What the county calls it; refuses (`recording-unknown`) who has nothing to do with it."""
        about = await self._names.about([id_], who.person)
        if not self._viewings.has_asked_for(id_, who) and not _over(about, [id_], ABOUT_RECORDINGS, who):
            raise DataError("recording-unknown", "No such recording is stored.", recording=id_[:64])
        return about.get(id_, {})

    async def of(self, ids: Sequence[str], who: Credential) -> list[Found]:
        """Those of these viewings that this person sees; one question to the county for all."""
        found = [(id_, *self._viewings.find(id_)) for id_ in ids]
        named = [span.recording for _, viewing, _ in found if viewing for span in viewing.request.spans]
        about = await self._names.about(list(dict.fromkeys(named)), who.person)
        return [one for one in found if self._sees(one, who, about)]

    async def one(self, id_: str, who: Credential) -> Found:
        for found in await self.of([id_], who):
            return found
        raise DataError("viewing-unknown", "No such request is in the ledger.")

    async def queue(self, who: Credential, before: int | None) -> tuple[list[Found], int | None]:
        """A page of what waits for this person, and from where the next one goes on."""
        while True:
            waiting, before = self._viewings.to_decide(who, before)
            found = await self.of(waiting, who)
            if found or before is None:
                return found, before

    def _sees(self, found: Found, who: Credential, about: dict[str, About]) -> bool:
        _, viewing, asked = found
        if viewing is None:
            return asked is not None and asked.viewer == who.person
        request = viewing.request
        if request.viewer == who.person or who.person in [one.decision.approver for one in viewing.decisions]:
            return True
        if request.kind == "urgent" and self._viewings.may_decide(viewing, who):
            return True
        recordings = [span.recording for span in request.spans]
        return _over(about, recordings, request.deciding, who)


def _over(
    about: dict[str, About], recordings: Collection[str], roles: Collection[str], who: Credential
) -> bool:
    """Whether the county says of each that one of these roles, which the key has too, covers it."""
    held = set(roles) & set(who.roles)
    return all(held & set(about.get(id_, {}).get("covers", ())) for id_ in recordings)
