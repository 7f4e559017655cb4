"""Send recorded events again: python scripts/replay.py events.jsonl"""

import json
import sys

import pusher

client = pusher.Pusher.from_env()


def main(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            client.trigger(event["channel"], event["name"], event["data"])


if __name__ == "__main__":
    main(sys.argv[1])
