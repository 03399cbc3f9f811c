from zhilu.server.organisation.models.access import AccessBatch, AccessListed, AccessRow
from zhilu.server.organisation.models.accounts import Factor, PasswordBefore, Session, User
from zhilu.server.organisation.models.bureau import (
    Bureau,
    Calendar,
    Department,
    ListedBureau,
    Peer,
    Policy,
    Review,
)
from zhilu.server.organisation.models.people import Credential, Delegation, Person, Post, Role
from zhilu.server.organisation.models.tokens import ApiAnswer, ApiToken, ApiUse

__all__ = [
    "AccessBatch",
    "AccessListed",
    "AccessRow",
    "ApiAnswer",
    "ApiToken",
    "ApiUse",
    "Bureau",
    "Calendar",
    "Credential",
    "Delegation",
    "Department",
    "Factor",
    "ListedBureau",
    "PasswordBefore",
    "Peer",
    "Person",
    "Policy",
    "Post",
    "Review",
    "Role",
    "Session",
    "User",
]
