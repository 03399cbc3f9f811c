"""A viewing room over a recording with all its evidence, for copies: what a stranger verifies in the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from support.recordings import START, Maker, Sample
from support.sealed_video import SealedVideo, VideoSealer
from support.viewing_room import Room
from support.visitors import Visitor, approve
from zhilu.encoding import b64u

ASK = """async ([recording, from, to, key, name, kind]) => {
  const { makeRequest, requestChallenge } = await import("/browser/viewings.js");
  const { browserCredentials } = await import("/browser/credentials.js");
  const { b64u, unb64u } = await import("/browser/lib/encoding.js");
  const info = await (await fetch("/api/info")).json();
  const me = await (await fetch("/api/session")).json();
  const text = "法院调取证据";
  const made = await makeRequest({ bureau: info.bureau, viewer: me.person, viewerKey: me.viewer_key, kind,
    recordings: [{ id: recording, from, to }], purpose: "court", text, hours: 24, nowMs: Date.now(),
    ...(kind === "copy" && { recipient: { key: unb64u(key), name } }) });
  const { assertion } = await browserCredentials(info.rp_id).assert(
    { challenge: await requestChallenge(made.bytes), allow: [me.credential] });
  const body = { request: b64u(made.bytes), assertion, salt: b64u(made.salt), reason: text };
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/viewings", { method: "POST", headers,
    body: JSON.stringify(kind === "copy" ? { ...body, recipient: name } : body) });
  if (!answer.ok) throw new Error(await answer.text());
  return made.viewing;
}"""


@dataclass
class Evidenced:
    sample: Sample
    video: SealedVideo


def evidenced(film: Path) -> Evidenced:
    """The film's own pictures in a recording that a ledger holds."""
    seen = VideoSealer(film).seal()
    header = seen.lines[0]
    from zhilu.sealed.lines import unverified_payload

    opened = unverified_payload(header)
    changes = {name: opened[name] for name in ("codec", "width", "height")}
    sample = Maker(segments=tuple(seen.plain), open_changes=changes).make()
    media, at = [], 0
    for plain in seen.plain:
        media.append(sample.media[at : at + len(plain) + 16])
        at += len(plain) + 16
    video = SealedVideo(
        sample.journal,
        media,
        seen.plain,
        sample.key,
        sample.shares[0],
        sample.recorder,
        recording=sample.recording,
        opened_at=START,
        closed_at=START + timedelta(seconds=60),
        origin="camera",
    )
    return Evidenced(sample, video)


def copy_room(held: Evidenced) -> Room:
    room = Room(held.video)
    files = held.sample.files()
    room.proofs = {name: files[name] for name in ("receipt.json", "logbook.jws")}
    return room


def ask_kind(
    visitor: Visitor,
    kind: str = "copy",
    *,
    span: tuple[int, int] = (2, 4),
    point: bytes = b"",
    name: str = "巨鹿县人民法院",
) -> str:
    """A request as the page's own modules make it; its viewing id."""
    visitor.go("/")
    words = [str(visitor.room.video.recording), *span, b64u(point), name, kind]
    viewing: str = visitor.page.evaluate(ASK, words)
    return viewing


def approved(viewer: Visitor, approver: Visitor, kind: str = "copy", **wish: object) -> str:
    viewing = ask_kind(viewer, kind, **wish)  # type: ignore[arg-type]
    approve(approver, viewing)
    return viewing
