"""What the service is for, in a minute: does RMSprop help or hurt, and is it the direction or the step length?

The demo starts the service and asks it over HTTP. It prints the table, the headlines and the verdicts, and draws the paths. Then it
checks a student's code.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

PICTURE = Path(__file__).parent / "out" / "does-rmsprop-make-it-worse.png"


def leave(number: int, _: FrameType | None) -> None:
    """End on a signal as programs do: everything is tidied up on the way out, and there is no traceback."""
    raise SystemExit(128 + number)


def main() -> int:
    """Run the demo; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    # These take a second to load. Ctrl-C works already.
    from questions import OBJECTIVE, READING, STEPS, check, compare, folded
    from server import HOST, ServerError, serving

    from stepgrade import Client, StepgradeError

    os.environ.update(no_proxy=HOST, STEPGRADE_OFFLINE="0")  # the service that is asked is this program's own
    try:
        with serving() as server, Client(server.url, timeout=60, max_retries=0) as client:
            print("Starting the service (its first start compiles, for up to a minute) ...", flush=True)
            server.wait(client)
            print(f"POST {server.url}/compare: {OBJECTIVE['name']}, condition {OBJECTIVE['condition']}, {STEPS} steps per method.\n")
            comparison = compare(client)
            print(f"{comparison.table()}\n\n{folded(READING)}\n", flush=True)
            PICTURE.parent.mkdir(exist_ok=True)
            PICTURE.write_bytes(comparison.picture())
            print(f"The picture, with the same scale on both axes:\n  {os.path.relpath(PICTURE)}\n")
            print(f"POST {server.url}/check: a student's Adam, with the power of t missing in one place.\n")
            print(folded(check(client).message))
    except (ServerError, StepgradeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
