"""What the service is for, in a minute: does RMSprop's rescaling help or hurt, and is it the direction or the step length?

It starts the service, asks it over HTTP, prints a table and its meaning for each start, and draws the paths.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from server import HOST, Server, ServerError

PICTURE = Path(__file__).parent / "out" / "does-rmsprop-make-it-worse.png"


def leave(number: int, _: FrameType | None) -> None:
    """End on a signal as programs do, with everything tidied up on the way and no traceback."""
    raise SystemExit(128 + number)


def main() -> int:
    """Run the demo; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    os.environ.update(no_proxy=HOST, STEPGRADE_OFFLINE="0")  # the service that is asked is this program's own
    # Loading them takes a second, in which signals are already heeded.
    from experiment import OBJECTIVE, STARTS, STEPS, ask
    from picture import draw
    from stepgrade import Client, StepgradeError
    from table import meaning, table

    print("Starting the service (the first time it compiles its kernels, which may take a minute) ...", flush=True)
    try:
        with Server() as server, Client(server.url, timeout=60) as client:
            server.wait(client)
            print(f"It is ready at {server.url}. On {OBJECTIVE['name']}, condition {OBJECTIVE['condition']}, {STEPS} steps each:\n")
            runs = {start: ask(client, start) for start in STARTS}
    except (ServerError, StepgradeError) as error:
        print(error, file=sys.stderr)
        return 1
    for start, answers in runs.items():
        print(f"{table(start, answers)}\n\n{meaning(start, answers)}\n")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(draw(runs))
    print(f"The paths, drawn over the level lines: {os.path.relpath(PICTURE)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
