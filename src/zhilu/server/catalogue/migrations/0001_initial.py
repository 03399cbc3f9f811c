from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Catalogue",
            fields=[
                ("entry", models.BigIntegerField()),
                ("version", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("city_version", models.PositiveIntegerField(null=True)),
                ("since", models.DateField()),
                ("classes", models.JSONField()),
                ("scripts", models.JSONField()),
                ("by", models.CharField(max_length=64)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("part", models.CharField(max_length=16)),
                ("code", models.CharField(max_length=16)),
                ("value", models.JSONField(null=True)),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("bureaus", models.JSONField(null=True)),
                ("reply_by", models.DateField(null=True)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="NoticeReceipt",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("notice", models.UUIDField(db_index=True)),
                ("person", models.UUIDField()),
                ("text", models.CharField(default="", max_length=500)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("person", models.UUIDField(db_index=True)),
                ("procedure", models.CharField(db_index=True, max_length=16, null=True)),
                ("fields", models.JSONField()),
                ("reason", models.CharField(default="", max_length=500)),
                ("at", models.DateTimeField()),
                ("decision", models.CharField(default="", max_length=16)),
                ("version", models.PositiveIntegerField(null=True)),
                ("answer", models.CharField(default="", max_length=500)),
                ("decided_by", models.CharField(default="", max_length=64)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=90, primary_key=True, serialize=False)),
                ("regulation", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("person", models.UUIDField(db_index=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Rollout",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("bureau", models.CharField(max_length=64)),
                ("department", models.UUIDField(null=True)),
                ("tier", models.CharField(max_length=16)),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Procedure",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
                ("code", models.CharField(db_index=True, max_length=16)),
                ("class_code", models.CharField(max_length=500)),
                ("tier", models.CharField(max_length=16)),
                ("min_officers", models.PositiveSmallIntegerField()),
                ("marks", models.PositiveSmallIntegerField()),
                ("department", models.CharField(max_length=500)),
                ("group", models.CharField(max_length=500)),
                ("name", models.CharField(max_length=500)),
                ("start", models.CharField(max_length=500)),
                ("content", models.CharField(max_length=500)),
                ("end", models.CharField(max_length=500)),
                ("retention", models.CharField(max_length=16)),
                ("script", models.CharField(max_length=500, null=True)),
                ("place", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("min_officers__gte", 1)), name="procedure_has_officers"
                    ),
                    models.UniqueConstraint(fields=("version", "code"), name="procedure_once_a_version"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Regulation",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=50, primary_key=True, serialize=False)),
                ("regulation", models.UUIDField(db_index=True)),
                ("version", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("since", models.DateField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("regulation", "version"), name="regulation_once")
                ],
            },
        ),
    ]
