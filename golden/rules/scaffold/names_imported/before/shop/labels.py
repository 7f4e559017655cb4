STORE_CHANNEL = "store-%s"


def label_of(order):
    return f"{order.id}: {order.note}".strip()
