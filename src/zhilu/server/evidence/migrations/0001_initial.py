import django.db.models.deletion
from django.db import migrations, models

import zhilu.server.evidence.search


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DescriptionAssigned",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("officer", models.UUIDField()),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Gap",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=50, primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("recorder", models.CharField(max_length=43)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("reason", models.CharField(max_length=64)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Intake",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("station", models.CharField(max_length=43)),
                ("handover", models.CharField(max_length=64)),
                ("lines", models.BigIntegerField()),
                ("last", models.CharField(max_length=64)),
                ("segments", models.BigIntegerField()),
                ("length", models.BigIntegerField()),
                ("held_segments", models.BigIntegerField(default=0)),
                ("held_length", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="KeyRelease",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("viewing", models.UUIDField(db_index=True)),
                ("recording", models.UUIDField(db_index=True)),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("viewer_key", models.CharField(max_length=43)),
                ("expires", models.DateTimeField()),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Screenshot",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("viewing", models.UUIDField(db_index=True)),
                ("recording", models.UUIDField(db_index=True)),
                ("pts_us", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SetAside",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("reason", models.CharField(max_length=16)),
                ("text", models.CharField(default="", max_length=200)),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Wanted",
            fields=[
                ("recording", models.UUIDField(primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Word",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("station", models.CharField(max_length=43)),
                ("entries", models.JSONField()),
                ("sealed", models.BinaryField()),
                ("taken_at", models.DateTimeField()),
            ],
        ),
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
        migrations.CreateModel(
            name="Act",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("procedure", models.CharField(max_length=16)),
                ("catalogue", models.PositiveIntegerField()),
                ("department", models.UUIDField(null=True)),
                ("taxpayer", models.CharField(default="", max_length=200)),
                ("opened_at", models.DateTimeField()),
                ("class_code", models.CharField(default="", max_length=16)),
                ("tier", models.CharField(default="", max_length=16)),
                ("version", models.PositiveIntegerField(default=0)),
                ("present", models.PositiveSmallIntegerField(default=0)),
                ("confirmed", models.BooleanField(default=False)),
                ("linked_taxpayer", models.BooleanField(default=False)),
                ("linked_document", models.BooleanField(default=False)),
                ("linked_case", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=[
                            "-opened_at",
                            "-id",
                            "procedure",
                            "class_code",
                            "tier",
                            "department",
                            "version",
                            "present",
                            "confirmed",
                            "linked_taxpayer",
                            "linked_document",
                            "linked_case",
                        ],
                        name="act_newest",
                    ),
                    models.Index(fields=["procedure", "-opened_at", "-id"], name="act_of_procedure"),
                    models.Index(fields=["class_code", "-opened_at", "-id"], name="act_of_class"),
                    models.Index(fields=["tier", "-opened_at", "-id"], name="act_of_tier"),
                    models.Index(fields=["department", "-opened_at", "-id"], name="act_of_department"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActOfficer",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("officer", models.UUIDField(db_index=True)),
                (
                    "act",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="officers",
                        to="evidence.act",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("station", models.CharField(max_length=43)),
                ("prev", models.CharField(max_length=64)),
                ("last", models.CharField(max_length=64)),
                ("follows", models.BooleanField()),
                ("repeats", models.UUIDField(null=True)),
                ("media", models.CharField(max_length=64)),
                ("source_sha256", models.CharField(db_index=True, max_length=64)),
                ("source_size", models.BigIntegerField()),
                ("source_state", models.CharField(max_length=16)),
                ("duration_us", models.BigIntegerField(null=True)),
                ("name", models.CharField(default="", max_length=300)),
                ("serial", models.CharField(default="", max_length=100)),
                ("claimed_officer", models.CharField(default="", max_length=100)),
                ("claimed_at", models.CharField(default="", max_length=100)),
                ("modified_at", models.CharField(default="", max_length=100)),
            ],
            options={
                "indexes": [models.Index(fields=["station", "-entry"], name="import_row")],
            },
        ),
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
        migrations.CreateModel(
            name="Recording",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("recorder", models.CharField(max_length=43)),
                ("lines", models.BigIntegerField()),
                ("last", models.CharField(max_length=64)),
                ("segments", models.BigIntegerField()),
                ("length", models.BigIntegerField()),
                ("origin", models.CharField(max_length=16)),
                ("drill", models.BooleanField()),
                ("officer", models.UUIDField(null=True)),
                ("department", models.UUIDField(null=True)),
                ("policy", models.PositiveIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField()),
                ("handover", models.CharField(max_length=64)),
                ("officer_check", models.CharField(max_length=16)),
                ("station", models.CharField(max_length=43)),
                ("bay", models.PositiveSmallIntegerField()),
                ("closed_by", models.CharField(max_length=20)),
                ("copies", models.PositiveSmallIntegerField()),
                ("marks", models.PositiveIntegerField(default=0)),
                ("stored_at", models.DateTimeField()),
                ("duration_us", models.BigIntegerField(null=True)),
                ("acts", models.PositiveIntegerField(default=0)),
                ("aside", models.CharField(default="", max_length=16)),
                ("assigned", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=[
                            "-opened_at",
                            "-id",
                            "drill",
                            "origin",
                            "officer_check",
                            "acts",
                            "aside",
                            "department",
                            "stored_at",
                            "duration_us",
                            "marks",
                            "closed_at",
                        ],
                        name="recording_newest",
                    ),
                    models.Index(fields=["officer", "-opened_at", "-id"], name="recording_of_officer"),
                    models.Index(fields=["department", "-opened_at", "-id"], name="recording_of_department"),
                    models.Index(
                        fields=["recorder", "-opened_at", "-id", "drill", "origin"],
                        name="recording_of_recorder",
                    ),
                    models.Index(fields=["station", "-opened_at", "-id"], name="recording_of_station"),
                    models.Index(fields=["origin", "-opened_at", "-id"], name="recording_of_origin"),
                    models.Index(fields=["officer_check", "-opened_at", "-id"], name="recording_of_check"),
                    models.Index(fields=["stored_at"], name="recording_stored"),
                    models.Index(fields=["duration_us"], name="recording_length"),
                    models.Index(
                        condition=models.Q(("assigned__isnull", False)),
                        fields=["assigned", "-opened_at", "-id"],
                        name="recording_assigned",
                    ),
                    models.Index(
                        condition=models.Q(("drill", True)),
                        fields=["-opened_at", "-id"],
                        name="recording_drill",
                    ),
                    models.Index(
                        condition=models.Q(("aside__gt", "")),
                        fields=["-opened_at", "-id"],
                        name="recording_aside",
                    ),
                    models.Index(
                        condition=models.Q(("acts", 0), ("aside", ""), ("drill", False)),
                        fields=["department", "-opened_at", "-id"],
                        name="recording_undescribed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person", models.UUIDField()),
                ("list", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=40)),
                ("asked", models.CharField(max_length=2000)),
                ("is_default", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "list", "name"), name="view_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("person", "list"),
                        name="one_default_view",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Template",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person", models.UUIDField()),
                ("name", models.CharField(max_length=40)),
                ("elements", models.JSONField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "name"), name="template_once")],
            },
        ),
        migrations.CreateModel(
            name="Viewing",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("viewer", models.UUIDField(db_index=True)),
                ("kind", models.CharField(default="view", max_length=8)),
                ("purpose", models.CharField(max_length=32)),
                ("requested", models.DateTimeField()),
                ("expires", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("asked_at", models.DateTimeField()),
                ("reason", models.CharField(default="", max_length=500)),
                ("recipient", models.CharField(default="", max_length=100)),
                ("recipient_key", models.CharField(default="", max_length=43)),
                ("approver", models.UUIDField(null=True)),
                ("approved", models.BooleanField(null=True)),
                ("decided", models.DateTimeField(null=True)),
                ("decided_entry", models.BigIntegerField(null=True)),
                ("reported", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "reported", "requested"], name="viewing_owed"),
                    models.Index(fields=["asked_at", "id"], name="viewing_asked"),
                    models.Index(fields=["until"], name="viewing_until"),
                ],
            },
        ),
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
        migrations.CreateModel(
            name="ViewingDecision",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("approver", models.UUIDField(db_index=True)),
                ("approved", models.BooleanField()),
                ("side", models.CharField(max_length=8)),
                ("decided", models.DateTimeField()),
                ("expires", models.DateTimeField()),
                ("at", models.DateTimeField()),
                (
                    "viewing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="evidence.viewing",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ViewingReport",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("text", models.CharField(default="", max_length=2000)),
                ("at", models.DateTimeField()),
                (
                    "viewing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="evidence.viewing",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ViewingSpan",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                (
                    "viewing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spans",
                        to="evidence.viewing",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ActLink",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("source", models.CharField(max_length=16)),
                ("number", models.CharField(default="", max_length=100)),
                ("name", models.CharField(default="", max_length=200)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=64)),
                ("gone_at", models.DateTimeField(null=True)),
                ("gone_by", models.CharField(default="", max_length=64)),
                ("reason", models.CharField(default="", max_length=16)),
                (
                    "act",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="evidence.act"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "number"], name="link_number")],
            },
        ),
        migrations.CreateModel(
            name="ActRevision",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
                ("procedure", models.CharField(max_length=16)),
                ("catalogue", models.PositiveIntegerField()),
                ("officers", models.JSONField()),
                ("spans", models.JSONField()),
                ("taxpayer", models.CharField(default="", max_length=200)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(default="", max_length=64)),
                (
                    "act",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="evidence.act",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("act", "version"), name="revision_once")],
            },
        ),
        migrations.CreateModel(
            name="ActSpan",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("recording", models.UUIDField()),
                ("from_us", models.BigIntegerField()),
                ("to_us", models.BigIntegerField()),
                ("procedure", models.CharField(default="", max_length=16)),
                ("class_code", models.CharField(default="", max_length=16)),
                (
                    "act",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="spans", to="evidence.act"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["recording", "class_code", "procedure"], name="span_of_recording"),
                    models.Index(fields=["procedure", "recording"], name="span_of_procedure"),
                    models.Index(fields=["class_code", "recording"], name="span_of_class"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("to_us__gt", models.F("from_us"))),
                        name="span_ends_after_it_begins",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
                (
                    "act",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="evidence.act",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Outcome",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=32)),
                ("amount_fen", models.BigIntegerField(null=True)),
                ("note", models.CharField(default="", max_length=500)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=64)),
                ("gone_at", models.DateTimeField(null=True)),
                ("gone_by", models.CharField(default="", max_length=64)),
                ("reason", models.CharField(default="", max_length=16)),
                ("opened_at", models.DateTimeField()),
                ("department", models.UUIDField(null=True)),
                ("procedure", models.CharField(max_length=16)),
                ("class_code", models.CharField(max_length=16)),
                (
                    "act",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="evidence.act",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "at"], name="outcome_kind"),
                    models.Index(
                        fields=[
                            "opened_at",
                            "department",
                            "kind",
                            "gone_at",
                            "amount_fen",
                            "procedure",
                            "class_code",
                            "id",
                        ],
                        name="outcome_of_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
                ("complete", models.JSONField()),
                ("began", models.DateTimeField(null=True)),
                ("ended", models.DateTimeField(null=True)),
                ("filed_at", models.DateTimeField()),
                ("filed_by", models.CharField(max_length=64)),
                ("time", models.CharField(default="", max_length=1000)),
                ("place", models.CharField(default="", max_length=1000)),
                ("persons", models.CharField(default="", max_length=1000)),
                ("event", models.CharField(default="", max_length=1000)),
                ("cause", models.CharField(default="", max_length=1000)),
                ("course", models.CharField(default="", max_length=1000)),
                ("result", models.CharField(default="", max_length=1000)),
                (
                    "act",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="evidence.act",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["began"], name="statement_began")],
                "constraints": [
                    models.UniqueConstraint(fields=("act", "version"), name="statement_version_once")
                ],
            },
        ),
        migrations.RunPython(zhilu.server.evidence.search.make_index, migrations.RunPython.noop),
        migrations.CreateModel(
            name="Measured",
            fields=[
                ("entry", models.BigIntegerField()),
                ("recording", models.UUIDField(primary_key=True, serialize=False)),
                ("marks", models.JSONField()),
                ("black", models.JSONField()),
                ("black_count", models.BigIntegerField()),
                ("black_us", models.BigIntegerField()),
                ("silent", models.JSONField()),
                ("silent_count", models.BigIntegerField()),
                ("silent_us", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Lengthened",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("keep", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=64)),
                ("text", models.CharField(default="", max_length=200)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
