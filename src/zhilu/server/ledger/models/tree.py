"""What the background pass makes of the entries: tiles, signed checkpoints, published checkpoints."""

from __future__ import annotations

from django.db import models


class Tile(models.Model):
    """Up to 256 hashes; a partial tile grows in place, and any narrower width is its beginning."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="tile_once")]


class SignedCheckpoint(models.Model):
    """What the ledger's key has put its name to: written BEFORE the signature exists, one root a size for
    ever.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    at = models.DateTimeField()


class Checkpoint(models.Model):
    """A published note, verbatim. Its SHA-256 is how a boot line names it."""

    size = models.BigIntegerField(primary_key=True)
    sha256 = models.CharField(max_length=64, unique=True)
    note = models.BinaryField()
    cosigned_at = models.DateTimeField(null=True)


class CosignerState(models.Model):
    """From which size a cosigner wants its next proof; a hint only, it corrects us."""

    name = models.CharField(max_length=200, primary_key=True)
    size = models.BigIntegerField()
