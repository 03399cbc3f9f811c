from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("oversight", "0002_tasks")]

    operations: list[migrations.operations.base.Operation] = []
