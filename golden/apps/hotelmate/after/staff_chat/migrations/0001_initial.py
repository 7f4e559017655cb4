import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('hotel', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffConversation',
            fields=[
                (
                    'id',
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name='ID',
                    ),
                ),
                ('title', models.CharField(blank=True, max_length=80)),
                (
                    'hotel',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to='hotel.hotel'
                    ),
                ),
                (
                    'participants',
                    models.ManyToManyField(
                        related_name='conversations', to='hotel.staff'
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name='StaffChatMessage',
            fields=[
                (
                    'id',
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name='ID',
                    ),
                ),
                ('text', models.TextField()),
                ('is_deleted', models.BooleanField(default=False)),
                ('edited_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                (
                    'read_by',
                    models.ManyToManyField(
                        blank=True, related_name='read_messages', to='hotel.staff'
                    ),
                ),
                (
                    'sender',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to='hotel.staff'
                    ),
                ),
                (
                    'conversation',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name='messages',
                        to='staff_chat.staffconversation',
                    ),
                ),
            ],
            options={
                'ordering': ['created_at', 'id'],
            },
        ),
    ]
