"""Nonces that were seen, in memory: what a server keeps in its database."""

from __future__ import annotations

from zhilu.protocols.httpsig import NONCE_MEMORY_S


class NonceMemory:
    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], int] = {}

    def take(self, kid: str, nonce: str, now: int) -> bool:
        self._seen = {key: at for key, at in self._seen.items() if at >= now - NONCE_MEMORY_S}
        if (kid, nonce) in self._seen:
            return False
        self._seen[kid, nonce] = now
        return True
