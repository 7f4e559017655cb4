from shop import events

events.PATCHED = "other"
if events.KEPT == "other":
    raise RuntimeError(events.KEPT)
