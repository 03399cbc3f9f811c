import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=64, unique=True)),
                ("person", models.UUIDField(unique=True)),
                ("is_active", models.BooleanField(default=True)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("locked_until", models.DateTimeField(null=True)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("password_set", models.DateTimeField(default=django.utils.timezone.now)),
                ("one_time", models.BooleanField(default=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AccessBatch",
            fields=[
                ("last", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("entry", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(default="", max_length=100)),
                ("scopes", models.JSONField()),
                ("departments", models.JSONField(null=True)),
                ("hash", models.CharField(max_length=64, unique=True)),
                ("expires", models.DateTimeField()),
                ("tasks", models.PositiveIntegerField(null=True)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(default="", max_length=64)),
                ("reason", models.CharField(default="", max_length=16)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ApiUse",
            fields=[
                ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("minute", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Bureau",
            fields=[
                ("entry", models.BigIntegerField()),
                ("code", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("domain", models.CharField(max_length=200)),
                ("root", models.CharField(max_length=64)),
                ("text_key", models.JSONField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Calendar",
            fields=[
                ("entry", models.BigIntegerField()),
                ("year", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("days", models.JSONField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=1400, primary_key=True, serialize=False)),
                ("person", models.UUIDField(db_index=True)),
                ("public_key", models.TextField()),
                ("roles", models.JSONField()),
                ("revoked", models.BooleanField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("giver", models.UUIDField(db_index=True)),
                ("receiver", models.UUIDField(db_index=True)),
                ("role", models.CharField(max_length=64)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("bureau", models.CharField(db_index=True, max_length=64)),
                ("parent", models.UUIDField(null=True)),
                ("kind", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=200)),
                ("order", models.PositiveIntegerField()),
                ("closed", models.BooleanField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ListedBureau",
            fields=[
                ("entry", models.BigIntegerField()),
                ("code", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("parent", models.CharField(max_length=64, null=True)),
                ("closed", models.BooleanField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Peer",
            fields=[
                ("entry", models.BigIntegerField()),
                ("kid", models.CharField(max_length=43, primary_key=True, serialize=False)),
                ("role", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200, unique=True)),
                ("jwk", models.JSONField()),
                ("cosigner", models.CharField(max_length=400)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(default="", max_length=100)),
                ("number", models.CharField(default="", max_length=100)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("entry", models.BigIntegerField()),
                ("version", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("quorum", models.PositiveSmallIntegerField()),
                ("copies", models.PositiveSmallIntegerField()),
                ("officer_check_least", models.CharField(max_length=16)),
                ("core", models.JSONField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=64)),
                ("grants", models.PositiveIntegerField()),
                ("withdrawn", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AccessRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("person", models.UUIDField(null=True)),
                ("action", models.CharField(max_length=32)),
                ("target", models.CharField(max_length=200)),
                ("success", models.BooleanField()),
                ("address", models.CharField(max_length=64)),
                ("about", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["at", "id"], name="access_newest"),
                    models.Index(fields=["about", "at"], name="access_about"),
                    models.Index(fields=["person", "at"], name="access_person"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.UUIDField()),
                ("key", models.CharField(max_length=64)),
                ("body", models.CharField(max_length=64)),
                ("answer", models.JSONField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("token", "key"), name="answer_once")],
            },
        ),
        migrations.CreateModel(
            name="Factor",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("app", "app"), ("key", "key")], max_length=8)),
                ("name", models.CharField(max_length=40)),
                ("added", models.DateTimeField(default=django.utils.timezone.now)),
                ("used", models.DateTimeField(null=True)),
                ("secret", models.BinaryField(default=b"")),
                ("step", models.BigIntegerField(default=0)),
                ("credential", models.CharField(max_length=1400, null=True, unique=True)),
                ("public_key", models.BinaryField(default=b"")),
                ("sign_count", models.BigIntegerField(default=0)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="factors",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PasswordBefore",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("password", models.CharField(max_length=128)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("person", models.UUIDField(db_index=True)),
                ("department", models.UUIDField(db_index=True)),
                ("rank", models.CharField(max_length=16)),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("reason", models.CharField(default="", max_length=16)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)), fields=("person",), name="post_one_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("person", models.UUIDField(db_index=True)),
                ("role", models.CharField(max_length=64)),
                ("scope", models.JSONField(null=True)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(default="", max_length=64)),
                ("reason", models.CharField(default="", max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("person", "role"), name="role_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("began", models.DateTimeField(null=True)),
                ("address", models.CharField(default="", max_length=64)),
                ("device", models.CharField(default="", max_length=80)),
                (
                    "user",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AccessListed",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("about", models.UUIDField()),
                (
                    "row",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="listed",
                        to="organisation.accessrow",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["about", "row"], name="access_listed")],
            },
        ),
    ]
