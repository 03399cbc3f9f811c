from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0011_copies"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="act",
            name="act_newest",
        ),
        migrations.RemoveIndex(
            model_name="recording",
            name="recording_newest",
        ),
        migrations.AlterField(
            model_name="act",
            name="department",
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name="act",
            name="procedure",
            field=models.CharField(max_length=16),
        ),
        migrations.AlterField(
            model_name="recording",
            name="department",
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name="recording",
            name="recorder",
            field=models.CharField(max_length=43),
        ),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(
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
        ),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(fields=["procedure", "-opened_at", "-id"], name="act_of_procedure"),
        ),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(fields=["class_code", "-opened_at", "-id"], name="act_of_class"),
        ),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(fields=["tier", "-opened_at", "-id"], name="act_of_tier"),
        ),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(fields=["department", "-opened_at", "-id"], name="act_of_department"),
        ),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(fields=["confirmed", "-opened_at", "-id"], name="act_confirmed"),
        ),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(fields=["present", "-opened_at", "-id"], name="act_present"),
        ),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(fields=["linked_taxpayer", "-opened_at", "-id"], name="act_linked_taxpayer"),
        ),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(fields=["linked_document", "-opened_at", "-id"], name="act_linked_document"),
        ),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(fields=["linked_case", "-opened_at", "-id"], name="act_linked_case"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(
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
                ],
                name="recording_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["department", "-opened_at", "-id"], name="recording_of_department"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["recorder", "-opened_at", "-id"], name="recording_of_recorder"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["station", "-opened_at", "-id"], name="recording_of_station"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["origin", "-opened_at", "-id"], name="recording_of_origin"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["officer_check", "-opened_at", "-id"], name="recording_of_check"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["stored_at"], name="recording_stored"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(fields=["duration_us"], name="recording_length"),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(
                condition=models.Q(("assigned__isnull", False)),
                fields=["assigned", "-opened_at", "-id"],
                name="recording_assigned",
            ),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(
                condition=models.Q(("drill", True)), fields=["-opened_at", "-id"], name="recording_drill"
            ),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(
                condition=models.Q(("aside__gt", "")), fields=["-opened_at", "-id"], name="recording_aside"
            ),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(
                condition=models.Q(("acts", 0), ("aside", ""), ("drill", False)),
                fields=["department", "-opened_at", "-id"],
                name="recording_undescribed",
            ),
        ),
    ]
