"""``python -m pusher_migrate``: the same program as the console script."""

from pusher_migrate.start import main

if __name__ == "__main__":
    main("python -m pusher_migrate")
