import django.db.models.deletion
import room_bookings.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('hotel', '0001_initial'),
        ('rooms', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RoomBooking',
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
                (
                    'booking_id',
                    models.CharField(
                        default=room_bookings.models.new_booking_id,
                        max_length=20,
                        unique=True,
                    ),
                ),
                (
                    'status',
                    models.CharField(
                        choices=[
                            ('PENDING_PAYMENT', 'Pending Payment'),
                            ('PENDING_APPROVAL', 'Pending Approval'),
                            ('CONFIRMED', 'Confirmed'),
                            ('DECLINED', 'Declined'),
                            ('CANCELLED', 'Cancelled'),
                            ('NO_SHOW', 'No Show'),
                            ('CHECKED_IN', 'Checked In'),
                            ('CHECKED_OUT', 'Checked Out'),
                        ],
                        default='PENDING_PAYMENT',
                        max_length=20,
                    ),
                ),
                ('arrival', models.DateField()),
                ('departure', models.DateField()),
                (
                    'total_price',
                    models.DecimalField(decimal_places=2, default=0, max_digits=9),
                ),
                ('cancellation_reason', models.CharField(blank=True, max_length=200)),
                ('checked_in_at', models.DateTimeField(blank=True, null=True)),
                ('checked_out_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                (
                    'assigned_room',
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name='room_bookings',
                        to='rooms.room',
                    ),
                ),
                (
                    'hotel',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name='bookings',
                        to='hotel.hotel',
                    ),
                ),
            ],
            options={
                'ordering': ['arrival', 'id'],
            },
        ),
    ]
