import os

import pusher

screens = None
if os.environ.get("SCREENS"):
    screens = pusher.Pusher(app_id="2", key="key", secret="secret")
