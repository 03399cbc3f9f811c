from django.db import migrations, models

import zhilu.server.evidence.search


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0007_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="Passage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("act", models.UUIDField()),
                ("place", models.PositiveSmallIntegerField()),
                ("tokens", zhilu.server.evidence.search.TokensField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("act", "place"), name="passage_place_once")],
            },
        ),
        migrations.RunPython(zhilu.server.evidence.search.make_index, migrations.RunPython.noop),
    ]
