from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("oversight", "0003_findings")]

    operations: list[migrations.operations.base.Operation] = []
