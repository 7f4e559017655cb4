import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('hotel', '0001_initial'),
        ('rooms', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BreakfastOrder',
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
                ('items', models.TextField()),
                ('deliver_at', models.TimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                (
                    'hotel',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to='hotel.hotel'
                    ),
                ),
                (
                    'room',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to='rooms.room'
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name='RoomServiceOrder',
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
                ('items', models.TextField()),
                (
                    'total_price',
                    models.DecimalField(decimal_places=2, default=0, max_digits=8),
                ),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                (
                    'hotel',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to='hotel.hotel'
                    ),
                ),
                (
                    'room',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to='rooms.room'
                    ),
                ),
            ],
        ),
    ]
