"""Core of what is sealed: signed lines, sealed segments, envelopes, and how they are judged. No I/O, no clock."""
