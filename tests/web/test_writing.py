"""How the forms with many numbers are written: in memory that goes with the answer, and not with the number of its lines."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import orjson
import pytest

from stepgrade_service.web import negotiation
from stepgrade_service.web.forms.writing import csv_rows, ndjson
from stepgrade_service.web.negotiation import PART, json_bytes

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
    assert growth("a buffer per line") > 12, "a buffer per line costs no more: then no line has to be copied"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_every_document_is_a_line(count):
    assert ndjson({"k": k} for k in range(count)) == b"".join(b'{"k":%d}\n' % k for k in range(count))


def test_a_cell_is_what_json_has_there_and_empty_where_it_has_null():
    assert csv_rows([[1, None], [0.1, 1e-7]]) == b"1,0.1\r\n,1e-7\r\n"


SHAPES = [(PART + 1,), (5000, 100), (3, 40_000), (2, 2, 50_000), (100_000, 2), (1, 70_000), (7, 3, 9000)]


def in_one_piece(document):
    return orjson.dumps(document, default=lambda array: array.copy(), option=orjson.OPT_SERIALIZE_NUMPY)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("turned", [False, True])
def test_a_large_array_is_written_in_parts_and_the_bytes_are_those_of_one_piece(shape, turned):
    array = np.random.default_rng(0).normal(size=shape)
    array.flat[5] = np.nan
    array = array.T if turned else array
    document = {"points": array, "runs": [{"values": array, "few": np.ones(2)}], "steps": 1}
    assert json_bytes(document) == in_one_piece(document)


def test_no_more_numbers_are_written_at_a_time_than_other_threads_can_wait_for(monkeypatch):
    most, written = [0], negotiation.orjson.dumps

    def dumps(document, **options):
        if isinstance(document, np.ndarray):
            most[0] = max(most[0], document.size)
        elif isinstance(document, dict):
            assert not any(isinstance(value, np.ndarray) and value.size > PART for value in document.values())
        return written(document, **options)

    monkeypatch.setattr(negotiation, "orjson", SimpleNamespace(**{**vars(orjson), "dumps": dumps}))
    json_bytes({"points": np.ones((5000, 100))})
    assert 0 < most[0] <= PART


#: Writes arrays of the longest numbers that there are, in every length up to one that fills several buffers.
LONGEST = """
import numpy as np
from stepgrade_service.web.negotiation import json_bytes

for length in range(1, 3000):
    array = np.full(length, -1.2345678901234567e-123)
    assert json_bytes([array]) == json_bytes([array.tolist()])
"""


def test_arrays_of_the_longest_numbers_stay_within_their_buffer():
    # Some versions of orjson write beyond it, and the process ends or is broken for good.
    assert subprocess.run([sys.executable, "-c", LONGEST], capture_output=True).returncode == 0
