"""the officer at the bay: waits for the kiosk to ask, touches the key, waits for safe-to-take."""

import time
from collections.abc import Callable
from typing import Any

from zhilu.demo.http import Api
from zhilu.demo.people import Person
from zhilu.demo.place import Place
from zhilu.encoding import unb64u
from zhilu.errors import WorldError

DONE = ("safe-to-take", "cleared")
BAD = ("refused", "fault")
# The longest time in which nothing at all may move at the bay.
QUIET_SECONDS = 120


class Kiosk:
    """The kiosk's API as its page uses it. `check` raises if a program has died."""

    def __init__(self, place: Place, officer: Person, check: Callable[[], None]) -> None:
        self.api = Api(place.kiosk_tcp, place.kiosk_authority)
        self.place, self.officer, self.check = place, officer, check

    def bay(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get("/api/state")["bays"][0]
        return found

    def wait_for(self, *phases: str, quiet_s: float = QUIET_SECONDS) -> dict[str, Any]:
        """Wait for one of the phases; a refusal, or a bay in which nothing moves, is an error."""
        last, moved = self.bay(), time.monotonic()
        while True:
            self.check()
            bay = self.bay()
            if bay["phase"] in phases:
                return bay
            if bay["phase"] in BAD:
                raise WorldError(
                    "demo-bay", "The bay says {phase}: {said}", phase=bay["phase"], said=bay.get("message")
                )
            if bay != last:
                last, moved = bay, time.monotonic()
            elif time.monotonic() - moved > quiet_s:
                raise WorldError(
                    "demo-bay", "The bay says {phase}: {said}", phase=bay["phase"], said=bay.get("message")
                )
            time.sleep(0.1)

    def waits_for_us(self) -> bool:
        """Another officer's handover is left alone: whoever plays him has his own key."""
        bay = self.bay()
        officer = bay["officer"] or {}
        return bay["phase"] == "waiting-officer" and officer.get("id") == self.officer.id

    def touch_key(self) -> None:
        """The officer's ceremony: the kiosk's challenge binds the handover that it shows."""
        ceremony = self.api.post("/api/bays/1/ceremony", {})
        assertion = self.officer.key.assert_(
            unb64u(ceremony["challenge"]),
            ceremony["rp_id"],
            self.place.kiosk_origin,
            [unb64u(each) for each in ceremony["allow"]],
        )
        self.api.post("/api/bays/1/assertion", assertion)
