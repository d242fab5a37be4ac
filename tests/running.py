"""A service in a process of its own, for tests that speak to one that runs."""

import os
import random
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from urllib.request import urlopen


def free_port() -> int:
    """A port that nobody uses; not one of those that the system gives to clients, for other tests open hundreds of connections."""
    while True:
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", random.randrange(20_000, 32_000)))
            return int(one.getsockname()[1])


@contextmanager
def serving(given=None):
    """The address of a service that runs: a given one, else a new one."""
    if given:
        yield given
        return
    port = free_port()
    environment = {**os.environ, "STEPGRADE_SERVER_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "stepgrade_service", "serve"], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(3000):  # beside other work, a first start compiles for minutes
            try:
                urlopen(f"{address}/readyz").close()
                break
            except OSError:
                assert process.poll() is None, "the service ended"
                time.sleep(0.1)
        else:
            raise TimeoutError("the service is not ready after five minutes")
        yield address
    finally:
        process.terminate()
        process.wait(30)
