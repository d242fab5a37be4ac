"""`python -m stepgrade_service`: serve, print openapi.yaml, compile every kernel into the cache, or make an API key."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

# One thread a worker: two workers whose linear algebra each starts two threads are several times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def serve(_: argparse.Namespace) -> int:
    """Run the service until a signal ends it. Its settings come from the STEPGRADE_SERVER_* variables."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the server takes over, Ctrl-C ends this without a traceback

    from .serving.server import run

    return run()


def openapi(arguments: argparse.Namespace) -> int:
    """Print the OpenAPI document, or check that a file matches it."""
    from .web import create_app
    from .web.openapi.document import text
    from .web.settings import Settings

    made = text(create_app(Settings()))
    if not arguments.check:
        sys.stdout.write(made)
        return 0
    path = Path(arguments.file)
    if path.is_file() and path.read_text(encoding="utf-8") == made:
        return 0
    print(f"{path} does not match the code; run `make openapi` to write it", file=sys.stderr)
    return 1


def warm(_: argparse.Namespace) -> int:
    """Compile every kernel into the cache (NUMBA_CACHE_DIR), so that the service starts without compiling."""
    from .engine.warm import load_all

    print(f"{load_all()} kernels are in the cache")
    return 0


def api_key(arguments: argparse.Namespace) -> int:
    """Make an API key, and print it with its entry for STEPGRADE_SERVER_API_KEYS. The entry has a hash, and not the key."""
    from .budgets.api_keys import made_key

    try:
        key, entry = made_key(arguments.name)
    except ValueError as error:
        print(f"{arguments.name!r}: {error}", file=sys.stderr)
        return 2
    print(f"for the client: {key}\nfor the server: {entry}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("stepgrade-service", description="The reference answer for gradient-descent steps, over HTTP.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    server = commands.add_parser(
        "serve", help="start the service; its settings come from STEPGRADE_SERVER_* variables", description=serve.__doc__
    )
    server.set_defaults(run=serve)
    document = commands.add_parser("openapi", help="print openapi.yaml", description=openapi.__doc__)
    document.add_argument("--check", action="store_true", help="check that the file matches the code; exit with 1 if it does not")
    document.add_argument("file", nargs="?", default="openapi.yaml", help="the file to check (default: %(default)s)")
    document.set_defaults(run=openapi)
    commands.add_parser("warm", help="compile every kernel into the cache", description=warm.__doc__).set_defaults(run=warm)
    key = commands.add_parser("api-key", help="make an API key for a client", description=api_key.__doc__)
    key.add_argument("name", help="the name of the client, for the logs")
    key.set_defaults(run=api_key)
    chosen = parser.parse_args(arguments)
    code: int = chosen.run(chosen)
    return code


if __name__ == "__main__":
    sys.exit(main())
