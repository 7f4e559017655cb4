from celery import shared_task
from django.conf import settings


@shared_task(bind=True, max_retries=3)
def push(self, channel, event, data):
    try:
        settings.LIVE.send(channel, event, data)
    except Exception as error:
        raise self.retry(exc=error)


@shared_task
def ping(courier_id):
    push.delay(f"courier-{courier_id}", "ping", {"courier": courier_id})
