"""A software security key: an authenticator with PRF that speaks real WebAuthn, for the unattended demo and
for tests.

It holds its private keys in a JSON file, so it proves nothing about a person. Nobody in a bureau uses one.
"""

from zhilu.softkey.authenticator import SoftKey

__all__ = ["SoftKey"]
