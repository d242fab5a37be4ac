"""What a request has given back stays with the worker: the next request does not wait for fresh pages."""

from __future__ import annotations

import subprocess
import sys

import pytest

PAGES = """
import resource, sys
import numpy as np
from stepgrade_service.serving.allocator import keep_freed_memory

if len(sys.argv) > 1 and not keep_freed_memory():
    print("cannot be set")
    sys.exit()

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def request():
    arrays = [np.ones(10_000) for _ in range(100)]

for _ in range(3):
    request()
before = faults()
for _ in range(20):
    request()
print((faults() - before) // 20)
"""


def pages_of_a_request(*arguments):
    ran = subprocess.run([sys.executable, "-c", PAGES, *arguments], capture_output=True, text=True, check=True)
    if ran.stdout.strip() == "cannot be set":
        pytest.skip("the C library has no mallopt")
    return int(ran.stdout)


def test_the_pages_of_one_request_serve_the_next():
    assert pages_of_a_request("keep") < 20 < pages_of_a_request()
