"""Vectors of the sealed core: what makes them, and what reads and judges them."""
