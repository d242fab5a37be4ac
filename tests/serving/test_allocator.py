"""What a request has given back stays with the worker: the next request does not wait for fresh pages."""

from __future__ import annotations

import subprocess
import sys
from ctypes import CDLL

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


THREADS = """
import sys
from threading import Barrier, Thread
from stepgrade_service.serving.allocator import keep_freed_memory

if len(sys.argv) > 1 and not keep_freed_memory():
    print("cannot be set")
    sys.exit()

together, in_turn = Barrier(8), [Barrier(8) for _ in range(8)]
kept = []

def work(number):
    together.wait()
    for turn, barrier in enumerate(in_turn):
        if turn == number:
            pieces = [bytearray(b"x" * 50_000) for _ in range(400)]
            kept.append(bytearray(b"x" * 50_000))
            del pieces
        barrier.wait()

threads = [Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
[line] = [line for line in open("/proc/self/status") if line.startswith("RssAnon:")]
print(int(line.split()[1]) // 1024)
"""


def megabytes_of_threads(*arguments):
    ran = subprocess.run([sys.executable, "-c", THREADS, *arguments], capture_output=True, text=True, check=True)
    if ran.stdout.strip() == "cannot be set":
        pytest.skip("the C library has no mallopt")
    return int(ran.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the memory of a process is read as Linux tells it")
def test_what_one_thread_has_given_back_the_others_use():
    """Eight threads, one after another, need 20 MB each: with heaps of their own they keep it eight times."""
    assert megabytes_of_threads("set") < 0.6 * megabytes_of_threads()


BETWEEN = """
from stepgrade_service.serving.allocator import give_back_unused

def megabytes():
    [line] = [line for line in open("/proc/self/status") if line.startswith("RssAnon:")]
    return int(line.split()[1]) // 1024

pieces = [bytearray(b"x" * 50_000) for _ in range(2000)]
kept = pieces[::100]
del pieces
before = megabytes()
give_back_unused()
print(before - megabytes())
"""


@pytest.mark.skipif(not hasattr(CDLL(None), "malloc_trim"), reason="the C library has no malloc_trim")
def test_what_lies_unused_between_pieces_that_are_used_goes_back_to_the_system():
    ran = subprocess.run([sys.executable, "-c", BETWEEN], capture_output=True, text=True, check=True)
    assert int(ran.stdout) > 70, "of 100 MB, of which a hundredth is used"
