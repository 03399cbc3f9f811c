from __future__ import annotations

from django.db import models


class Word(models.Model):
    """A word that was taken (spec/docking.md §8): `digest` is W, `entries` what became of it, `sealed` the
    signed request as it came, which the county's text key opens. An ordinary row, and never removed: whoever
    sends the word again gets these entries.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=16)
    station = models.CharField(max_length=43)
    entries = models.JSONField()
    sealed = models.BinaryField()
    taken_at = models.DateTimeField()


class WordNonce(models.Model):
    """Given to a station for one word that is said for now (spec/intake.md §2), in base64url. An ordinary
    row, gone when it is spent or over.
    """

    nonce = models.CharField(max_length=22, unique=True)
    station = models.CharField(max_length=43)
    at = models.DateTimeField()


class Template(models.Model):
    """An officer's own texts for the elements, to begin a statement with. An ordinary row."""

    person = models.UUIDField()
    name = models.CharField(max_length=40)
    elements = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="template_once")]


class Wanted(models.Model):
    """A recording that is logged and that the store has not (spec/intake.md §2). An ordinary row."""

    recording = models.UUIDField(primary_key=True)
    since = models.DateTimeField()
