import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recorder", models.CharField(db_index=True, max_length=43)),
                ("officer", models.UUIDField(db_index=True)),
                ("station", models.CharField(max_length=43)),
                ("bay", models.PositiveSmallIntegerField()),
                ("drill", models.BooleanField()),
                ("deputy", models.BooleanField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Awaited",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("since", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("entry", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("kid", models.CharField(db_index=True, max_length=43)),
                ("role", models.CharField(max_length=16)),
                ("serial", models.CharField(max_length=64)),
                ("not_before", models.DateTimeField()),
                ("not_after", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DockCredential",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=1400, primary_key=True, serialize=False)),
                ("person", models.UUIDField(db_index=True)),
                ("public_key", models.TextField()),
                ("rp_id", models.CharField(max_length=200)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Docked",
            fields=[
                ("entry", models.BigIntegerField()),
                ("recorder", models.CharField(max_length=43, primary_key=True, serialize=False)),
                ("handover", models.CharField(max_length=64)),
                ("n", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("station", models.CharField(max_length=43)),
                ("bay", models.PositiveIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Finger",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("person", models.UUIDField(db_index=True)),
                ("station", models.CharField(max_length=43)),
                ("finger", models.CharField(max_length=32)),
                ("persons", models.JSONField()),
                ("word", models.CharField(max_length=64, unique=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HeldLogbook",
            fields=[
                ("entry", models.BigIntegerField()),
                ("recorder", models.CharField(max_length=43, primary_key=True, serialize=False)),
                ("last", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("state", models.JSONField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PendingDockKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("credential", models.CharField(max_length=1400, unique=True)),
                ("person", models.UUIDField(db_index=True)),
                ("station", models.CharField(db_index=True, max_length=43)),
                ("public_key", models.TextField()),
                ("rp_id", models.CharField(max_length=200)),
                ("aaguid", models.CharField(max_length=36, null=True)),
                ("at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("state", models.CharField(default="waiting", max_length=16)),
            ],
        ),
        migrations.CreateModel(
            name="Revocation",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kid", models.CharField(max_length=43, unique=True)),
                ("since", models.DateTimeField()),
                ("reason", models.CharField(max_length=200)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Station",
            fields=[
                ("entry", models.BigIntegerField()),
                ("kid", models.CharField(max_length=43, primary_key=True, serialize=False)),
                ("jwk", models.JSONField()),
                ("name", models.CharField(max_length=200)),
                ("bays", models.PositiveSmallIntegerField()),
                ("rp_id", models.CharField(max_length=200)),
                ("origin", models.CharField(max_length=200)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StationHealth",
            fields=[
                ("station", models.CharField(max_length=43, primary_key=True, serialize=False)),
                ("received_at", models.DateTimeField()),
                ("report", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Watched",
            fields=[
                ("recorder", models.CharField(max_length=43, primary_key=True, serialize=False)),
                ("n", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=64)),
                ("about", models.CharField(max_length=100)),
                ("station", models.CharField(default="", max_length=43)),
                ("said", models.UUIDField(null=True)),
                ("bay", models.PositiveSmallIntegerField(null=True)),
                ("detail", models.CharField(default="", max_length=100)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField(default=1)),
                ("ended", models.BooleanField(default=False)),
                ("state", models.CharField(db_index=True, default="raised", max_length=16)),
                ("moved_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("said", None), ("state__in", ("raised", "confirmed"))),
                        fields=("code", "about"),
                        name="alarm_once",
                    ),
                    models.UniqueConstraint(fields=("station", "said"), name="alarm_of_station_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AlarmStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.CharField(max_length=16)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("text", models.CharField(default="", max_length=200)),
                (
                    "alarm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="equipment.alarm",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Equipment",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=300, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("serial", models.CharField(max_length=200)),
                ("model", models.CharField(default="", max_length=200)),
                ("asset", models.CharField(default="", max_length=200)),
                ("department", models.UUIDField(db_index=True, null=True)),
                ("acquired", models.DateField(null=True)),
                ("kid", models.CharField(max_length=43, null=True, unique=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "serial"), name="equipment_once")],
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("code", models.CharField(max_length=64)),
                ("about", models.CharField(max_length=40)),
                ("recording", models.UUIDField(db_index=True, null=True)),
                ("line", models.BigIntegerField(null=True)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("proof", models.CharField(max_length=64, null=True)),
                ("actor", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("recorder", "code", "about", "actor"), name="finding_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HandedOver",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("recording", models.UUIDField()),
                ("handover", models.CharField(max_length=64)),
                ("station", models.CharField(max_length=43)),
                ("bay", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("day", models.DateField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["day", "recorder"], name="handed_by_day"),
                    models.Index(fields=["recorder", "handover"], name="handed_in"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("station", models.CharField(max_length=43)),
                ("bay", models.PositiveSmallIntegerField()),
                ("officer", models.UUIDField()),
                ("officer_check", models.CharField(max_length=16)),
                ("at", models.DateTimeField()),
                ("body", models.BinaryField()),
                ("compared", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [models.Index(fields=["recorder", "at"], name="handover_by_recorder")],
            },
        ),
        migrations.CreateModel(
            name="Issue",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("recorder", models.CharField(db_index=True, max_length=43)),
                ("department", models.UUIDField()),
                ("person", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=64)),
                ("returned_at", models.DateTimeField(null=True)),
                ("returned_by", models.CharField(default="", max_length=64)),
                ("condition", models.CharField(default="", max_length=16)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("returned_at", None)), fields=("recorder",), name="issue_one_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LogbookLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorder", models.CharField(max_length=43)),
                ("n", models.PositiveBigIntegerField()),
                ("line", models.BinaryField()),
                ("hash", models.CharField(max_length=64)),
                ("type", models.CharField(max_length=32)),
                ("recording", models.UUIDField(null=True)),
                ("at", models.DateTimeField(db_index=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["recording"], name="logbook_by_recording"),
                    models.Index(fields=["recorder", "type", "n"], name="logbook_by_type"),
                ],
                "constraints": [models.UniqueConstraint(fields=("recorder", "n"), name="logbook_line_once")],
            },
        ),
        migrations.CreateModel(
            name="LoggedAbsence",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=90, primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("kind", models.CharField(max_length=16)),
                ("reason", models.CharField(default="", max_length=64)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField()),
                ("docked", models.BooleanField(default=False)),
                ("day", models.DateField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["day", "recorder"], name="absence_by_day"),
                    models.Index(fields=["recorder", "since"], name="absence_of_recorder"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LoggedRecording",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("recording", models.UUIDField()),
                ("opened_at", models.DateTimeField()),
                ("day", models.DateField()),
                ("clock", models.BooleanField(default=False)),
                ("told_at", models.DateTimeField()),
                ("closed_line", models.BigIntegerField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("lines", models.BigIntegerField(null=True)),
                ("length", models.BigIntegerField(null=True)),
                ("cleared", models.BooleanField(default=False)),
                ("lost_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["day", "recorder"], name="logged_by_day"),
                    models.Index(fields=["recorder", "closed_line"], name="logged_by_line"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recorder",
            fields=[
                ("entry", models.BigIntegerField()),
                ("kid", models.CharField(max_length=43, primary_key=True, serialize=False)),
                ("jwk", models.JSONField()),
                ("serial", models.CharField(max_length=200)),
                ("counter_kind", models.CharField(max_length=16)),
                ("station", models.CharField(max_length=43, null=True)),
                ("bay", models.PositiveSmallIntegerField(null=True)),
                ("bound_entry", models.BigIntegerField(null=True)),
                ("state", models.CharField(default="in-service", max_length=16)),
                ("state_reason", models.CharField(default="", max_length=200)),
                ("state_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("station", "bay"), name="bay_of_one_recorder")
                ],
            },
        ),
        migrations.CreateModel(
            name="SeenNonce",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kid", models.CharField(max_length=43)),
                ("nonce", models.CharField(max_length=22)),
                ("at_s", models.BigIntegerField(db_index=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kid", "nonce"), name="nonce_once")],
            },
        ),
        migrations.CreateModel(
            name="Docking",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=110, primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("handover", models.CharField(max_length=64)),
                ("station", models.CharField(max_length=43)),
                ("bay", models.PositiveIntegerField()),
                ("officer", models.UUIDField()),
                ("officer_check", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("n", models.BigIntegerField()),
                ("offset_us", models.BigIntegerField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["at"], name="docking_at"),
                    models.Index(fields=["recorder", "n"], name="docking_of_line"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LoggedRefusal",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("docked", models.BigIntegerField(null=True)),
                ("code", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("mended", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [models.Index(fields=["recorder", "docked"], name="refusal_of_docking")],
            },
        ),
    ]
