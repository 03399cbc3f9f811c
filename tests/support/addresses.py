"""The addresses of the whole URL configuration, and how one is filled with what stands in a bureau."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from support import matrix
from support.bureau import PLACES

PART = re.compile(r"<\w+:(\w+)>")


def addresses() -> Iterator[tuple[str, str]]:
    """(name, route) of the whole URL configuration; a route without a name is its own."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, str]]:
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, route)
            else:
                yield one.name or route, route

    yield from walk(get_resolver().url_patterns, "")


ROUTES = dict(addresses())


def path_of(name: str, things: dict[str, Any]) -> str:
    def fill(match: re.Match[str]) -> str:
        part = match[1]
        thing = matrix.STANDS_FOR.get((name, part)) or matrix.STANDS_FOR.get((name.split("-")[0], part))
        return str(matrix.PARTS[part] if part in matrix.PARTS else things[thing or part])

    asked = matrix.ASKS.get(name)
    return "/" + PART.sub(fill, ROUTES[name]) + (f"?{asked}={things[asked]}" if asked else "")


def places_of(name: str) -> tuple[str, ...]:
    """An address without a row in it lies nowhere; a device is always the founded bureau's."""
    parts = (set(PART.findall(ROUTES[name])) | {matrix.ASKS.get(name, "")}) - {"", *matrix.PARTS}
    if not parts:
        return PLACES[:1]
    return PLACES[:2] if "kid" in parts else PLACES
