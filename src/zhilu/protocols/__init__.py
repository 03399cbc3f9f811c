"""Core: how the programs speak to each other, without any I/O.

Bytes and values in, decisions and bytes out; clock, randomness and sockets are the programs'.
"""
