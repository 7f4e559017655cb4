"""``python -m pusher_migrate``: the same program as the console script."""

from pusher_migrate.cli import main

if __name__ == "__main__":
    main(prog_name="python -m pusher_migrate")
