"""What a person must look at, and what became of it. Ordinary rows, no evidence."""

from __future__ import annotations

from django.db import models

from zhilu.server.equipment.rules import OPEN_ALARM, RAISED


class Alarm(models.Model):
    """The county's own (`station` empty, `about`: a kid or an id), or one that a station told (`said`: its id
    there; `about`: the station). Repeats are counted, not added; `ended`: the station says that it is over.
    """

    code = models.CharField(max_length=64)
    about = models.CharField(max_length=100)
    station = models.CharField(max_length=43, default="")
    said = models.UUIDField(null=True)
    bay = models.PositiveSmallIntegerField(null=True)
    detail = models.CharField(max_length=100, default="")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    ended = models.BooleanField(default=False)
    state = models.CharField(max_length=16, default=RAISED, db_index=True)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # What is handled and happens again is a new one.
            models.UniqueConstraint(
                fields=["code", "about"],
                condition=models.Q(said=None, state__in=OPEN_ALARM),
                name="alarm_once",
            ),
            models.UniqueConstraint(fields=["station", "said"], name="alarm_of_station_once"),
        ]


class AlarmStep(models.Model):
    """Who moved an alarm, and when. `by`: a person, or the station at whose page it was confirmed."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="steps")
    state = models.CharField(max_length=16)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    text = models.CharField(max_length=200, default="")
