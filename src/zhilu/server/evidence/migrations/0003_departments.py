from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_imports")]

    operations = [
        migrations.RemoveField("recording", "department"),
        migrations.AddField("recording", "department", models.UUIDField(db_index=True, null=True)),
        migrations.AddField("act", "department", models.UUIDField(db_index=True, null=True)),
        migrations.AddField(
            "act", "catalogue", models.PositiveIntegerField(default=1), preserve_default=False
        ),
    ]
