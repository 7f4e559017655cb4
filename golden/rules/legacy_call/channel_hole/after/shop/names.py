import os

HOST = os.environ.get("COURIER", "1")


def courier_channel():
    return f"courier-{HOST}"
