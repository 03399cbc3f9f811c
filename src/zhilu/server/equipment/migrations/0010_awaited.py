from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("equipment", "0009_finding_of_actor"),
    ]

    operations = [
        migrations.CreateModel(
            name="Awaited",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("since", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
