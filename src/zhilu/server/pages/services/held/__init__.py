"""All that is held about one person, in parts: each is described once, and its page, its print and its Excel
file follow from that. Whoever is signed in sees his own, and nobody else's.
"""

from zhilu.server.pages.services.held.part import Linked, Part, filled
from zhilu.server.pages.services.held.parts import PARTS

__all__ = ["PARTS", "Linked", "Part", "filled"]
