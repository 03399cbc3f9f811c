import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DueTask",
            fields=[
                ("entry", models.BigIntegerField()),
                ("version", models.PositiveIntegerField()),
                ("procedure", models.CharField(max_length=16)),
                ("officers", models.JSONField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("withdrawn", models.BooleanField()),
                ("department", models.UUIDField(null=True)),
                ("source", models.CharField(max_length=8)),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.CharField(max_length=64)),
                ("taxpayer", models.CharField(default="", max_length=100)),
                ("name", models.CharField(default="", max_length=200)),
                ("document", models.CharField(default="", max_length=100)),
                ("place", models.CharField(default="", max_length=200)),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=64, unique=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-since", "-id", "department", "procedure"], name="task_newest"),
                    models.Index(fields=["taxpayer"], name="task_of_taxpayer"),
                    models.Index(fields=["document"], name="task_of_document"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("since"))), name="task_ends_after_it_begins"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DueTaskOfficer",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("task", models.UUIDField()),
                ("officer", models.UUIDField()),
                ("since", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["officer", "-since", "task"], name="task_of_officer")],
            },
        ),
        migrations.CreateModel(
            name="DueTaskVersion",
            fields=[
                ("entry", models.BigIntegerField()),
                ("version", models.PositiveIntegerField()),
                ("procedure", models.CharField(max_length=16)),
                ("officers", models.JSONField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("withdrawn", models.BooleanField()),
                ("department", models.UUIDField(null=True)),
                ("source", models.CharField(max_length=8)),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.CharField(max_length=64)),
                ("taxpayer", models.CharField(default="", max_length=100)),
                ("name", models.CharField(default="", max_length=200)),
                ("document", models.CharField(default="", max_length=100)),
                ("place", models.CharField(default="", max_length=200)),
                ("id", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("task", models.UUIDField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("task", "version"), name="task_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MatchCorrection",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("task", models.UUIDField(null=True)),
                ("act", models.UUIDField(null=True)),
                ("back", models.BooleanField()),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("ended", models.BigIntegerField(null=True)),
                ("reason", models.CharField(default="", max_length=500)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended", None)), fields=("task",), name="correction_of_task_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended", None)), fields=("act",), name="correction_of_act_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("task__isnull", False), ("act__isnull", False), _connector="OR"),
                        name="correction_of",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskFile",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("by", models.UUIDField(db_index=True)),
                ("name", models.CharField(max_length=255)),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("state", models.CharField(max_length=16)),
                ("at", models.DateTimeField(db_index=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("new", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("same", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("plan", models.CharField(default="", max_length=64)),
                ("moved", models.BooleanField(default=False)),
                ("error", models.JSONField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(1),
                        condition=models.Q(("state__in", ("waiting", "checking", "agreed", "entering"))),
                        name="task_file_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskFileProblem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row", models.PositiveIntegerField(null=True)),
                ("column", models.CharField(default="", max_length=32)),
                ("number", models.CharField(default="", max_length=64)),
                ("error", models.JSONField()),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="problems",
                        to="oversight.taskfile",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["file", "row", "id"], name="task_problem_in_order")],
            },
        ),
    ]
