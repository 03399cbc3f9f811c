from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Reconciled",
            fields=[
                ("bureau", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Named",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=43)),
                ("name", models.CharField(max_length=200)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("bureau", "key"), name="named_once")],
            },
        ),
        migrations.CreateModel(
            name="Day",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("recorder", models.CharField(max_length=43)),
                ("serial", models.CharField(max_length=200)),
                ("department", models.UUIDField(null=True)),
                ("day", models.DateField()),
                ("captured", models.PositiveIntegerField()),
                ("collected", models.PositiveIntegerField()),
                ("stored", models.PositiveIntegerField()),
                ("captured_s", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "bureau", "recorder"), name="day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Hole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("recorder", models.CharField(max_length=43)),
                ("serial", models.CharField(max_length=200)),
                ("department", models.UUIDField(null=True)),
                ("day", models.DateField()),
                ("kind", models.CharField(max_length=16)),
                ("reason", models.CharField(default="", max_length=64)),
                ("recording", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("station", models.CharField(default="", max_length=43)),
                ("bay", models.PositiveIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="hole_newest"),
                    models.Index(fields=["day", "bureau", "recorder"], name="hole_by_day"),
                    models.Index(fields=["kind", "-at", "-id"], name="hole_of_kind"),
                    models.Index(fields=["bureau", "-at", "-id"], name="hole_of_bureau"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reach",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("recorder", models.CharField(max_length=43)),
                ("serial", models.CharField(max_length=200)),
                ("department", models.UUIDField(null=True)),
                ("station", models.CharField(default="", max_length=43)),
                ("bay", models.PositiveIntegerField(null=True)),
                ("enrolled_at", models.DateTimeField()),
                ("known_until", models.DateTimeField(null=True)),
                ("docked_at", models.DateTimeField()),
                ("provable", models.BooleanField()),
                ("live", models.BooleanField()),
            ],
            options={
                "indexes": [models.Index(fields=["docked_at", "id"], name="reach_by_docking")],
                "constraints": [models.UniqueConstraint(fields=("bureau", "recorder"), name="reach_once")],
            },
        ),
    ]
