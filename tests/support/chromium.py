"""Debian's Chromium under Playwright: without windows, a page is opened for a fifth of the work."""

EXECUTABLE = "/usr/bin/chromium-headless-shell"
# Quiet: a browser that is to prove something about our pages opens no connection of its own.
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
