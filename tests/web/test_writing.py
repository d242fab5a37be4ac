"""How the forms with many numbers are written: in memory that goes with the answer, and not with the number of its lines."""

import subprocess
import sys

import pytest

from stepgrade_service.web.forms.writing import csv_rows, ndjson

#: Prints the bytes of an answer of many short lines, and by how many bytes the process grew at most while it was written.
GROWTH = """
import sys
from pathlib import Path

from stepgrade_service.web.forms.writing import ndjson
from stepgrade_service.web.negotiation import json_bytes

def now(name):
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1]) * 1024

lines = ({"x": number / 7, "y": number / 3, "final_value.gd": number / 11} for number in range(60_000))
before = now("VmRSS")
answer = ndjson(lines) if sys.argv[1] == "ndjson" else b"\\n".join([json_bytes(line) for line in lines])
print(len(answer), now("VmHWM") - before)
"""


def growth(how):
    """By how many times its length the process grows that writes an answer."""
    done = subprocess.run([sys.executable, "-c", GROWTH, how], capture_output=True, text=True, check=True)
    length, grown = map(int, done.stdout.split())
    return grown / length


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read in /proc")
def test_lines_take_little_more_memory_than_the_answer_has_bytes():
    assert growth("ndjson") < 8
    assert growth("a buffer per line") > 20, "a buffer per line costs no more: then no line has to be copied"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_every_document_is_a_line(count):
    assert ndjson({"k": k} for k in range(count)) == b"".join(b'{"k":%d}\n' % k for k in range(count))


def test_a_cell_is_what_json_has_there_and_empty_where_it_has_null():
    assert csv_rows([[1, None], [0.1, 1e-7]]) == b"1,0.1\r\n,1e-7\r\n"
