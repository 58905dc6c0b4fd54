from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0004_exports'),
        ('notifications', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='notification',
            name='notifications_one_unread_of_a_group',
        ),
        migrations.AlterField(
            model_name='delivery',
            name='reason',
            field=models.CharField(blank=True, choices=[('off', 'They have turned this off'), ('muted', 'They have muted it'), ('read', 'They had read it by then'), ('gone', 'They had left by then'), ('withdrawn', 'It was taken back by then'), ('closed', 'Their account was closed'), ('bounces', 'Their address takes no mail'), ('no_device', 'No browser of theirs has asked for it')], max_length=12, verbose_name='reason'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(condition=models.Q(('read_at__isnull', True)), fields=('user', 'group_key', 'in_app'), name='notifications_one_unread_of_a_group'),
        ),
    ]
