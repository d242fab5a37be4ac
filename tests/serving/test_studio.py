"""A worker's pictures are drawn in another process, and none is lost when that process ends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from time import sleep
from typing import NamedTuple

import pytest

from stepgrade_service.serving.drawers import ENDED_FIRST, NICE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is a studio on Linux alone")

#: What a worker and its template load takes far longer than a test, so it is loaded once: each worker is a fork of this process, which has
#: no threads. It tells what a worker wrote once no process is left that could write more.
LOADED = """
import json, logging, os, signal, sys, time
from stepgrade_service.engine.reading.faults import Refusal, refuse
from stepgrade_service.serving import drawers, studio as module
from stepgrade_service.serving.studio import opened
from stepgrade_service.web.problems import ApiProblem

drawers._load()

def become_worker(code, directory, *ends):
    for number, end in enumerate((os.open(os.devnull, os.O_RDONLY), *ends)):
        os.dup2(end, number)
    os.closerange(3, max(ends) + 1)
    os.chdir(directory)
    try:
        signal.alarm(120)
        exec(code, globals())
        ended = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        ended = 1
    sys.stdout.flush()
    os._exit(ended)

for line in sys.stdin:
    (out, out_end), (err, err_end) = os.pipe(), os.pipe()
    if not (process := os.fork()):
        become_worker(*json.loads(line), out_end, err_end)
    os.close(out_end)
    os.close(err_end)
    signal.alarm(180)
    written = [open(end).read() for end in (out, err)]
    print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), *written]), flush=True)
    signal.alarm(0)
"""

#: A worker without threads, as it is when it opens its studio. `draw` is what its drawers do.
WORKER = """
class Other(Exception):
    def __init__(self, one, other):
        super().__init__(one)
        self.other = other

def draw(errand):
    if errand == "pid":
        return os.getpid()
    if errand == "parent":
        return os.getppid()
    if errand == "refuse":
        raise refuse("a reason")
    if errand == "memory":
        raise MemoryError
    if errand == "other":
        raise Other("what was wrong", 2)
    if errand == "unsendable":
        raise Other("what was wrong", lambda: 2)
    if errand == "end":
        os.kill(os.getpid(), signal.SIGKILL)
    if isinstance(errand, float):
        time.sleep(errand)
        return os.getpid()
    if isinstance(errand, str) and errand.startswith("until "):
        ends = time.monotonic() + 20
        while not os.path.exists(errand[6:]) and time.monotonic() < ends:
            time.sleep(0.01)
        return os.getpid()
    if isinstance(errand, str) and errand.startswith("end once "):
        try:
            os.mkdir(errand[9:])
        except FileExistsError:
            return "drawn"
        os.kill(os.getpid(), signal.SIGKILL)
    return errand

def fault_of(errand):
    try:
        studio(errand)
    except Exception as fault:
        return [type(fault).__name__, str(fault)]

logging.basicConfig()
studio = opened(draw, 1.0)
"""


class Done(NamedTuple):
    """What a worker wrote, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def loaded():
    """The process of which the workers are forks."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen([sys.executable, "-c", LOADED], env=environment, stdin=PIPE, stdout=PIPE, text=True) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def run_worker(loaded, tmp_path):
    """`run_worker(code)`: what came of a worker that runs this code."""

    def run(code):
        print(json.dumps([WORKER + code, str(tmp_path)]), file=loaded.stdin, flush=True)
        return Done(*json.loads(loaded.stdout.readline()))

    return run


@pytest.fixture
def worker(run_worker):
    """`worker(code)`: what a worker that runs this code writes, as JSON."""

    def run(code):
        done = run_worker(code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_another_process_draws_one_picture_after_another(worker):
    own, first, second, large = worker("print(json.dumps([os.getpid(), studio('pid'), studio('pid'), len(studio('x' * 5_000_000))]))")
    assert own != first == second
    assert large == 5_000_000


def test_a_drawer_that_ends_is_replaced_and_the_picture_is_drawn(worker):
    before, drawn, after = worker("print(json.dumps([studio('pid'), studio('end once here'), studio('pid')]))")
    assert drawn == "drawn"
    assert before != after


def test_a_picture_that_ends_two_drawers_is_refused_and_the_next_one_drawn(worker):
    fault = "try:\n    studio('end')\nexcept ApiProblem as problem:\n    told = [problem.status, problem.slug, problem.detail]\n"
    [status, kind, detail], drawn = worker(fault + "print(json.dumps([told, studio(3)]))")
    assert (status, kind, drawn) == (503, "ended-before", 3)
    assert detail.startswith("the process that draws pictures ended twice while it drew this one.")


@pytest.mark.parametrize(
    ("errand", "name", "text"),
    [
        ("refuse", "Refusal", "a reason"),
        ("memory", "MemoryError", ""),
        ("other", "Other", "what was wrong"),
        ("unsendable", "RuntimeError", "Other: what was wrong"),
    ],
)
def test_what_is_raised_there_is_raised_here(worker, errand, name, text):
    raised, said = worker(f"print(json.dumps(fault_of({errand!r})))")
    assert raised == name
    assert text in said


@pytest.mark.parametrize("errand", ["other", "unsendable"])
def test_the_log_says_where_a_fault_in_a_drawer_was_but_not_its_text(run_worker, errand):
    code = f"""
from stepgrade_service.web.problems import fault_of_ours
try:
    studio({errand!r})
except Exception as error:
    fault_of_ours(error, "a-request")
"""
    log = run_worker(code).stderr
    assert "in __call__" in log
    assert "in the process that draws:" in log
    assert ", in draw\n" in log
    assert "what was wrong" not in log


def test_after_so_many_pictures_a_new_drawer_draws(worker):
    drawers = worker("module.PICTURES = 3\nprint(json.dumps([studio('pid') for _ in range(7)]))")
    assert len(set(drawers[:3])) == len(set(drawers[3:6])) == 1
    assert len(set(drawers)) == 3


def test_a_picture_waits_for_a_short_one_but_not_for_a_long_one(worker):
    code = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    short = list(pool.map(studio, [0.05] * 4))
    long = pool.submit(studio, "until beside")
    time.sleep(0.1)
    beside = [pool.submit(studio, "pid").result() for _ in range(2)]
    is_over = long.done()
    os.mkdir("beside")
print(json.dumps([short, beside, long.result(), is_over, studio("pid")]))
"""
    short, beside, long, is_over, after = worker(code)
    assert len(set(short)) == 1
    assert long == short[0]
    assert len({long, *beside}) == 2
    assert not is_over
    assert after in (long, *beside), "one of them stays"


def test_of_many_long_pictures_only_so_many_are_drawn_at_a_time_and_who_waits_too_long_is_told(worker):
    code = """
from concurrent.futures import ThreadPoolExecutor, wait
with ThreadPoolExecutor(4) as pool:
    long = [pool.submit(studio, "until told") for _ in range(2)]
    while studio._busy < 2:
        time.sleep(0.01)
    late = [pool.submit(studio, "pid") for _ in range(2)]
    wait(late)
    os.mkdir("told")
told = [(each.exception().status, each.exception().slug, each.exception().headers) for each in late]
drawers = [each.result() for each in long]
print(json.dumps([len(set(drawers)), told, studio("pid") in drawers]))
"""
    at_a_time, told, is_kept = worker(code)
    assert at_a_time == 2
    assert told == [[503, "overloaded", {"Retry-After": "5"}]] * 2
    assert is_kept


def test_a_drawer_that_had_no_memory_left_draws_no_more(worker):
    before, after = worker("before = studio('pid')\nfault_of('memory')\nprint(json.dumps([before, studio('pid')]))")
    assert before != after


def test_a_picture_that_is_not_ready_in_time_is_refused_and_its_drawer_ended(worker):
    code = """
before = studio("pid")
try:
    studio(60.0, 0.2)
except ApiProblem as problem:
    told = [problem.status, problem.slug, problem.detail]
while os.path.exists(f"/proc/{before}"):
    time.sleep(0.01)
print(json.dumps([told, before, studio("pid", 60.0)]))
"""
    [status, kind, detail], before, after = worker(code)
    assert (status, kind) == (503, "overloaded")
    assert detail.startswith("the picture was not ready in time.")
    assert before != after


def test_without_a_template_the_worker_draws_itself(worker):
    code = "os.kill(studio('parent'), signal.SIGKILL)\ntime.sleep(0.2)\nprint(json.dumps([studio(1), studio(2)]))"
    assert worker(code) == [None, None]


def test_a_process_that_has_threads_is_not_forked(worker):
    code = "from threading import Event, Thread\nThread(target=Event().wait, daemon=True).start()\nprint(json.dumps(opened(draw, 1.0)))"
    assert worker(code) is None


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_who_draws_ends_with_the_worker(run_worker, how):
    code = f"print(studio('pid'), studio('parent'), flush=True)\nos.kill(os.getpid(), signal.{how})"
    done = run_worker(code)
    drawers = [int(pid) for pid in done.stdout.split()]
    assert len(drawers) == 2
    assert settled_without(drawers)


def settled_without(processes):
    """Whether all these processes are gone within a minute."""
    for _ in range(600):
        if not any(lives(pid) for pid in processes):
            return True
        sleep(0.1)
    return False


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_signal_for_the_worker_s_group_ends_no_drawer(worker):
    code = """
os.setpgid(0, 0)
for name in (signal.SIGINT, signal.SIGTERM):
    signal.signal(name, signal.SIG_IGN)
before = studio("pid")
for name in (signal.SIGINT, signal.SIGTERM):
    os.killpg(0, name)
    os.kill(before, name)
print(json.dumps([before, studio("pid")]))
"""
    before, after = worker(code)
    assert before == after


def test_the_system_ends_a_drawer_before_its_worker_and_lets_it_run_after_it(worker):
    code = """
def priorities(pid):
    return int(open(f"/proc/{pid}/oom_score_adj").read()), os.getpriority(os.PRIO_PROCESS, pid)
print(json.dumps([priorities(studio("pid")), priorities(studio("parent")), priorities(os.getpid())]))
"""
    (score, nice), (score_of_template, _), (own_score, own_nice) = worker(code)
    assert score_of_template == own_score, "it frees little memory"
    assert score == min(own_score + ENDED_FIRST, 1000)
    assert nice == min(own_nice + NICE, 19)


#: Before the line in which the studio is opened: from the call of that number on, so many calls of os.fork fail.
FAILING_FORK = """
forks, fork = [0], os.fork
def failing():
    forks[0] += 1
    if {first} <= forks[0] < {first} + {times}:
        raise BlockingIOError("too many processes")
    return fork()
os.fork = failing
studio = opened(draw, 1.0)
"""


def test_a_drawer_that_cannot_be_forked_just_now_can_be_later(worker):
    code = FAILING_FORK.format(first=2, times=1) + "print(json.dumps([studio('pid'), studio('pid'), studio('pid'), os.getpid()]))"
    first, second, third, own = worker(code)
    assert first is None, "the worker draws this one itself"
    assert second == third
    assert second not in (None, own)


def test_where_no_template_can_be_forked_the_worker_starts_and_says_so(run_worker):
    done = run_worker(FAILING_FORK.format(first=1, times=1) + "print(studio)")
    assert (done.returncode, done.stdout) == (0, "None\n"), done.stderr
    assert "a worker draws its pictures itself, and steps wait for them" in done.stderr


def test_a_template_that_fails_at_its_start_does_not_go_on_as_a_second_worker(run_worker):
    code = """
def fail(number):
    raise OSError("not allowed")
signal.set_wakeup_fd = fail
try:
    studio = opened(draw, 1.0)
except OSError:
    pass
print(os.getpid(), studio(1), flush=True)
"""
    done = run_worker(code)
    assert len(done.stdout.splitlines()) == 1, done.stdout
    assert done.stdout.endswith(" None\n"), "the worker draws itself"


@pytest.mark.parametrize("how", ["SIGKILL", "SIGSTOP"])
def test_a_worker_whose_template_is_gone_or_does_not_answer_says_that_it_draws_itself(run_worker, how):
    code = f"""
studio("pid")
studio._template.settimeout(0.5)
template, drawer = studio("parent"), studio("pid")
os.kill(template, signal.{how})
os.kill(drawer, signal.SIGKILL)
print(studio(1), studio(2))
"""
    done = run_worker(code)
    assert done.stdout == "None None\n", done.stderr
    assert done.stderr.count("From now on the worker draws them itself, and steps wait for them") == 1


def test_a_drawer_ends_without_a_word_when_it_is_sent_away(run_worker):
    code = """
pid = studio("pid")
studio._idle._pipe.send("pid")
studio._idle.dismiss()
studio._idle = None
while os.path.exists(f"/proc/{pid}"):
    time.sleep(0.01)
print(studio(1))
"""
    done = run_worker(code)
    assert (done.stdout, done.stderr) == ("1\n", "")


@pytest.mark.parametrize(("waits", "less"), [(0.0, 0), (1.0, NICE)])
def test_what_draws_is_loaded_at_once_for_a_picture_that_waits_and_beside_the_work_for_none(worker, waits, less):
    """What is loaded is a module that notes its own priority; nobody has asked for a picture when the template loads it by itself."""
    noted = """
drawers.LOADS_AFTER = 0.2
drawers._load = lambda: open("priority", "w").write(str(os.nice(0)))
studio = opened(lambda errand: os.nice(0), 1.0)
time.sleep({waits})
drawn_at = studio(1)
print(json.dumps([os.nice(0), int(open("priority").read()), drawn_at]))
"""
    own, loaded_at, drawn_at = worker(noted.format(waits=waits))
    assert (loaded_at, drawn_at) == (min(own + less, 19), min(own + NICE, 19))
