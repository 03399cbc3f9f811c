from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("oversight", "0004_answers")]

    operations: list[migrations.operations.base.Operation] = []
