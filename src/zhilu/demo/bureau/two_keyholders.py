"""At the end of the half year the counties share their keys with the city (ADR 0024): what is filmed from
then on opens only with both keyholders. Each side gets what the commands of docs/operate would give it.
"""

from __future__ import annotations

import json

from zhilu.demo.bureau.ground import CITY, COUNTIES
from zhilu.demo.bureau.meeting import KEYHOLDER, Meeting
from zhilu.demo.founding import enrolment, policy
from zhilu.demo.place import Place
from zhilu.keyholder import config as configs
from zhilu.keyholder import held


def introduce(place: Place, meeting: Meeting) -> None:
    """To the keyholders of the other tier."""
    if place.bureau == CITY.code:
        said = (place.home("keyholder") / "enrol.json").read_bytes()
    else:
        said = json.dumps(held.export(configs.load(place.home("keyholder")))).encode()
    meeting.leave(place.bureau, KEYHOLDER, said)


def share(place: Place, meeting: Meeting) -> None:
    """The policy of two shares, entered into the county's ledger."""
    from zhilu.server import config
    from zhilu.server.commands import city_keyholder
    from zhilu.server.ledger.events import read
    from zhilu.server.ledger.services.commit import Proposal, commit_all

    said = json.loads(meeting.take(CITY.code, KEYHOLDER).read_bytes())
    city = meeting.ground.place(CITY)
    url = f"http://127.0.0.1:{city.keyholder_tcp}"
    city_keyholder.name_place(config.load(place.home("server")), url, city.room_authority)
    first = policy(enrolment(place, "server"), enrolment(place, "keyholder"))
    events = [
        read("peer-registered/1", city_keyholder.peer_of(said)),
        read("policy-set/1", city_keyholder.shared_policy(first, said)),
    ]
    commit_all([Proposal(event, place.bureau) for event in events])


def name_city(place: Place, meeting: Meeting) -> None:
    """Where the county's keyholder asks for second shares."""
    url = f"http://127.0.0.1:{meeting.ground.place(CITY).keyholder_tcp}"
    said = meeting.take(CITY.code, KEYHOLDER)
    held.name_city(configs.load(place.home("keyholder")), said, url)


def hold_shares(city: Place, meeting: Meeting) -> None:
    config = configs.load(city.home("keyholder"))
    for county in COUNTIES:
        held.hold(config, meeting.take(county.code, KEYHOLDER), None)
