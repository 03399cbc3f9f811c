"""The kiosk page in Chromium before a played station, a security key plugged in; one context a module."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support import kiosk_states as played
from support.kiosk_states import PlayedStation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCREEN = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def station() -> Iterator[PlayedStation]:
    station = PlayedStation()
    yield station
    station.close()


@pytest.fixture(scope="module")
def screen(chromium: Browser, station: PlayedStation) -> Iterator[Page]:
    context = chromium.new_context(viewport=SCREEN)
    page = context.new_page()
    page.set_default_timeout(60_000)
    plug_in_key(page)
    yield page
    context.close()


@pytest.fixture
def page(screen: Page, station: PlayedStation) -> Iterator[Page]:
    station.reset()
    said: list[str] = []

    def heard(error: Any) -> None:
        said.append(str(error))

    screen.on("pageerror", heard)
    yield screen
    screen.remove_listener("pageerror", heard)
    assert said == []


def plug_in_key(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    described = {
        "credentialId": base64.b64encode(base64.urlsafe_b64decode(played.KEY + "==")).decode(),
        "isResidentCredential": False,
        "rpId": "localhost",
        "privateKey": base64.b64encode(key).decode(),
        "signCount": 5,
    }
    session.send(
        "WebAuthn.addCredential", {"authenticatorId": added["authenticatorId"], "credential": described}
    )


def show(page: Page, station: PlayedStation, shown: dict[str, Any], language: str = "zh") -> None:
    station.state = shown
    page.goto(station.origin)
    page.locator("main [data-phase]").first.wait_for()
    if page.evaluate("document.documentElement.lang") != {"zh": "zh-Hans", "en": "en"}[language]:
        page.locator("#language").click()
