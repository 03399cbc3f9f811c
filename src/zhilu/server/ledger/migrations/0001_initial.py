from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("note", models.BinaryField()),
                ("cosigned_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CosignerState",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="SignedCheckpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("leaf", models.BinaryField()),
                ("core", models.BinaryField()),
                ("core_salt", models.BinaryField()),
                ("personal", models.BinaryField(null=True)),
                ("personal_salt", models.BinaryField(null=True)),
                ("kind", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=64)),
                ("subject", models.CharField(max_length=200)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "index"], name="entry_by_kind"),
                    models.Index(fields=["subject", "index"], name="entry_by_subject"),
                    models.Index(fields=["actor", "index"], name="entry_by_actor"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("index__gte", 0)), name="entry_index_natural")
                ],
            },
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("data", models.BinaryField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("level", "index"), name="tile_once")],
            },
        ),
    ]
