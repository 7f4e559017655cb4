import json
import logging

from django.conf import settings
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from notifications.notification_manager import notification_manager
from room_bookings.models import RoomBooking

logger = logging.getLogger(__name__)


@method_decorator(csrf_exempt, name='dispatch')
class PaymentWebhookView(View):
    """The payment provider tells us here how a payment went."""

    def post(self, request):
        secret = request.headers.get('X-Payment-Secret', '')
        if not constant_time_compare(secret, settings.PAYMENT_WEBHOOK_SECRET):
            return JsonResponse({'detail': 'Wrong secret.'}, status=403)

        try:
            notice = json.loads(request.body)
            reference, outcome = notice['booking_id'], notice['outcome']
        except (ValueError, KeyError, TypeError):
            return JsonResponse({'detail': 'Not a payment notice.'}, status=400)

        booking = get_object_or_404(RoomBooking, booking_id=reference)

        if outcome != 'succeeded':
            logger.info('Payment for %s: %s', booking, outcome)
            return JsonResponse({'received': True})

        # The provider repeats a notice until we answer; the second one changes nothing.
        if booking.status == 'PENDING_PAYMENT':
            booking.status = 'PENDING_APPROVAL'
            booking.save(update_fields=['status'])
            transaction.on_commit(
                lambda booking=booking: notification_manager.realtime_booking_updated(
                    booking
                ),
                robust=True,
            )

        return JsonResponse({'received': True, 'status': booking.status})
