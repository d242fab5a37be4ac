"""What the first use of each optimizer takes, its kernel compiled or on disk, and what a start takes, however many there are.

Seconds are those of the processor: other programs on the machine do not count in them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from statistics import median

from table import Row, Section, at_most, duration, number

from stepgrade_service.engine.optimizers import OPTIMIZERS, Optimizer

#: The targets: seconds of a first use without and with the kernel on disk, and a start with twice the optimizers over one.
COMPILING_TAKES, LOADING_TAKES, DOUBLE_TAKES = 1.0, 0.05, 1.1

#: What the others are held against.
PLAIN = "gradient_descent"

#: The seconds of each kernel: compiled, then loaded. The loops are there. Each stands in a process of its own, forked from one that has
#: compiled nothing, and its kernel in an empty place.
EACH = """
import json, os, sys, tempfile
from dataclasses import replace
from pathlib import Path
from time import process_time
from stepgrade_service.engine.compiled import cache
from stepgrade_service.engine.optimizers import OPTIMIZERS
from stepgrade_service.engine.warm import load_core

def seconds_of(kernel, place):
    reading, writing = os.pipe()
    if not os.fork():
        cache.DIRECTORY = Path(place)
        began = process_time()
        replace(kernel).handle.load()
        os.write(writing, repr(process_time() - began).encode())
        os._exit(0)
    os.close(writing)
    os.wait()
    with os.fdopen(reading) as told:
        return float(told.read())

load_core()
took = {}
for kernel in dict.fromkeys(kernel for entry in OPTIMIZERS.values() for kernel in entry.kernels):
    with tempfile.TemporaryDirectory() as place:
        took[kernel.name] = seconds_of(kernel, place), seconds_of(kernel, place)
print(json.dumps(took))
"""

#: What a start takes, in seconds and MiB; with "twice", where every optimizer stands in the registry a second time.
START = """
import json, resource, sys
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from time import process_time
began = process_time()
from stepgrade_service.engine.optimizers import FAMILIES, OPTIMIZERS, Optimizer
for family in FAMILIES if sys.argv[1:] == ["twice"] else ():
    spec = spec_from_file_location(family.__name__ + "_again", family.__file__)
    sys.modules[spec.name] = again = module_from_spec(spec)
    spec.loader.exec_module(again)
    for each in list(vars(again).values()):
        if isinstance(each, Optimizer):
            OPTIMIZERS[each.name + "_again"] = replace(each, name=each.name + "_again")
from stepgrade_service.engine.warm import load_core
load_core()
print(json.dumps([process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(OPTIMIZERS)]))
"""


def first_uses() -> Section:
    """What each optimizer waits for where its kernel is not on disk, and where it is."""
    ran(START)  # compiles the loops where they are not on disk
    took: Mapping[str, tuple[float, float]] = json.loads(ran(EACH))
    section = Section("the first use of each optimizer, the loops on disk; ratio to that of gradient descent")
    for entry in sorted(OPTIMIZERS.values(), key=lambda entry: -slowest(entry, took)[0]):
        compiling, loading = slowest(entry, took)
        times = f"{number(compiling / took[PLAIN][0])} x"
        met = at_most(compiling, COMPILING_TAKES, "s")
        section.rows.append(Row(f"{entry.name}; loading {duration(loading)}", duration(compiling), "", times, met))
    most = max(loading for _, loading in took.values())
    section.rows.append(Row("the slowest to load", duration(most), "", "", at_most(1e3 * most, 1e3 * LOADING_TAKES, "ms")))
    return section


def slowest(entry: Optimizer, took: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """The seconds of an optimizer's slowest kernel: one use needs one of them."""
    return max(took[kernel.name] for kernel in entry.kernels)


def starts(times: int) -> Section:
    """A start with the optimizers that there are, and with twice as many, in turns."""
    ran(START, "twice")  # compiles what the second ones call where it is not on disk
    told = [[json.loads(ran(START, *word)) for word in ((), ("twice",))] for _ in range(times)]
    section = Section("a start, with the optimizers that there are and with twice as many")
    for place, what, unit in ((0, "the time", "s"), (1, "the memory", "MiB")):
        once, twice = (median(pair[which][place] for pair in told) for which in (0, 1))
        grown = at_most(twice / once, DOUBLE_TAKES)
        section.rows.append(Row(f"{what}, {told[0][0][2]} optimizers", f"{number(once)} {unit}"))
        section.rows.append(Row(f"{what}, {told[0][1][2]}", f"{number(twice)} {unit}", "", f"{number(twice / once)} x", grown))
    return section


def ran(program: str, *words: str) -> str:
    """What a program prints, in a process of its own."""
    return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True).stdout
