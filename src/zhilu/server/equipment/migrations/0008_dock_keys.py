from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("equipment", "0007_alarms"),
    ]

    operations = [
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
    ]
