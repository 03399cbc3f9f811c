"""Adapters to what a recorder is made of: clock, counter, key, picture and sound.

Each stands behind a small interface, so that a TPM or a camera can take the place of a file or a drawn scene.
"""
