import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0004_answers"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewedRecording",
            fields=[
                ("entry", models.BigIntegerField()),
                ("recording", models.UUIDField(primary_key=True, serialize=False)),
                ("passed", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("review", models.UUIDField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Checklist",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("class_code", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField()),
                ("since", models.DateField()),
                ("items", models.JSONField()),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["class_code", "version"], name="checklist_of_class")],
            },
        ),
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=8)),
                ("departments", models.JSONField(null=True)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("criterion", models.CharField(default="", max_length=16)),
                ("value", models.CharField(default="", max_length=64)),
                ("list_hash", models.CharField(default="", max_length=64)),
                ("population", models.PositiveIntegerField(default=0)),
                ("count", models.PositiveIntegerField(null=True)),
                ("percent", models.PositiveSmallIntegerField(null=True)),
                ("second", models.PositiveSmallIntegerField()),
                ("after", models.DateTimeField(null=True)),
                ("cosigner", models.CharField(default="", max_length=400)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("note", models.TextField(default="")),
                ("seed", models.CharField(default="", max_length=64)),
                ("made_at", models.DateTimeField(null=True)),
                ("made_entry", models.BigIntegerField(null=True)),
                ("size", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="draw_newest"),
                    models.Index(fields=["kind", "made_at"], name="draw_open"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Drawn",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("place", models.PositiveIntegerField()),
                ("twice", models.BooleanField()),
                ("officer", models.UUIDField(null=True)),
                ("department", models.UUIDField(null=True)),
                ("day", models.DateField()),
                ("state", models.CharField(default="open", max_length=8)),
                ("passed", models.BooleanField(null=True)),
                ("first_by", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "draw",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="drawn", to="oversight.draw"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FootageReview",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("act", models.UUIDField(null=True)),
                ("officer", models.UUIDField(null=True)),
                ("department", models.UUIDField(null=True)),
                ("level", models.PositiveSmallIntegerField()),
                ("class_code", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField()),
                ("viewing", models.UUIDField()),
                ("answers", models.JSONField()),
                ("failed", models.JSONField()),
                ("passed", models.BooleanField()),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("comment", models.CharField(default="", max_length=500)),
                (
                    "drawn",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="oversight.drawn",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="JudgedDraw",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("draw", models.UUIDField()),
                ("made", models.BooleanField()),
                ("code", models.CharField(default="", max_length=32)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("bureau", "draw"), name="draw_judged_once")],
            },
        ),
        migrations.AddIndex(
            model_name="drawn",
            index=models.Index(fields=["state", "at", "id"], name="drawn_waiting"),
        ),
        migrations.AddIndex(
            model_name="drawn",
            index=models.Index(fields=["department", "state", "at"], name="drawn_of_department"),
        ),
        migrations.AddIndex(
            model_name="drawn",
            index=models.Index(fields=["officer", "day"], name="drawn_of_officer"),
        ),
        migrations.AddIndex(
            model_name="footagereview",
            index=models.Index(fields=["at", "id"], name="footage_review_at"),
        ),
        migrations.AddIndex(
            model_name="footagereview",
            index=models.Index(fields=["officer", "at"], name="footage_review_officer"),
        ),
    ]
