import enum


class Event(enum.StrEnum):
    ORDER_PLACED = "order-placed"
    ORDER_PACKED = "order-packed"
    ORDER_CANCELLED = "order-cancelled"
    STOCK_LOW = "stock-low"
