"""Sound kept in step with its own time stamps (spec/sealed-media.md §1).

A microphone's crystal is some 100 millionths off: after an hour its samples alone would lie a third of a
second beside the picture. Here the time stamps decide: sound is stretched or squeezed by a few samples a
second, silence is put in where samples are missing, and what comes twice is dropped.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av

STRETCH = 400
"""Samples a second at the most, of 48,000: not heard, and 80 times what a poor crystal needs."""
HARD_S = 0.1
"""From here on a hole is filled at once instead of stretched over."""


class InStep:
    """Frames of one format with pts in seconds of the recording's time line; gives the frames to encode."""

    def __init__(self, rate: int, layout: str) -> None:
        self._rate, self._layout = rate, layout
        self._graph: Any = None

    def push(self, frame: Any, at_s: float) -> list[Any]:
        """`at_s`: when its first sample was heard."""
        if self._graph is None:
            self._graph = _graph(frame, self._rate, self._layout)
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = round(at_s * frame.sample_rate)
        self._graph.push(frame)
        return self._pulled()

    def end(self) -> list[Any]:
        if self._graph is None:
            return []
        self._graph.push(None)
        return self._pulled()

    def _pulled(self) -> list[Any]:
        frames = []
        while True:
            try:
                frames.append(self._graph.pull())
            except (av.BlockingIOError, av.EOFError):
                return frames


def _graph(frame: Any, rate: int, layout: str) -> Any:
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=frame.sample_rate,
        format=frame.format.name,
        layout=frame.layout.name,
        time_base=Fraction(1, frame.sample_rate),
    )
    stretch = graph.add("aresample", f"{rate}:async={STRETCH}:min_hard_comp={HARD_S}:first_pts=0")
    form = graph.add("aformat", f"sample_fmts=fltp:channel_layouts={layout}")
    sink = graph.add("abuffersink")
    source.link_to(stretch)
    stretch.link_to(form)
    form.link_to(sink)
    graph.configure()
    return graph
