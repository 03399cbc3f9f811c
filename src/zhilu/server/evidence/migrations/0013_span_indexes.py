from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0012_list_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="actspan",
            name="class_code",
            field=models.CharField(default="", max_length=16),
        ),
        migrations.AddField(
            model_name="actspan",
            name="procedure",
            field=models.CharField(default="", max_length=16),
        ),
        migrations.AlterField(
            model_name="actspan",
            name="recording",
            field=models.UUIDField(),
        ),
        migrations.AddIndex(
            model_name="actspan",
            index=models.Index(fields=["recording", "class_code", "procedure"], name="span_of_recording"),
        ),
        migrations.AddIndex(
            model_name="actspan",
            index=models.Index(fields=["procedure", "recording"], name="span_of_procedure"),
        ),
        migrations.AddIndex(
            model_name="actspan",
            index=models.Index(fields=["class_code", "recording"], name="span_of_class"),
        ),
    ]
