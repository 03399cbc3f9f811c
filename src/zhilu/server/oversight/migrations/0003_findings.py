import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oversight", "0002_tasks")]

    operations = [
        migrations.CreateModel(
            name="Evaluated",
            fields=[
                ("bureau", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("as_of", models.BigIntegerField()),
                ("rules", models.JSONField()),
                ("found", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("day", models.DateField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("bureau", "day"), name="pending_once")],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("task", models.UUIDField()),
                ("day", models.DateField()),
                ("department", models.UUIDField(null=True)),
                ("procedure", models.CharField(max_length=16)),
                ("class_code", models.CharField(max_length=500)),
                ("officers", models.JSONField()),
                ("due", models.BooleanField()),
                ("state", models.CharField(max_length=16)),
                ("act", models.UUIDField(null=True)),
                ("told", models.JSONField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["bureau", "day", "department", "id"], name="match_by_day"),
                    models.Index(fields=["bureau", "id"], name="match_newest"),
                    models.Index(fields=["bureau", "act"], name="match_by_act"),
                    models.Index(fields=["bureau", "state", "task"], name="match_in_state"),
                ],
                "constraints": [models.UniqueConstraint(fields=("bureau", "task"), name="match_once")],
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("rule", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField()),
                ("severity", models.CharField(max_length=16)),
                ("subject", models.CharField(max_length=120)),
                ("subject_kind", models.CharField(max_length=16)),
                ("day", models.DateField()),
                ("department", models.UUIDField(null=True)),
                ("persons", models.JSONField()),
                ("asked", models.JSONField(default=list)),
                ("places", models.JSONField()),
                ("words", models.JSONField()),
                ("raised_at", models.DateTimeField()),
                ("cleared_at", models.DateTimeField(null=True)),
                ("cleared_reason", models.CharField(default="", max_length=16)),
                ("state", models.CharField(default="open", max_length=16)),
                ("conclusion", models.CharField(default="", max_length=16)),
                ("concluded_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-day", "-id"], name="finding_newest"),
                    models.Index(fields=["department", "-day", "-id"], name="finding_of_department"),
                    models.Index(fields=["rule", "-day", "-id"], name="finding_of_rule"),
                    models.Index(fields=["state", "-day", "-id"], name="finding_in_state"),
                    models.Index(fields=["subject"], name="finding_about"),
                    models.Index(fields=["-raised_at", "-id"], name="finding_raised"),
                    models.Index(
                        fields=["department", "-raised_at", "-id"],
                        condition=models.Q(conclusion="", cleared_at=None),
                        name="finding_waits",
                    ),
                    models.Index(
                        fields=["severity", "raised_at"],
                        condition=models.Q(conclusion="", cleared_at=None),
                        name="finding_standing",
                    ),
                ],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="FindingPerson",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=69, primary_key=True, serialize=False)),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="person_rows",
                        to="oversight.finding",
                    ),
                ),
                ("person", models.UUIDField()),
                ("day", models.DateField()),
            ],
            options={
                "indexes": [models.Index(fields=["person", "-day", "-id"], name="finding_of_person")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="LimitSet",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=64)),
                ("value", models.CharField(max_length=64)),
                ("since", models.DateField()),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "indexes": [],
                "constraints": [],
            },
        ),
    ]
