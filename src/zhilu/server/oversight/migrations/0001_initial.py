import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Evaluated",
            fields=[
                ("bureau", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("as_of", models.BigIntegerField()),
                ("rules", models.JSONField()),
                ("found", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="LimitSet",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=64)),
                ("value", models.CharField(max_length=64)),
                ("since", models.DateField()),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MailAddress",
            fields=[
                ("person", models.UUIDField(primary_key=True, serialize=False)),
                ("address", models.CharField(max_length=254)),
                ("rhythm", models.CharField(default="soon", max_length=8)),
                ("code_hash", models.CharField(default="", max_length=64)),
                ("code_until", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
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
            name="Reconciled",
            fields=[
                ("bureau", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ReviewedRecording",
            fields=[
                ("entry", models.BigIntegerField()),
                ("recording", models.UUIDField(primary_key=True, serialize=False)),
                ("passed", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("review", models.UUIDField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("finding", models.CharField(db_index=True, default="", max_length=32)),
                ("sanction", models.UUIDField(db_index=True, null=True)),
                ("department", models.UUIDField(null=True)),
                ("person", models.UUIDField(db_index=True)),
                ("at", models.DateTimeField()),
                ("text", models.CharField(default="", max_length=2000)),
                ("decision", models.CharField(default="", max_length=16)),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_entry", models.BigIntegerField(null=True)),
                ("decision_text", models.CharField(default="", max_length=2000)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["decision", "at", "id"], name="appeal_waiting"),
                    models.Index(fields=["decided_at"], name="appeal_decided"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Checklist",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("class_code", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField()),
                ("since", models.DateField()),
                ("items", models.JSONField()),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["class_code", "version"], name="checklist_of_class")],
            },
        ),
        migrations.CreateModel(
            name="Conclusion",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("conclusion", models.CharField(max_length=16)),
                ("exemption", models.CharField(default="", max_length=24)),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("text", models.CharField(default="", max_length=2000)),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="conclusion_at")],
            },
        ),
        migrations.CreateModel(
            name="Day",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("recorder", models.CharField(max_length=43)),
                ("serial", models.CharField(max_length=200)),
                ("department", models.UUIDField(null=True)),
                ("day", models.DateField()),
                ("captured", models.PositiveIntegerField()),
                ("collected", models.PositiveIntegerField()),
                ("stored", models.PositiveIntegerField()),
                ("captured_s", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "bureau", "recorder"), name="day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=8)),
                ("departments", models.JSONField(null=True)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("criterion", models.CharField(default="", max_length=16)),
                ("value", models.CharField(default="", max_length=64)),
                ("list_hash", models.CharField(default="", max_length=64)),
                ("population", models.PositiveIntegerField(default=0)),
                ("count", models.PositiveIntegerField(null=True)),
                ("percent", models.PositiveSmallIntegerField(null=True)),
                ("second", models.PositiveSmallIntegerField()),
                ("after", models.DateTimeField(null=True)),
                ("cosigner", models.CharField(default="", max_length=400)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("note", models.TextField(default="")),
                ("seed", models.CharField(default="", max_length=64)),
                ("made_at", models.DateTimeField(null=True)),
                ("made_entry", models.BigIntegerField(null=True)),
                ("size", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="draw_newest"),
                    models.Index(fields=["kind", "made_at"], name="draw_open"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Drawn",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("place", models.PositiveIntegerField()),
                ("twice", models.BooleanField()),
                ("officer", models.UUIDField(null=True)),
                ("department", models.UUIDField(null=True)),
                ("day", models.DateField()),
                ("state", models.CharField(default="open", max_length=8)),
                ("passed", models.BooleanField(null=True)),
                ("first_by", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "draw",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="drawn", to="oversight.draw"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DueTask",
            fields=[
                ("entry", models.BigIntegerField()),
                ("version", models.PositiveIntegerField()),
                ("procedure", models.CharField(max_length=16)),
                ("officers", models.JSONField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("withdrawn", models.BooleanField()),
                ("department", models.UUIDField(null=True)),
                ("source", models.CharField(max_length=8)),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.CharField(max_length=64)),
                ("late", models.BooleanField(default=False)),
                ("taxpayer", models.CharField(default="", max_length=100)),
                ("name", models.CharField(default="", max_length=200)),
                ("document", models.CharField(default="", max_length=100)),
                ("place", models.CharField(default="", max_length=200)),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=64, unique=True)),
                ("late_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-since", "-id", "department", "procedure"], name="task_newest"),
                    models.Index(fields=["taxpayer"], name="task_of_taxpayer"),
                    models.Index(fields=["document"], name="task_of_document"),
                    models.Index(
                        condition=models.Q(("late", True), ("source", "file")),
                        fields=["entered_by"],
                        name="task_entered_late",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("since"))), name="task_ends_after_it_begins"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DueTaskOfficer",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("task", models.UUIDField()),
                ("officer", models.UUIDField()),
                ("since", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["officer", "-since", "task"], name="task_of_officer")],
            },
        ),
        migrations.CreateModel(
            name="DueTaskVersion",
            fields=[
                ("entry", models.BigIntegerField()),
                ("version", models.PositiveIntegerField()),
                ("procedure", models.CharField(max_length=16)),
                ("officers", models.JSONField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("withdrawn", models.BooleanField()),
                ("department", models.UUIDField(null=True)),
                ("source", models.CharField(max_length=8)),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.CharField(max_length=64)),
                ("late", models.BooleanField(default=False)),
                ("taxpayer", models.CharField(default="", max_length=100)),
                ("name", models.CharField(default="", max_length=200)),
                ("document", models.CharField(default="", max_length=100)),
                ("place", models.CharField(default="", max_length=200)),
                ("id", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("task", models.UUIDField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("late", True), ("source", "file")),
                        fields=["entered_by"],
                        name="task_version_entered_late",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("task", "version"), name="task_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Explanation",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("finding", models.CharField(db_index=True, default="", max_length=32)),
                ("task", models.UUIDField(db_index=True, null=True)),
                ("act", models.UUIDField(db_index=True, null=True)),
                ("department", models.UUIDField(null=True)),
                ("kind", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=16)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("attachments", models.JSONField(default=list)),
                ("by", models.UUIDField(db_index=True)),
                ("at", models.DateTimeField()),
                ("text", models.CharField(default="", max_length=2000)),
                ("decision", models.CharField(default="", max_length=16)),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_entry", models.BigIntegerField(null=True)),
                ("decision_text", models.CharField(default="", max_length=2000)),
                ("confirmation", models.CharField(default="", max_length=16)),
                ("confirmed_by", models.UUIDField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmed_entry", models.BigIntegerField(null=True)),
                ("confirmation_text", models.CharField(default="", max_length=2000)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["decision", "at", "id"], name="explanation_waiting"),
                    models.Index(fields=["decided_at"], name="explanation_decided"),
                    models.Index(fields=["confirmed_at"], name="explanation_confirmed"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("name", models.CharField(default="", max_length=100)),
                (
                    "explanation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="oversight.explanation",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("rule", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField()),
                ("severity", models.CharField(max_length=16)),
                ("subject", models.CharField(max_length=120)),
                ("subject_kind", models.CharField(max_length=16)),
                ("day", models.DateField()),
                ("department", models.UUIDField(null=True)),
                ("persons", models.JSONField()),
                ("asked", models.JSONField(default=list)),
                ("places", models.JSONField()),
                ("words", models.JSONField()),
                ("found_at", models.DateTimeField()),
                ("raised_at", models.DateTimeField()),
                ("cleared_at", models.DateTimeField(null=True)),
                ("cleared_reason", models.CharField(default="", max_length=16)),
                ("state", models.CharField(default="open", max_length=16)),
                ("conclusion", models.CharField(default="", max_length=16)),
                ("concluded_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-day", "-id"], name="finding_newest"),
                    models.Index(fields=["department", "-day", "-id"], name="finding_of_department"),
                    models.Index(fields=["rule", "-day", "-id"], name="finding_of_rule"),
                    models.Index(fields=["state", "-day", "-id"], name="finding_in_state"),
                    models.Index(fields=["subject"], name="finding_about"),
                    models.Index(fields=["-found_at", "-id"], name="finding_raised"),
                    models.Index(
                        condition=models.Q(("cleared_at", None), ("conclusion", "")),
                        fields=["department", "-found_at", "-id"],
                        name="finding_waits",
                    ),
                    models.Index(
                        condition=models.Q(("cleared_at", None), ("conclusion", "")),
                        fields=["severity", "raised_at"],
                        name="finding_standing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FindingPerson",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=69, primary_key=True, serialize=False)),
                ("person", models.UUIDField()),
                ("day", models.DateField()),
                ("asked_at", models.DateTimeField()),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="person_rows",
                        to="oversight.finding",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FootageReview",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("recording", models.UUIDField(db_index=True)),
                ("act", models.UUIDField(null=True)),
                ("officer", models.UUIDField(null=True)),
                ("department", models.UUIDField(null=True)),
                ("level", models.PositiveSmallIntegerField()),
                ("class_code", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField()),
                ("viewing", models.UUIDField()),
                ("answers", models.JSONField()),
                ("failed", models.JSONField()),
                ("passed", models.BooleanField()),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("comment", models.CharField(default="", max_length=500)),
                (
                    "drawn",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="oversight.drawn",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Hole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("recorder", models.CharField(max_length=43)),
                ("serial", models.CharField(max_length=200)),
                ("department", models.UUIDField(null=True)),
                ("day", models.DateField()),
                ("kind", models.CharField(max_length=16)),
                ("reason", models.CharField(default="", max_length=64)),
                ("recording", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("station", models.CharField(default="", max_length=43)),
                ("bay", models.PositiveIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="hole_newest"),
                    models.Index(fields=["day", "bureau", "recorder"], name="hole_by_day"),
                    models.Index(fields=["kind", "-at", "-id"], name="hole_of_kind"),
                    models.Index(fields=["bureau", "-at", "-id"], name="hole_of_bureau"),
                ],
            },
        ),
        migrations.CreateModel(
            name="JudgedDraw",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("draw", models.UUIDField()),
                ("made", models.BooleanField()),
                ("code", models.CharField(default="", max_length=32)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("bureau", "draw"), name="draw_judged_once")],
            },
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
            name="MatchedDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("day", models.DateField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("bureau", "day"), name="matched_day_once")],
            },
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("task", models.UUIDField()),
                ("day", models.DateField()),
                ("department", models.UUIDField(null=True)),
                ("procedure", models.CharField(max_length=16)),
                ("class_code", models.CharField(max_length=500)),
                ("officers", models.JSONField()),
                ("due", models.BooleanField()),
                ("state", models.CharField(max_length=16)),
                ("act", models.UUIDField(null=True)),
                ("told", models.JSONField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["bureau", "day", "department"], name="match_by_day"),
                    models.Index(fields=["bureau", "act"], name="match_by_act"),
                    models.Index(fields=["bureau", "state", "task"], name="match_in_state"),
                ],
                "constraints": [models.UniqueConstraint(fields=("bureau", "task"), name="match_once")],
            },
        ),
        migrations.CreateModel(
            name="MatchCorrection",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("task", models.UUIDField(null=True)),
                ("act", models.UUIDField(null=True)),
                ("back", models.BooleanField()),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("ended", models.BigIntegerField(null=True)),
                ("reason", models.CharField(default="", max_length=500)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended", None)), fields=("task",), name="correction_of_task_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended", None)), fields=("act",), name="correction_of_act_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("task__isnull", False), ("act__isnull", False), _connector="OR"),
                        name="correction_of",
                    ),
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
        migrations.CreateModel(
            name="Named",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=43)),
                ("name", models.CharField(max_length=200)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("bureau", "key"), name="named_once")],
            },
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("day", models.DateField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("bureau", "day"), name="pending_once")],
            },
        ),
        migrations.CreateModel(
            name="PersonFault",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("finding", models.CharField(db_index=True, max_length=32)),
                ("person", models.UUIDField(db_index=True)),
                ("rule", models.CharField(max_length=64)),
                ("severity", models.CharField(max_length=16)),
                ("department", models.UUIDField(null=True)),
                ("day", models.DateField()),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["day", "id"], name="fault_by_day")],
            },
        ),
        migrations.CreateModel(
            name="Reach",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=64)),
                ("recorder", models.CharField(max_length=43)),
                ("serial", models.CharField(max_length=200)),
                ("department", models.UUIDField(null=True)),
                ("station", models.CharField(default="", max_length=43)),
                ("bay", models.PositiveIntegerField(null=True)),
                ("enrolled_at", models.DateTimeField()),
                ("known_until", models.DateTimeField(null=True)),
                ("docked_at", models.DateTimeField()),
                ("provable", models.BooleanField()),
                ("live", models.BooleanField()),
            ],
            options={
                "indexes": [models.Index(fields=["docked_at", "id"], name="reach_by_docking")],
                "constraints": [models.UniqueConstraint(fields=("bureau", "recorder"), name="reach_once")],
            },
        ),
        migrations.CreateModel(
            name="Sanction",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("person", models.UUIDField(db_index=True)),
                ("form", models.CharField(max_length=24)),
                ("months", models.PositiveSmallIntegerField(default=0)),
                ("department", models.UUIDField(null=True)),
                ("by", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("text", models.CharField(default="", max_length=2000)),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["-at", "-id"], name="sanction_newest")],
            },
        ),
        migrations.CreateModel(
            name="SanctionFinding",
            fields=[
                ("entry", models.BigIntegerField()),
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("finding", models.CharField(db_index=True, max_length=32)),
                (
                    "sanction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="oversight.sanction",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TaskFile",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("by", models.UUIDField(db_index=True)),
                ("name", models.CharField(max_length=255)),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("state", models.CharField(max_length=16)),
                ("at", models.DateTimeField(db_index=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("new", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("same", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("plan", models.CharField(default="", max_length=64)),
                ("moved", models.BooleanField(default=False)),
                ("error", models.JSONField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(1),
                        condition=models.Q(("state__in", ("waiting", "checking", "agreed", "entering"))),
                        name="task_file_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskFileProblem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row", models.PositiveIntegerField(null=True)),
                ("column", models.CharField(default="", max_length=32)),
                ("number", models.CharField(default="", max_length=64)),
                ("error", models.JSONField()),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="problems",
                        to="oversight.taskfile",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="drawn",
            index=models.Index(fields=["state", "at", "id"], name="drawn_waiting"),
        ),
        migrations.AddIndex(
            model_name="drawn",
            index=models.Index(fields=["department", "state", "at"], name="drawn_of_department"),
        ),
        migrations.AddIndex(
            model_name="drawn",
            index=models.Index(fields=["officer", "day"], name="drawn_of_officer"),
        ),
        migrations.AddIndex(
            model_name="findingperson",
            index=models.Index(fields=["person", "-day", "-id"], name="finding_of_person"),
        ),
        migrations.AddIndex(
            model_name="footagereview",
            index=models.Index(fields=["at", "id"], name="footage_review_at"),
        ),
        migrations.AddIndex(
            model_name="footagereview",
            index=models.Index(fields=["officer", "at"], name="footage_review_officer"),
        ),
        migrations.AddIndex(
            model_name="taskfileproblem",
            index=models.Index(fields=["file", "row", "id"], name="task_problem_in_order"),
        ),
    ]
