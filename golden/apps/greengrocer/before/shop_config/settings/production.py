from .base import *

DATABASES["default"]["ATOMIC_REQUESTS"] = True
