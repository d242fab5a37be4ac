"""Students' code in its shapes, checked against the real service, and watched while it runs."""

# ruff: noqa: ARG002, ARG005 (students take what they are given, whether they need it or not)

import importlib
import sys
import threading
import time
import warnings
from contextlib import suppress
from functools import partial

import numpy as np
import pytest

from stepgrade import Client, ConfigurationError, InvalidArgument, NotFound, ServiceUnreachable
from stepgrade.bundles import build
from stepgrade.grading.students import driving, inputs, watching
from stepgrade.grading.students.styles import STYLES
from stepgrade.reports import graded

pytest.importorskip("stepgrade_service.web", reason="the service is not installed", exc_type=ImportError)

ADAM = {"name": "adam", "lr": 0.05}


@pytest.fixture(scope="module")
def client():
    """The service in this process."""
    return Client.local()


def over(m, v, eps, inside):
    return m / np.sqrt(v + eps) if inside else m / (np.sqrt(v) + eps)


def adam_cs231n(w, dw, config, inside=False):
    config["t"] += 1
    b1, b2, t = config["beta1"], config["beta2"], config["t"]
    config["m"] = b1 * config["m"] + (1 - b1) * dw
    config["v"] = b2 * config["v"] + (1 - b2) * dw**2
    step = over(config["m"] / (1 - b1**t), config["v"] / (1 - b2**t), config["epsilon"], inside)
    return w - config["learning_rate"] * step, config


def adam_dls(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8, inside=False):
    v_corrected, s_corrected = {}, {}
    for layer in range(1, len(parameters) // 2 + 1):
        for name in (f"W{layer}", f"b{layer}"):
            d = "d" + name
            v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
            s[d] = beta2 * s[d] + (1 - beta2) * grads[d] ** 2
            v_corrected[d], s_corrected[d] = v[d] / (1 - beta1**t), s[d] / (1 - beta2**t)
            parameters[name] = parameters[name] - learning_rate * over(v_corrected[d], s_corrected[d], epsilon, inside)
    return parameters, v, s, v_corrected, s_corrected


def adam_tuple(params, grad, m, v, t, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, inside=False):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return params - learning_rate * over(m / (1 - beta1**t), v / (1 - beta2**t), epsilon, inside), m, v


class Adam:
    def __init__(self, params, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, inside=False):
        self.params, self.lr, self.beta1, self.beta2, self.eps, self.inside = params, lr, beta1, beta2, eps, inside
        self.m, self.v, self.t = np.zeros_like(params), np.zeros_like(params), 0

    def step(self, grads):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grads
        self.v = self.beta2 * self.v + (1 - self.beta2) * grads**2
        m, v = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        self.params = self.params - self.lr * over(m, v, self.eps, self.inside)


def adam_loop(f, grad, x0, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8, num_iterations=100, inside=False):
    x, m, v = np.array(x0, dtype=float), np.zeros_like(x0), np.zeros_like(x0)
    for t in range(1, num_iterations + 1):
        x, m, v = adam_tuple(x, grad(x), m, v, t, learning_rate, beta1, beta2, epsilon, inside=inside)
    return x


IN_STYLE = {"cs231n": adam_cs231n, "dls": adam_dls, "tuple": adam_tuple, "object": Adam, "loop": adam_loop}


@pytest.mark.parametrize("style", STYLES)
def test_right_code_passes_in_every_style(client, style):
    verdict = client.check_function(IN_STYLE[style], ADAM, style)
    assert verdict.message == "Correct: the numbers are those of adam."
    assert verdict.fraction == 1.0


@pytest.mark.parametrize("style", STYLES)
def test_a_mistake_is_named_in_every_style(client, style):
    verdict = client.check_function(partial(IN_STYLE[style], inside=True), {**ADAM, "eps": 1e-3}, style)
    assert verdict.findings[0].code == "eps_inside_sqrt"
    assert verdict.message.startswith("Mistake: eps stands inside the square root.")


@pytest.mark.parametrize("style", STYLES)
def test_our_own_probe_stands_in_for_a_service_without_one(client, style, monkeypatch):
    real = client.ask

    def without_probe(path, fields, read):
        if path == "/probe":
            raise NotFound("no such path")
        return real(path, fields, read)

    monkeypatch.setattr(client, "ask", without_probe)
    assert client.check_function(IN_STYLE[style], ADAM, style)
    wrong = client.check_function(partial(IN_STYLE[style], inside=True), {**ADAM, "eps": 1e-3}, style)
    assert wrong.findings[0].code == "eps_inside_sqrt"


def gd_dls(parameters, grads, learning_rate):
    return {name: part - learning_rate * grads["d" + name] for name, part in parameters.items()}


def rmsprop(w, g, v, lr, decay_rate, eps):
    v = decay_rate * v + (1 - decay_rate) * g * g
    return w - lr * g / (np.sqrt(v) + eps), v


def rmsprop_of_anything(w, g, *state, **hyper):
    return rmsprop(w, g, *state, hyper["lr"], hyper["rho"], hyper["eps"])


def adagrad(w, g, cache, lr, eps):
    cache = cache + g * g
    return w - lr * g / (np.sqrt(cache) + eps), cache


@pytest.mark.parametrize(
    ("name", "style", "student"),
    [
        ("sgd", "tuple", lambda w, g, lr: w - lr * g),
        ("sgd", "dls", gd_dls),
        ("rmsprop", "tuple", rmsprop),
        ("rmsprop", "tuple", rmsprop_of_anything),
        ("adagrad", "tuple", adagrad),
    ],
)
def test_other_optimizers_are_driven_as_well(client, name, style, student):
    assert client.check_function(student, {"name": name, "lr": 0.1}, style).message == f"Correct: the numbers are those of {name}."


OPTIMIZERS = [
    *({"name": name} for name in ("sgd", "momentum", "nesterov", "adagrad", "adadelta", "adam", "adamw", "adamax", "nadam")),
    {"name": "adam", "amsgrad": True, "weight_decay": 0.01},
    {"name": "rmsprop", "centered": True, "momentum": 0.9},
    {"name": "adagrad", "convention": "keras"},
    {"name": "nadam", "convention": "keras"},
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: "-".join(map(str, optimizer.values())))
def test_the_service_itself_is_never_accused(client, optimizer, dtype):
    """Whatever is asked of it: a student who asks the service for every step is right, from a state and without one."""
    first = client.step({**optimizer, "lr": 0.05}, [1.0], [1.0])
    slots = [name for name in first.state if name != "t"]

    def step(w, g, t, state):
        return client.step(first.optimizer, w, g, state={"t": t, **dict(zip(slots, state, strict=True))})

    def in_a_tuple(w, g, *state, t):
        taken = step(w, g, t - 1, state)
        return dtype(taken.params), *(dtype(taken.state[name]) for name in slots)

    def in_a_config(w, dw, config):
        taken = step(w, dw, config["t"], [config[name] for name in slots])
        return dtype(taken.params), {
            **config,
            **{name: dtype(slot) for name, slot in taken.state.items() if name != "t"},
            "t": config["t"] + 1,
        }

    class AnObject:
        def __init__(self, params):
            self.params, self.state = dtype(params), None

        def step(self, grad):
            taken = client.step(first.optimizer, self.params, grad, state=self.state)
            self.params, self.state = dtype(taken.params), taken.state

    own_names = {name: name for name in slots}
    asked = {**optimizer, "lr": 0.05}
    assert client.check_function(in_a_tuple, asked, "tuple", random=4)
    assert client.check_function(in_a_config, asked, "cs231n", random=4, names=own_names)
    assert client.check_function(AnObject, asked, "object", random=4)


def test_the_velocity_of_courses_is_that_of_their_convention(client):
    def momentum(w, dw, config):
        config["velocity"] = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
        return w + config["velocity"], config

    optimizer = {"name": "momentum", "lr": 0.1}
    assert client.check_function(momentum, {**optimizer, "convention": "paper"})
    assert client.check_function(momentum, optimizer).findings[0].kind == "convention"


class Quiet:
    """Takes the gradient from the params, as torch's optimizers do, and changes them in place."""

    def __init__(self, params, lr):
        self.p, self.lr = params, lr

    def step(self):
        self.p.data -= self.lr * self.p.grad


class OfItself:
    """Takes the gradient from itself."""

    def __init__(self, w, learning_rate):
        self.w, self.learning_rate = w, learning_rate

    def step(self):
        self.w = self.w - self.learning_rate * self.grad


class Returning:
    """Is given everything and returns the params."""

    def __init__(self, params, **hyper):
        self.lr = hyper["lr"]

    def step(self, params, grads):
        return params - self.lr * grads


@pytest.mark.parametrize("student", [Quiet, OfItself])
def test_objects_may_find_the_gradient_where_they_like(client, student):
    assert client.check_function(student, {"name": "sgd", "lr": 0.1}, "object")


def test_an_object_that_holds_nothing_returns_the_params(client):
    one_step = [{"optimizer": {"name": "sgd", "lr": 0.1}, "params": [1.0, 2.0], "gradient": [0.5, -4.0]}]
    assert client.check_function(Returning, {"name": "sgd", "lr": 0.1}, "object", references=one_step, random=0)


def test_names_of_their_own_can_be_told(client):
    def theirs(w, g, cache, forget, speed, tiny):
        return rmsprop(w, g, cache, speed, forget, tiny)

    names = {"v": "cache", "rho": "forget", "lr": "speed", "eps": "tiny"}
    assert client.check_function(theirs, {"name": "rmsprop", "lr": 0.1}, "tuple", names=names)
    assert client.check_function(theirs, {"name": "rmsprop", "lr": 0.1}, "tuple", names={"lr": "speed"}), "one order of the others is right"


def sgd(w, dw, config):
    return w - config["learning_rate"] * dw, config


def test_what_a_function_mutates_is_told(client):
    def mutates(w, dw, config):
        dw *= config["learning_rate"]
        w -= dw
        return w, config

    verdict = client.check_function(mutates, {"name": "sgd", "lr": 0.1})
    assert {finding.code for finding in verdict.findings} == {"grad_mutated", "params_mutated_in_place"}


def test_aliased_state_is_told(client):
    def aliased(w, g, velocity, lr, momentum):
        velocity = g if not velocity.any() else momentum * velocity + g
        return w - lr * velocity, velocity

    verdict = client.check_function(aliased, {"name": "momentum", "lr": 0.1}, "tuple")
    assert [finding.code for finding in verdict.findings] == ["state_aliased"]


def test_state_of_whole_numbers_is_told(client):
    def whole(w, g, velocity, lr, momentum):
        velocity = momentum * velocity + g
        return w - lr * velocity, velocity.astype(int)

    verdict = client.check_function(whole, {"name": "momentum", "lr": 0.1}, "tuple")
    assert "int_state" in [finding.code for finding in verdict.findings]


def test_the_student_works_on_copies(client):
    reference = {"optimizer": {"name": "sgd", "lr": 0.1}, "params": np.array([1.0, 2.0]), "gradient": np.array([0.5, -4.0])}

    def destroys(w, dw, config):
        new = w - config["learning_rate"] * dw
        w[:], dw[:] = 0, 0
        config.clear()
        return new, config

    assert client.check_function(destroys, {"name": "sgd", "lr": 0.1}, references=[reference], random=0).passed
    assert (reference["params"].tolist(), reference["gradient"].tolist()) == ([1.0, 2.0], [0.5, -4.0])


def divides(w, dw, config):
    return w / undefined_name, config  # noqa: F821


def leaves(w, dw, config):
    sys.exit("bye")


def asks(w, dw, config):
    return input("?"), config


class Untold(Exception):
    def __str__(self):
        raise RuntimeError


def raises_oddly(w, dw, config):
    raise Untold


def takes_no_such_key(w, dw, config):
    return w["a"], config


def recurses(w, dw, config):
    return recurses(w, dw, config)


@pytest.mark.parametrize(
    ("student", "said"),
    [
        (divides, "NameError: name 'undefined_name' is not defined"),
        (leaves, "SystemExit: bye"),
        (asks, "EOFError"),
        (raises_oddly, "Untold (line"),
        (recurses, "RecursionError"),
        (takes_no_such_key, "IndexError"),
    ],
)
def test_an_exception_is_a_verdict_that_names_it_and_its_line(client, student, said):
    verdict = client.check_function(student, ADAM)
    first = verdict.message.splitlines()[0]
    assert first.startswith("Your code raised ")
    assert said in first
    assert "of test_students.py" in first
    assert len(first) < 200
    assert (verdict.passed, verdict.fraction) == (False, 0.0)
    assert "stepgrade" not in verdict.message.replace("tests/client", "")


@pytest.mark.parametrize(
    ("student", "style", "said"),
    [
        (lambda w, dw, config: w, "cs231n", "should return (w, config), a tuple of two; it returned an array of shape"),
        (lambda w, dw, config: None, "cs231n", "it returned None (is the return missing?)"),
        (lambda params, grad, m, v: (params, m), "tuple", "should return (params, m, v); it returned a tuple of 2"),
        (lambda params, grad, lr: params, "tuple", "takes no argument for the state 'm', 'v'"),
        (lambda parameters, grads, v, s: (1, v, s), "dls", "should return the dictionary of parameters first"),
        ("adam", "tuple", "no function to call"),
    ],
)
def test_another_shape_of_function_is_explained(client, student, style, said):
    assert said in client.check_function(student, ADAM, style).message.splitlines()[0]


@pytest.mark.parametrize(
    ("student", "style", "said"),
    [
        (lambda w, dw: w, "cs231n", "f(w = params, dw = gradient)"),
        (lambda params: params, "tuple", "There is nothing that takes a step: it is an object of type list."),
        (lambda params, grad, m, v, secret: params, "tuple", "secret = lr"),
        (lambda parameters, v, s: parameters, "dls", "f(w, dw, config)"),
        (lambda params: object(), "object", "There is no method step"),
        (lambda params, banana, mango: object(), "object", "f(w, dw, config)"),
        (lambda grad, banana: banana, "loop", "fit no way to call it"),
    ],
)
def test_what_cannot_be_called_is_for_the_teacher_who_reads_what_was_tried(client, student, style, said):
    with pytest.raises(ConfigurationError) as error:
        client.check_function(student, ADAM, style)
    assert said in str(error.value)
    assert "style=" in str(error.value)


def test_numbers_of_another_shape_are_told(client):
    reference = {"optimizer": ADAM, "params": [1.0, 2.0, 3.0], "gradient": [0.5, -4.0, 1.0]}
    verdict = client.check_function(lambda w, dw, config: (w[:, None] - dw, config), ADAM, references=[reference], random=0)
    assert verdict.findings[0].code == "broadcast_shape"
    for nonsense in ("text", None, {"a": 1}, [[1.0], [2.0, 3.0]]):
        assert not client.check_function(lambda w, dw, config, it=nonsense: (it, config), {"name": "sgd", "lr": 0.1})


class Hostile:
    """Raises whatever is asked of it."""

    def __array__(self, *_, **__):
        raise RuntimeError

    def __getattr__(self, name):
        raise ZeroDivisionError


NONSENSE = [
    True,
    b"x",
    [],
    {},
    [[1], [2, 3]],
    {1: 2},
    {1, 2},
    object(),
    Hostile(),
    np.zeros((3, 0)),
    np.zeros((2, 2)),
    10**400,
    1j,
    {"a": [{}]},
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda value: type(value).__name__)
def test_no_returned_value_stops_a_check(client, nonsense):
    students = {
        "cs231n": lambda w, dw, config: (w - dw, {**config, "m": nonsense, "t": nonsense}),
        "dls": lambda p, g, v, s, **_: (dict.fromkeys(p, nonsense), v, nonsense),
        "tuple": lambda p, g, m, v, **_: (nonsense, nonsense, v),
    }
    with suppress(ConfigurationError):  # what is made is no optimizer: the teacher is told
        assert not client.check_function(lambda params, **_: nonsense, ADAM, "object", random=1)
    verdicts = [client.check_function(student, ADAM, style, random=1) for style, student in students.items()]
    verdicts += [client.check_function(lambda *_: nonsense, ADAM, random=1), client.compare_step(ADAM, [1.0, 2.0], [1.0, 2.0], nonsense)]
    verdicts += [client.compare_trajectory(ADAM, start=[1.0, 2.0], gradients=[[1.0, 2.0]] * 3, got_points=nonsense)]
    assert not any(verdicts)
    assert all(verdict.message for verdict in verdicts)


def test_numbers_that_are_none_fail(client):
    verdict = client.check_function(lambda w, dw, config: (w * np.nan, config), {"name": "sgd", "lr": 0.1})
    assert "got no finite number" in verdict.message


def noisy(w, dw, config):
    print("x" * 30_000)
    print("to stderr", file=sys.stderr)
    warnings.warn("careful", stacklevel=1)
    np.log(np.array([-1.0]))
    return sgd(w, dw, config)


@pytest.mark.parametrize("limit", [None, 5.0])
def test_what_it_prints_and_warns_of_stays_inside(client, capfd, limit):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = client.check_function(noisy, {"name": "sgd", "lr": 0.1}, time_limit=limit)
    assert verdict.passed
    assert verdict.output.startswith("xxx")
    assert len(verdict.output) <= watching.LONGEST_OUTPUT
    assert capfd.readouterr() == ("", "")


def test_code_that_waits_or_has_no_processor_gets_as_long_again(client):
    def waits(w, dw, config):
        time.sleep(0.06)
        return sgd(w, dw, config)

    once = threading.Event()

    def waits_once(w, dw, config):
        if not once.is_set():
            once.set()
            time.sleep(1.1)
        return sgd(w, dw, config)

    assert client.check_function(waits_once, {"name": "sgd", "lr": 0.1}, time_limit=1.0).passed
    assert not client.check_function(waits, {"name": "sgd", "lr": 0.1}, time_limit=0.01).passed


def test_a_limit_counts_the_time_in_the_code_and_none_between(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(driving, "monotonic", lambda: clock[0])
    left = driving.TimeLeft(5.0)

    def job():
        clock[0] += 3.0

    for is_over in (False, True):
        clock[0] += 60.0  # a slow service
        assert not left.is_over
        left.watch(job, ())
        assert left.is_over == is_over


def test_code_that_never_ends_is_ended(client, capfd):
    def loops(w, dw, config):
        while True:
            print("still here")

    verdict = client.check_function(loops, ADAM, time_limit=0.1)
    assert verdict.message.startswith("Your code did not finish within 0.1 s")
    assert verdict.output.startswith("still here")
    assert not [thread for thread in threading.enumerate() if thread.name == "stepgrade-student"]
    assert capfd.readouterr() == ("", "")


def test_code_that_cannot_be_ended_is_left_behind(monkeypatch):
    monkeypatch.setattr(watching, "GRACE", 0.01)
    begun = time.monotonic()
    assert "did not finish" in watching.watch(lambda: time.sleep(0.5), 0.05).fault
    assert time.monotonic() - begun < 0.4


def test_a_keyboard_interrupt_of_the_student_s_own_is_a_fault():
    def interrupts():
        raise KeyboardInterrupt

    assert watching.watch(interrupts, 5.0).fault.startswith("Your code raised KeyboardInterrupt (line ")


def test_the_line_is_the_student_s_and_not_a_library_s(client):
    def inverts(w, dw, config):
        return np.linalg.inv(w), config

    first, *steps = client.check_function(inverts, ADAM).message.splitlines()
    assert first.startswith("Your code raised LinAlgError")
    assert "of test_students.py" in first
    assert all("of test_students.py" in step for step in steps)


@pytest.fixture
def handed_in(tmp_path, monkeypatch):
    """A student's module, in a file of its own."""
    text = "def adam(w, dw, config):\n    return w / undefined, config\n\n\ndef reads(w, dw, config):\n"
    (tmp_path / "handed_in.py").write_text(text + "    raise OSError('nothing in /grader/secret/answers.json')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "handed_in", raising=False)
    return importlib.import_module("handed_in")


def test_no_line_of_the_grader_reaches_the_student(client, handed_in):
    own = "Your code raised NameError: name 'undefined' is not defined (line 2 of handed_in.py: return w / undefined, config)"
    shown = [
        client.check_function(handed_in.adam, ADAM).message,
        client.check_function(lambda w, dw, config: handed_in.adam(w, dw, config), ADAM, time_limit=5).message,
        graded("adam", lambda: client.check_step(ADAM, [1.0], [1.0], handed_in.adam(1.0, 1.0, {})[0])).message,
    ]
    assert shown == [f"{own}\n  line 2 of handed_in.py, in adam: return w / undefined, config"] * 3
    missing = graded("adam", lambda: client.check_step(ADAM, [1.0], [1.0], handed_in.rmsprop(1.0, 1.0, {})))
    assert missing.message == "Your code raised AttributeError: module 'handed_in' has no attribute 'rmsprop'"
    called = client.check_function(lambda w, dw, config: handed_in.adam(w, dw), ADAM).message
    assert called == "Your code raised TypeError: adam() missing 1 required positional argument: 'config'"


def test_no_path_of_the_grader_s_machine_reaches_the_student(client, handed_in):
    first = client.check_function(handed_in.reads, ADAM).message.splitlines()[0]
    assert first.startswith("Your code raised OSError: nothing in answers.json (line 6 of handed_in.py")


def test_ctrl_c_is_the_grader_s():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watching.watch(interrupted)
    assert sys.stdin is not None


def test_a_service_that_is_away_is_no_verdict(monkeypatch):
    monkeypatch.setenv("STEPGRADE_OFFLINE", "1")
    with pytest.raises(ServiceUnreachable):
        Client().check_function(adam_cs231n, ADAM)


def test_what_the_grader_asks_wrongly_is_an_error(client):
    with pytest.raises(InvalidArgument, match="style must be one of cs231n, dls, tuple, object, loop"):
        client.check_function(sgd, ADAM, "torch")
    on_objective = [{"optimizer": ADAM, "objective": "quadratic"}]
    with pytest.raises(InvalidArgument, match="needs params and a gradient"):
        client.check_function(sgd, ADAM, references=on_objective)


def test_random_inputs_are_those_of_their_seed(client):
    ours = [inputs.at_random({"lr": 0.1}, {"m": np.zeros(1)}, 3, seed) for seed in (1, 1, 2)]
    assert ours[0] == ours[1] != ours[2]
    assert [("state" in request) for request in ours[0]] == [False, True, False]


def test_a_class_of_students_is_checked_in_one_call(client):
    rng, gradients = np.random.default_rng(0), np.random.default_rng(1).normal(size=(10, 2))
    reference = {"optimizer": ADAM, "start": [1.0, 2.0], "gradients": gradients}
    points = client.trajectory(**reference).points
    worse = client.trajectory({**ADAM, "bias_correction": False}, gradients=gradients, start=[1.0, 2.0]).points
    kinds = [points, worse, points, points + rng.normal(size=points.shape)]
    pairs = [(reference, {"points": kinds[k % (4 if k % 20 == 3 else 3)]}) for k in range(100)]
    begun = time.monotonic()
    verdicts = client.check_many(pairs)
    assert time.monotonic() - begun < 10
    assert [verdict.passed for verdict in verdicts] == [pair[1]["points"] is points for pair in pairs]
    assert {bool(verdict.findings) for verdict in verdicts if not verdict.passed} == {True, False}


def test_our_own_errors_are_not_the_student_s(client, monkeypatch):
    monkeypatch.setattr("stepgrade.grading.students.driving.like", None)
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        client.check_function(adam_cs231n, ADAM)


@pytest.mark.parametrize("style", ["cs231n", "dls", "tuple"])
def test_a_bundle_with_the_probe_is_enough(client, style):
    bundle = build({"calls": [{"kind": "probe", "optimizer": ADAM}]}, client)
    offline = Client(bundle=bundle)
    assert offline.check_function(IN_STYLE[style], ADAM, style)
    wrong = offline.check_function(partial(IN_STYLE[style], inside=True), ADAM, style)
    assert wrong.first_mismatch.index == (("W1", 1, 1) if style == "dls" else (4,))


def test_a_wrong_shape_is_a_verdict_from_a_bundle_too(client):
    offline = Client(bundle=build({"calls": [{"kind": "probe", "optimizer": ADAM}]}, client))
    verdict = offline.check_function(lambda w, dw, config: (w[:, None] - dw, config), ADAM)
    assert verdict.message.startswith("Your code returned an array of shape (10, 10) in place of params of shape (10,)")


def test_a_bundle_with_the_references_is_enough_for_an_object(client):
    run = {"optimizer": ADAM, "start": [1.0, 2.0], "gradients": [[1e-8, -4.0], [1e-8, 2.0]]}
    offline = Client(bundle=build({"calls": [{"kind": "check", "reference": run}]}, client))
    assert offline.check_function(Adam, ADAM, "object", references=[run])
    assert not offline.check_function(partial(Adam, inside=True), ADAM, "object", references=[run])


@pytest.mark.parametrize("named", [{}, {"optimizer": "sgd"}], ids=["left out", "a name"])
def test_a_reference_may_name_its_optimizer_alone(client, named):
    reference = {"params": [1.0], "gradient": [1.0], **named}
    assert client.check_function(lambda w, dw, config: (w - config["learning_rate"] * dw, config), "sgd", references=[reference]).passed
