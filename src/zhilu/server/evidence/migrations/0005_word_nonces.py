from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0004_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="WordNonce",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nonce", models.CharField(max_length=22, unique=True)),
                ("station", models.CharField(max_length=43)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
