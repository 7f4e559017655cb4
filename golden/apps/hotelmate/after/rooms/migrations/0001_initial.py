import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('hotel', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Room',
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
                ('room_number', models.CharField(max_length=10)),
                ('floor', models.PositiveSmallIntegerField(default=1)),
                (
                    'room_status',
                    models.CharField(
                        choices=[
                            ('READY_FOR_GUEST', 'Ready For Guest'),
                            ('OCCUPIED', 'Occupied'),
                            ('CHECKOUT_DIRTY', 'Checkout Dirty'),
                            ('CLEANING_IN_PROGRESS', 'Cleaning In Progress'),
                            ('CLEANED_UNINSPECTED', 'Cleaned Uninspected'),
                            ('MAINTENANCE_REQUIRED', 'Maintenance Required'),
                            ('OUT_OF_ORDER', 'Out Of Order'),
                        ],
                        default='READY_FOR_GUEST',
                        max_length=30,
                    ),
                ),
                ('is_occupied', models.BooleanField(default=False)),
                ('maintenance_note', models.TextField(blank=True)),
                (
                    'hotel',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name='rooms',
                        to='hotel.hotel',
                    ),
                ),
            ],
            options={
                'ordering': ['room_number'],
                'constraints': [
                    models.UniqueConstraint(
                        fields=('hotel', 'room_number'),
                        name='unique_room_number_in_hotel',
                    )
                ],
            },
        ),
    ]
