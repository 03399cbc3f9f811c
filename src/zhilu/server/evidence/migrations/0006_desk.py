import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0005_word_nonces"),
    ]

    operations = [
        migrations.CreateModel(
            name="DescriptionAssigned",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("officer", models.UUIDField()),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SetAside",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("reason", models.CharField(max_length=16)),
                ("text", models.CharField(default="", max_length=200)),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="act",
            name="class_code",
            field=models.CharField(default="", max_length=16),
        ),
        migrations.AddField(
            model_name="act",
            name="confirmed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="act",
            name="linked_case",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="act",
            name="linked_document",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="act",
            name="linked_taxpayer",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="act",
            name="present",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="act",
            name="tier",
            field=models.CharField(default="", max_length=16),
        ),
        migrations.AddField(
            model_name="act",
            name="version",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="recording",
            name="acts",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="recording",
            name="aside",
            field=models.CharField(default="", max_length=16),
        ),
        migrations.AddField(
            model_name="recording",
            name="assigned",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="recording",
            name="duration_us",
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person", models.UUIDField()),
                ("list", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=40)),
                ("asked", models.CharField(max_length=2000)),
                ("is_default", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "list", "name"), name="view_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("person", "list"),
                        name="one_default_view",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
                (
                    "act",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="evidence.act",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("act", "version"), name="version_confirmed_once")
                ],
            },
        ),
    ]
