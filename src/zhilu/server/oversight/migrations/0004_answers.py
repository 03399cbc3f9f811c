import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0003_findings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Conclusion",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("conclusion", models.CharField(max_length=16)),
                ("exemption", models.CharField(default="", max_length=24)),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("text", models.CharField(default="", max_length=2000)),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["at"], name="conclusion_at")],
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("finding", models.CharField(db_index=True, default="", max_length=32)),
                ("sanction", models.UUIDField(db_index=True, null=True)),
                ("department", models.UUIDField(null=True)),
                ("person", models.UUIDField(db_index=True)),
                ("at", models.DateTimeField()),
                ("text", models.CharField(default="", max_length=2000)),
                ("decision", models.CharField(default="", max_length=16)),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_entry", models.BigIntegerField(null=True)),
                ("decision_text", models.CharField(default="", max_length=2000)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["decision", "at", "id"], name="appeal_waiting"),
                    models.Index(fields=["decided_at"], name="appeal_decided"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Explanation",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("finding", models.CharField(db_index=True, default="", max_length=32)),
                ("task", models.UUIDField(db_index=True, null=True)),
                ("act", models.UUIDField(db_index=True, null=True)),
                ("department", models.UUIDField(null=True)),
                ("kind", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=16)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("attachments", models.JSONField(default=list)),
                ("by", models.UUIDField(db_index=True)),
                ("at", models.DateTimeField()),
                ("text", models.CharField(default="", max_length=2000)),
                ("decision", models.CharField(default="", max_length=16)),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_entry", models.BigIntegerField(null=True)),
                ("decision_text", models.CharField(default="", max_length=2000)),
                ("confirmation", models.CharField(default="", max_length=16)),
                ("confirmed_by", models.UUIDField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmed_entry", models.BigIntegerField(null=True)),
                ("confirmation_text", models.CharField(default="", max_length=2000)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["decision", "at", "id"], name="explanation_waiting"),
                    models.Index(fields=["decided_at"], name="explanation_decided"),
                    models.Index(fields=["confirmed_at"], name="explanation_confirmed"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("name", models.CharField(default="", max_length=100)),
                (
                    "explanation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="oversight.explanation",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PersonFault",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("finding", models.CharField(db_index=True, max_length=32)),
                ("person", models.UUIDField(db_index=True)),
                ("rule", models.CharField(max_length=64)),
                ("severity", models.CharField(max_length=16)),
                ("department", models.UUIDField(null=True)),
                ("day", models.DateField()),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["day", "id"], name="fault_by_day")],
            },
        ),
        migrations.CreateModel(
            name="Sanction",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("person", models.UUIDField(db_index=True)),
                ("form", models.CharField(max_length=24)),
                ("months", models.PositiveSmallIntegerField(default=0)),
                ("department", models.UUIDField(null=True)),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("text", models.CharField(default="", max_length=2000)),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["-at", "-id"], name="sanction_newest")],
            },
        ),
        migrations.CreateModel(
            name="SanctionFinding",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("finding", models.CharField(db_index=True, max_length=32)),
                (
                    "sanction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="oversight.sanction",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
