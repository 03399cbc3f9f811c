"""The Merkle mathematics of a ledger: tree, tiles, signed notes, checkpoints, cosignatures, proofs.

Bytes are those of the C2SP pages tlog-tiles, signed-note, tlog-checkpoint, tlog-cosignature (v1) and
tlog-witness; what is ours stands in spec/ledger.md. Nothing here does I/O, reads a clock or draws
random bytes. Bad input raises a DataError whose code is one of spec/ledger.md §5.
"""
