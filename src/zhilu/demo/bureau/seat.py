"""A bureau's server and keyholder in one process, under the plan's clock: what city and counties have in
common.

Whatever changes in the ledger goes through `commit`; the audit of the result is clean. Importable once Django
is set up for the bureau's server.
"""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from zhilu.demo.bureau import homes
from zhilu.demo.bureau.hands import Hands
from zhilu.demo.bureau.homes import Founding
from zhilu.demo.bureau.meeting import SERVER, Meeting
from zhilu.demo.bureau.room import Room
from zhilu.demo.bureau.wire import Wire
from zhilu.server import config
from zhilu.server.catalogue.services.catalogue import first_version
from zhilu.server.federation.services import neighbours
from zhilu.server.ledger.events import read
from zhilu.server.ledger.services import proofs
from zhilu.server.ledger.services.commit import Proposal, commit_all
from zhilu.server.ledger.services.publish import Publisher, load_signer
from zhilu.server.organisation.services.accounts import set_account

ROUNDS = 1000
"""Of a password that was drawn: nobody guesses 72 random bits, however fast he is."""


class Seat:
    """Server, keyholder, and the wire between them."""

    def __init__(self, founded: Founding, hands: Hands) -> None:
        self.founded, self.hands = founded, hands
        place = founded.place
        self.wire = Wire(place.server_authority, hands)
        self.room = Room(place, self.wire, hands, self.publish)
        self.config = config.load(place.home("server"))
        self.publisher = Publisher(load_signer(self.config), self.room.cosign)

    def publish(self) -> None:
        self.publisher.run_once()

    def newest_note(self) -> bytes:
        newest = proofs.newest()
        return bytes(newest.note) if newest else b"none"

    def found(self) -> None:
        """The founding entries, and the keys of the viewing room."""
        bureau = self.founded.place.bureau
        entries = homes.entries(self.founded)
        proposals = [Proposal(read(one["kind"], one["core"]), bureau, one.get("personal")) for one in entries]
        proposals.insert(1, Proposal(first_version(), bureau))
        commit_all(proposals)
        self.room.settle()
        for person in self.founded.cast.in_room:
            self.hands.go_on(minutes=4)
            self.room.register(self.founded.cast, person)

    def join(self, meeting: Meeting) -> None:
        """City and counties enter each other."""
        place = self.founded.place
        meeting.leave(place.bureau, SERVER, neighbours.own(self.config).dumps())
        for url, said in meeting.neighbours(place):
            self.hands.go_on(minutes=7)
            neighbours.join(said, url, place.bureau)

    def end(self) -> None:
        """Logins, and the newest checkpoint."""
        for one in self.founded.cast.with_logins:
            hasher = PBKDF2PasswordHasher()
            digest = hasher.encode(one.password, hasher.salt(), ROUNDS)
            set_account(one.login, one.password, one.id, digest=digest)
        self.room.settle()
        self.room.close()
