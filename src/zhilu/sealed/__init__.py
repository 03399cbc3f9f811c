"""Core: signed lines, sealed segments, envelopes, and how all of it is judged. No I/O, no clock."""
