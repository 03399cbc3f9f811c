"""Under which cosigners a checkpoint is published. The organisation app knows (policy, peers) and says so
through `provide`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zhilu.tlog.cosign import CosignatureVerifier


@dataclass(frozen=True)
class Terms:
    """The pinned cosigners, and how many of them must sign."""

    cosigners: tuple[CosignatureVerifier, ...]
    quorum: int


_provider: Callable[[], Terms] | None = None


def provide(provider: Callable[[], Terms]) -> None:
    global _provider
    _provider = provider


def current() -> Terms:
    assert _provider is not None, "organisation.apps provides the terms"
    return _provider()
