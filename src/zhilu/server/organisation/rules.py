"""Rules about people and policy (pure).

- Three administrators (三员分立): system, security, audit; no person is two of them, and none of them is
  officer, viewer or approver: no administrator plays footage.
- A policy's version is one more than the newest; its quorum can be met by the registered cosigners.
"""

from __future__ import annotations

from collections.abc import Collection

from zhilu.errors import DataError

ADMINISTRATORS = ("system-administrator", "security-administrator", "audit-administrator")
ROLES = ("officer", "viewer", "approver", *ADMINISTRATORS)


def check_role(role: str, held: Collection[str]) -> None:
    """May a person who holds `held` be granted `role`?"""
    if role not in ROLES:
        raise DataError("role", "There is no role {role}.", role=role)
    if role in held:
        raise DataError("role-held", "The person has the role {role} already.", role=role)
    if held and (role in ADMINISTRATORS or set(held) & set(ADMINISTRATORS)):
        raise DataError("role-conflict", "An administrator has no other role.", role=role)


def check_policy_version(version: int, newest: int) -> None:
    if version != newest + 1:
        raise DataError(
            "policy-version", "The next policy has version {wanted}.", wanted=newest + 1, version=version
        )


def check_quorum(quorum: int, cosigners: int) -> None:
    if quorum > cosigners:
        raise DataError(
            "quorum",
            "The policy demands {quorum} cosigners; {known} are registered.",
            quorum=quorum,
            known=cosigners,
        )
