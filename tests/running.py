"""A service in a process of its own, for tests that speak to one that runs."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.request import urlopen


@contextmanager
def serving(given=None):
    """The address of a service that runs: a given one, else a new one."""
    if given:
        yield given
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
