"""The description of the API as a page: from the same OpenAPI, without a script and without the internet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zhilu.server.api.operations import SCOPES, api

ROOT = "/api/v1/"


@dataclass(frozen=True)
class Part:
    name: str
    place: str
    form: str
    required: bool


@dataclass(frozen=True)
class Told:
    method: str
    path: str
    summary: str
    scope: str
    parameters: list[Part]
    body: str


def description() -> dict[str, Any]:
    found: dict[str, Any] = api.get_openapi_schema(path_prefix=ROOT)
    return found


def operations() -> Iterator[Told]:
    for path, methods in description()["paths"].items():
        for method, told in methods.items():
            parts = [
                Part(one["name"], one["in"], _form(one["schema"]), one["required"])
                for one in told.get("parameters", [])
            ]
            body = (
                told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            )
            yield Told(
                method.upper(), path, _(told["summary"]), SCOPES[told["operationId"]], parts, _form(body)
            )


def shapes() -> Iterator[tuple[str, str]]:
    """Name and fields of what comes and goes."""
    for name, told in description()["components"]["schemas"].items():
        fields = told.get("properties", {})
        yield name, ", ".join(f"{field}: {_form(form)}" for field, form in fields.items())


def _form(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_form(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"[{_form(schema['items'])}]"
    return str(schema.get("format") or schema.get("const") or schema.get("type", ""))
