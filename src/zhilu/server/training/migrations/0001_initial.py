from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Course",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=200)),
                ("valid_days", models.PositiveIntegerField()),
                ("pass_score", models.PositiveSmallIntegerField()),
                ("required", models.BooleanField()),
                ("closed", models.BooleanField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("course", models.UUIDField()),
                ("person", models.UUIDField()),
                ("held_on", models.DateField()),
                ("until", models.DateField()),
                ("score", models.PositiveSmallIntegerField()),
                ("passed", models.BooleanField()),
                ("recording", models.UUIDField(db_index=True, null=True)),
                ("note", models.CharField(default="", max_length=500)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.CharField(default="", max_length=64)),
                ("reason", models.CharField(default="", max_length=200)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person", "until"], name="result_of_person"),
                    models.Index(fields=["course", "held_on"], name="result_of_course"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("course", "person", "held_on", "score"),
                        name="result_once",
                    )
                ],
            },
        ),
    ]
