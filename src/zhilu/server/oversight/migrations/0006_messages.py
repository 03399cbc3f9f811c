from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0005_reviews"),
    ]

    operations = [
        migrations.CreateModel(
            name="MailAddress",
            fields=[
                ("person", models.UUIDField(primary_key=True, serialize=False)),
                ("address", models.CharField(max_length=254)),
                ("rhythm", models.CharField(default="soon", max_length=8)),
                ("code_hash", models.CharField(default="", max_length=64)),
                ("code_until", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("codes_sent", models.PositiveSmallIntegerField(default=0)),
                ("code_day", models.DateField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("failed_at", models.DateTimeField(null=True)),
                ("failed", models.CharField(default="", max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="MailServer",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("sent_at", models.DateTimeField(null=True)),
                ("away_since", models.DateTimeField(null=True)),
                ("away", models.CharField(default="", max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("person", models.UUIDField()),
                ("address", models.CharField(max_length=254)),
                ("counts", models.JSONField(default=dict)),
                ("secret", models.BinaryField(default=b"")),
                ("made_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("given_up_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(default="", max_length=40)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("given_up_at", None), ("sent_at", None)),
                        fields=["next_at", "id"],
                        name="mail_waiting",
                    ),
                    models.Index(fields=["person", "-made_at"], name="mail_of_person"),
                    models.Index(fields=["made_at"], name="mail_by_time"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("person", models.UUIDField()),
                ("code", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=160)),
                ("digest", models.CharField(max_length=32, unique=True)),
                ("params", models.JSONField(default=dict)),
                ("path", models.CharField(default="", max_length=200)),
                ("at", models.DateTimeField()),
                ("folded", models.BooleanField(default=False)),
                ("read_at", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("mail", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person", "-at", "-id"], name="message_newest"),
                    models.Index(
                        condition=models.Q(("folded", False), ("read_at", None), ("settled_at", None)),
                        fields=["person"],
                        name="message_unread",
                    ),
                    models.Index(
                        condition=models.Q(("settled_at", None)), fields=["code"], name="message_unsettled"
                    ),
                    models.Index(fields=["at"], name="message_by_time"),
                ],
            },
        ),
    ]
