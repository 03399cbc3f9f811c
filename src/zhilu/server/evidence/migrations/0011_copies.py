import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0010_viewings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Copy",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("recipient_key", models.CharField(max_length=43)),
                ("sha256", models.CharField(max_length=64)),
                ("length", models.BigIntegerField()),
                ("at", models.DateTimeField(db_index=True)),
                (
                    "viewing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="evidence.viewing",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
