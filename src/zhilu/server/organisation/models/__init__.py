from zhilu.server.organisation.models.access import AccessBatch, AccessRow
from zhilu.server.organisation.models.accounts import Factor, PasswordBefore, Session, User
from zhilu.server.organisation.models.bureau import Bureau, Peer, Policy
from zhilu.server.organisation.models.people import Credential, Person, Role

__all__ = [
    "AccessBatch",
    "AccessRow",
    "Bureau",
    "Credential",
    "Factor",
    "PasswordBefore",
    "Peer",
    "Person",
    "Policy",
    "Role",
    "Session",
    "User",
]
