PATCHED = "order-changed"
KEPT = "order-changed"
