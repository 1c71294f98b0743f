from django.db import migrations, models

import governance.accounts.models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="session_salt",
            field=models.CharField(
                default=governance.accounts.models.new_salt, editable=False, max_length=32
            ),
        ),
    ]
