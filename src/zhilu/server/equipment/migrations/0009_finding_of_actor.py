from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("equipment", "0008_dock_keys"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="finding", name="finding_once"),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                fields=("recorder", "code", "about", "actor"), name="finding_once"
            ),
        ),
    ]
