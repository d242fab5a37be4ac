"""What the service is for, in a minute: does RMSprop's rescaling help or hurt, and is it the direction or the step length?

It starts the service, asks it over HTTP, prints a table and its meaning for each start, and draws the paths.
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
    # These take a second to load, in which Ctrl-C is heeded already.
    from experiment import OBJECTIVE, STARTS, STEPS, ask
    from picture import draw
    from server import HOST, ServerError, serving
    from table import READING, folded, meaning, table

    from stepgrade import Client, StepgradeError

    os.environ.update(no_proxy=HOST, STEPGRADE_OFFLINE="0")  # the service that is asked is this program's own
    try:
        with serving() as server, Client(server.url, timeout=60, max_retries=0) as client:
            print("Starting the service (its first start compiles, for up to a minute) ...", flush=True)
            server.wait(client)
            print(f"Asking {server.url}: {OBJECTIVE['name']}, condition {OBJECTIVE['condition']}, {STEPS} steps a method.")
            runs = {start: ask(client, start) for start in STARTS}
    except (ServerError, StepgradeError) as error:
        print(error, file=sys.stderr)
        return 1
    for start, answers in runs.items():
        print(f"\n{table(start, answers)}\n{meaning(start, answers)}")
    print(f"\n{folded(READING)}\n")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(draw(runs))
    print(f"All paths over the level lines, with one scale on both axes:\n  {os.path.relpath(PICTURE)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
