"""A plan lived through: one step after another, each at its time, by the programs that would do it.

The server's parts run in this process under the plan's clock; so do keyholder, station and recorders, each in
its own home. Importable once Django is set up for the county's server.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from zhilu import strictjson
from zhilu.demo.bureau import scenes, steps
from zhilu.demo.bureau import steps_oversight as oversight
from zhilu.demo.bureau.copying import Copying
from zhilu.demo.bureau.devices import Device
from zhilu.demo.bureau.hands import Hands, id_of
from zhilu.demo.bureau.homes import Founding
from zhilu.demo.bureau.imports import bring_in
from zhilu.demo.bureau.meeting import Meeting
from zhilu.demo.bureau.office import Office
from zhilu.demo.bureau.oversight import Overseer
from zhilu.demo.bureau.plan import Plan
from zhilu.demo.bureau.seat import Seat
from zhilu.demo.bureau.station import Collected, Station
from zhilu.protocols.viewing import Span
from zhilu.sealed.keys import load_private_key, point_bytes
from zhilu.server.equipment.services.documents import adoption
from zhilu.server.evidence.models import Recording
from zhilu.verify.copies import make_key

DRIFTS = (0.4, -1.1, 2.6, -0.2, 0.9, -3.4, 0.1, 1.7, -0.8, 48.0, 0.3, -1.9)
"""Seconds by which recorders' clocks are ahead, at first."""


InBay = steps.Docked | steps.Checked


class Life(Seat):
    """All programs of the county, and what has become of the plan's names."""

    def __init__(
        self, plan: Plan, founded: Founding, hands: Hands, clip: Callable[[str], scenes.Clip]
    ) -> None:
        super().__init__(founded, hands)
        self.plan, self.clip = plan, clip
        place = founded.place
        self.station = Station(place, self.wire, hands)
        self.station.newest_note = self.newest_note
        self.office = Office(founded, hands)
        self.overseer = Overseer(self.office, self.room, self.wire)
        self.devices: dict[str, Device] = {
            one.login: Device(
                founded.recorder_home(one), hands, timedelta(seconds=DRIFTS[number % len(DRIFTS)])
            )
            for number, one in enumerate(plan.county.holders)
        }
        self.carried_by = {one.login: ("", "") for one in plan.county.holders}
        """Holder → officer and deputy's reason of the newest assignment."""
        self._in_bays: list[tuple[InBay, Collected]] = []
        self._last = {step.holder: step for step in plan.steps if isinstance(step, InBay)}
        self.viewings: dict[str, steps.Asked] = {}
        make_key(place.kept / "court-key.pem")
        self.court = load_private_key((place.kept / "court-key.pem").read_bytes())
        """To whom copies go: a recipient's own key, kept so that whoever looks can open one."""

    def begin(self, meeting: Meeting) -> None:
        """Founding, keys of the viewing room, the city, the pilot's beginning."""
        self.found()
        self.join(meeting)
        self.office.roll_out()
        self.overseer.begin()

    def end(self) -> None:
        """Every recorder is adopted and has its receipts."""
        self._let_go()
        self._adopt()
        self._bring(self.plan.county.holders[0].login)
        super().end()
        ids = {"recordings": self.office.recordings, "acts": {k: str(v) for k, v in self.office.acts.items()}}
        (self.founded.place.work / "ids.json").write_text(json.dumps(ids, indent=1))

    def take(self, step: steps.Step) -> None:
        if self._in_bays and not self._can_wait(step):
            self._let_go()
        self.hands.go_to(step.at)
        HANDLERS[type(step)](self, step)

    def _bay(self, holder: str) -> int:
        return self.plan.county.holders.index(self.plan.county.member(holder)) + 1

    def _assigned(self, step: steps.Assigned) -> None:
        """The recorder stands in its bay, and learns of it there; a new one when it is adopted."""
        device = self.devices[step.holder]
        self.office.assign(device.kid, step)
        self.carried_by[step.holder] = (step.officer, step.deputy)
        if device.recorder is None:
            return
        self._bring(step.holder)

    def _bring(self, holder: str) -> None:
        """What is new, to the recorder in its bay."""
        self.publish()
        self.devices[holder].power_on_in_bay()
        self.station.bring(self.devices[holder])
        self.devices[holder].power_off()

    def _adopt(self) -> None:
        """All recorders, before the first is taken out."""
        new = [device for device in self.devices.values() if device.recorder is None]
        if not new:
            return
        self.publish()
        trust = (self.founded.place.kept / "trust.json").read_bytes()
        for device in new:
            device.adopt(trust, strictjson.dumps(adoption(device.kid)))

    def _outing(self, step: steps.Outing) -> None:
        self._adopt()
        device = self.devices[step.holder]
        device.power_on()
        for shot in step.shots:
            self.hands.go_to(shot.at)
            self.office.recordings[shot.key] = device.film(shot, self.clip(shot.scene))
            self.hands.go_on(seconds=scenes.SCENES[shot.scene].seconds)

    def _docked(self, step: steps.Docked) -> None:
        device = self.devices[step.holder]
        officer, deputy = self.carried_by[step.holder]
        person = self.founded.cast.people[officer]
        collected = self.station.collect(device, self._bay(step.holder), person, deputy or None)
        self._in_bays.append((step, collected))

    def _checked(self, step: steps.Checked) -> None:
        device, (officer, deputy) = self.devices[step.holder], self.carried_by[step.holder]
        device.power_on_in_bay()
        person = self.founded.cast.people[officer]
        collected = self.station.collect(device, self._bay(step.holder), person, deputy or None)
        self._in_bays.append((step, collected))

    def _can_wait(self, step: steps.Step) -> bool:
        """Whether the recorders in their bays have time for it until a checkpoint brings their receipts."""
        return isinstance(step, WHILE_IN_BAY) and step.at - self._in_bays[0][0].at < IN_BAY

    def _let_go(self) -> None:
        """One checkpoint for all that stand in their bays; each is switched off with its receipts."""
        self.publish()
        for step, collected in self._in_bays:
            self.station.let_go(collected, last=step is self._last[step.holder])
            collected.device.power_off()
        self._in_bays.clear()

    def _alarmed(self, step: steps.Alarmed) -> None:
        said = id_of(self.plan.county.seed, f"alarm {step.at}", step.at)
        self.station.alarm(str(said), step.code, step.detail)
        self.office.handle_alarm(step, said)

    def _refused(self, step: steps.Refused) -> None:
        self.station.refuse(step.bay, self.devices[step.holder].kid)

    def _imported(self, step: steps.Imported) -> None:
        clips = [self.clip(name) for _, name in step.scenes]
        officer = self.founded.cast.people[step.officer]
        made = bring_in(self.founded.place, self.station, officer, clips)
        for (key, _), recording in zip(step.scenes, made, strict=True):
            self.office.recordings[key] = recording

    def _asked(self, step: steps.Asked) -> None:
        self.room.settle()
        recordings = Recording.objects.filter(id__in=[self.office.recordings[key] for key in step.recordings])
        spans = [Span(str(one.id), 0, one.segments - 1) for one in recordings]
        viewer = self.founded.cast.people[step.viewer]
        said: dict[str, Any] = {"kind": step.kind, "purpose": step.purpose, "reason": step.reason}
        if step.kind == "view":
            said["life"] = ASKED_FOR
        if step.kind == "copy":
            said["recipient"] = point_bytes(self.court.public_key()), self.plan.county.court
        self.room.request(self.founded.cast, viewer, self.office.viewing(step.viewing), spans, **said)
        self.viewings[step.viewing] = step

    def _decided(self, step: steps.Decided) -> None:
        by = self.founded.cast.people[step.by]
        self.room.decide(self.founded.cast, by, self.office.viewing(step.viewing), step.approved)

    def _released(self, step: steps.Released) -> None:
        viewer = self.founded.cast.people[self.viewings[step.viewing].viewer]
        recording = self.office.recordings[step.recording]
        self.room.release(self.founded.cast, viewer, self.office.viewing(step.viewing), recording)

    def _reported(self, step: steps.Reported) -> None:
        viewer = self.founded.cast.people[self.viewings[step.viewing].viewer]
        self.room.report(self.founded.cast, viewer, self.office.viewing(step.viewing), step.text)

    def _copied(self, step: steps.Copied) -> None:
        viewer = self.founded.cast.people[self.viewings[step.viewing].viewer]
        holder, now = self.founded.cast.holder(viewer), self.hands.now()
        row = Recording.objects.get(id=self.office.recordings[step.recording])
        span, viewing = Span(str(row.id), 0, row.segments - 1), self.office.viewing(step.viewing)
        place = self.founded.place
        copying = Copying(place.bureau, viewing, span, self.room.released[viewing], self.court)
        package = copying.package(holder, now)
        self.room.made(viewing, copying.said(holder, package, now))
        (place.kept / "copy-for-the-court.zhilu").write_bytes(package)


IN_BAY = timedelta(minutes=20)
WHILE_IN_BAY = (
    steps.Docked,
    steps.Checked,
    steps.Opened,
    steps.Filed,
    steps.Confirmed,
    steps.Linked,
    steps.Resulted,
)
ASKED_FOR = timedelta(days=7)
"""So that what was asked on Friday still waits on Monday."""


HANDLERS: dict[type[steps.Step], Callable[[Life, Any], None]] = {
    steps.Trained: lambda life, step: life.office.train(step),
    steps.Issued: lambda life, step: life.office.issue(life.devices[step.holder].kid, step),
    steps.Assigned: Life._assigned,
    steps.Delegated: lambda life, step: life.office.delegate(step),
    steps.Outing: Life._outing,
    steps.Docked: Life._docked,
    steps.Checked: Life._checked,
    steps.Refused: Life._refused,
    steps.Alarmed: Life._alarmed,
    steps.Imported: Life._imported,
    steps.Opened: lambda life, step: life.office.open(step),
    steps.Filed: lambda life, step: life.office.file(step),
    steps.Confirmed: lambda life, step: life.office.confirm(step),
    steps.Linked: lambda life, step: life.office.link(step),
    steps.Resulted: lambda life, step: life.office.result(step),
    steps.SetAside: lambda life, step: life.office.set_aside(step),
    steps.Handed: lambda life, step: life.office.hand_on(step),
    steps.Asked: Life._asked,
    steps.Decided: Life._decided,
    steps.Released: Life._released,
    steps.Reported: Life._reported,
    steps.Copied: Life._copied,
    oversight.Entered: lambda life, step: life.overseer.enter(step),
    oversight.Excused: lambda life, step: life.overseer.excuse(step),
    oversight.Judged: lambda life, step: life.overseer.judge(),
    oversight.Explained: lambda life, step: life.overseer.explain(step),
    oversight.Answered: lambda life, step: life.overseer.answer(),
    oversight.Concluded: lambda life, step: life.overseer.conclude(),
    oversight.Blamed: lambda life, step: life.overseer.blame(),
    oversight.Appealed: lambda life, step: life.overseer.appeal(),
    oversight.Sanctioned: lambda life, step: life.overseer.sanction(step),
    oversight.ChecklistsSet: lambda life, step: life.overseer.set_checklists(),
    oversight.DrawnAtRandom: lambda life, step: life.overseer.draw(step),
    oversight.Reviewed: lambda life, step: life.overseer.review(step),
    oversight.ReviewedAgain: lambda life, step: life.overseer.review_again(),
    oversight.SchemeEntered: lambda life, step: life.overseer.set_scheme(step),
    oversight.Published: lambda life, step: life.overseer.publish(step),
    oversight.Objected: lambda life, step: life.overseer.object(step),
    oversight.Upheld: lambda life, step: life.overseer.uphold(),
}
