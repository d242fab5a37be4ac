"""Verdicts: what is asked for them, what they say, and how they fail a test."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import stepgrade
from stepgrade import CheckResult, Client, InvalidArgument, InvalidRequest, ReferenceMismatch, ServiceUnreachable, UnexpectedAnswer
from stepgrade.grading import defaults

ADAM = {"name": "adam", "lr": 0.1}
STEP = {"optimizer": ADAM, "params": [1.0, 2.0], "gradient": [0.5, -4.0]}
RUN = {"optimizer": ADAM, "start": [1.0, 2.0], "gradients": [[0.5, -4.0], [0.4, -3.0]]}

MISMATCH = {"case": 0, "step": 2, "quantity": "points", "index": [1], "expected": 0.9, "got": None, "relative_error": None}
FINDING = {
    "code": "eps_inside_sqrt",
    "title": "eps stands inside the square root",
    "kind": "mistake",
    "fit": 0.25,
    "where": "denominator",
    "hint": "Look at what you <divide> by.",
    "formula": None,
    "probe": None,
}
FAILED = {
    "passed": False,
    "score": 0.5,
    "first_mismatch": MISMATCH,
    "findings": [FINDING],
    "optimizer": {"name": "adam", "lr": 0.1},
    "engine": "1.0",
}
PASSED = {**FAILED, "passed": True, "score": 1, "first_mismatch": None, "findings": []}


class FakeTensor:
    """What torch's tensors have, as far as a check looks; those that need a gradient cannot be converted as they are."""

    def __init__(self, array, ready=False):
        self.array, self.ready = array, ready

    def detach(self):
        return FakeTensor(self.array, ready=True)

    def cpu(self):
        return self

    def numpy(self):
        if not self.ready:
            raise RuntimeError("call detach() first")
        return self.array

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("call detach() first")


@pytest.fixture
def failed(canned):
    """A verdict that failed."""
    return canned(FAILED)[0].check(STEP, {"params": [0.8, 2.2]})


def test_a_check_asks_for_what_the_contract_says(canned):
    client, transport = canned(PASSED)
    verdict = client.check(STEP, {"params": np.array([0.9, 2.1], dtype=np.float32)}, rtol=1e-5, hints=2, precision="float64")
    assert verdict
    assert transport.last.path == "/check"
    assert transport.sent["submission"] == {"params": [float(np.float32(0.9)), float(np.float32(2.1))]}
    assert {name: transport.sent[name] for name in ("tolerance", "hints", "precision")} == {
        "tolerance": {"rtol": 1e-5, "atol": 1e-9},
        "hints": 2,
        "precision": "float64",
    }


def test_lists_are_one_request_and_one_verdict(canned):
    client, transport = canned(PASSED)
    assert isinstance(client.check([STEP, RUN], [{"params": [1, 2]}, {"points": [[1, 2]]}]), CheckResult)
    assert len(transport.sent["reference"]) == len(transport.sent["submission"]) == 2


def test_a_verdict_says_what_it_found(failed):
    assert (failed.passed, failed.score, bool(failed)) == (False, 0.5, False)
    first = failed.first_mismatch
    assert (first.step, first.quantity, first.index, first.got) == (2, "points", (1,), None)
    assert (failed.findings[0].code, failed.findings[0].kind, failed.findings[0].fit) == ("eps_inside_sqrt", "mistake", 0.25)
    assert repr(failed) == "CheckResult(failed, 'Mistake: eps stands inside the square root.')"


def test_its_marks_are_builtin_floats(failed, canned):
    assert type(failed.fraction) is type(failed.points(5)) is float
    assert (failed.fraction, failed.points(5)) == (0.5, 2.5)
    passed = canned(PASSED)[0].check(STEP, {"params": [0.9, 2.1]})
    assert (type(passed.fraction), passed.fraction, passed.points(5)) == (float, 1.0, 5.0)


def test_what_failed_never_has_all_the_marks(canned):
    assert canned({**FAILED, "score": 1.0})[0].check(STEP, {"params": [0.0, 0.0]}).fraction < 1


def test_its_message_begins_with_the_diagnosis(failed):
    first, *details = failed.message.splitlines()
    assert first == "Mistake: eps stands inside the square root."
    assert details == ["Step 2, points[1]: expected 0.9, got no finite number.", "Hint: Look at what you <divide> by."]


def test_the_first_line_is_short_whatever_the_service_says(canned):
    long = {**FINDING, "title": "a\x1b[31m long \n title " * 40}
    first = canned({**FAILED, "findings": [long]})[0].check(STEP, {"params": 1}).message.splitlines()[0]
    assert len(first) < 200
    assert "\x1b" not in first


def test_two_findings_are_both_named(canned):
    other = {**FINDING, "title": "eps is left out", "kind": "convention"}
    message = canned({**FAILED, "findings": [FINDING, other]})[0].check(STEP, {"params": 1}).message
    assert message.splitlines()[0] == "Mistake: eps stands inside the square root; or eps is left out."
    assert "These inputs cannot distinguish the two." in message


def test_a_formula_that_is_not_known_has_no_line(canned):
    finding = {**FINDING, "formula": {"wrong": "x - b", "right": ""}}
    lines = canned({**FAILED, "findings": [finding]})[0].check(STEP, {"params": [0.8, 2.2]}).message.splitlines()
    assert [line for line in lines if line.startswith(("Yours", "Right"))] == ["Yours: x - b"]


def test_without_hints_only_the_place_is_told(canned):
    message = canned({**FAILED, "findings": [{**FINDING, "hint": None}]})[0].check(STEP, {"params": 1}, hints=0).message
    assert message == "Step 2, points[1]: expected 0.9, got no finite number."


def test_what_is_not_known_is_not_guessed(canned):
    message = canned({**FAILED, "findings": []})[0].check(STEP, {"params": 1}).message
    assert message.splitlines()[1] == "Nothing in the catalogue of mistakes gives these numbers."


def test_a_wrong_shape_is_told_as_one(canned):
    mismatch = {**MISMATCH, "quantity": "params", "step": 1, "index": None, "expected": "shape [2]", "got": [2, 2]}
    message = canned({**FAILED, "first_mismatch": mismatch, "findings": []})[0].check(STEP, {"params": 1}).message
    assert message == "Step 1, params: expected shape [2], got shape [2, 2]."


def test_a_verdict_in_a_notebook_is_escaped(failed):
    assert "&lt;divide&gt;" in failed._repr_html_()
    assert "<divide>" not in failed._repr_html_()


def test_verdicts_and_mismatches_can_be_pickled(failed):
    with pytest.raises(ReferenceMismatch) as caught:
        failed.raise_if_failed()
    for again in (pickle.loads(pickle.dumps(caught.value)), copy.deepcopy(caught.value)):
        assert str(again) == failed.message
        assert again.verdict.findings == failed.findings
    assert isinstance(caught.value, AssertionError)


def test_what_is_no_verdict_is_no_answer_of_stepgrade(canned):
    with pytest.raises(UnexpectedAnswer):
        canned({**FAILED, "passed": "no"})[0].check(STEP, {"params": 1})


@pytest.mark.parametrize(
    ("returned", "sent"),
    [
        ([np.nan, np.inf], [None, None]),
        (np.array([[1, 2]]), [[1.0, 2.0]]),
        (np.float32(0.5), 0.5),
        ({"W": np.ones((1, 2)), "b": np.array(-np.inf)}, {"W": [[1.0, 1.0]], "b": None}),
        (FakeTensor(np.array([1.0, np.nan])), [1.0, None]),
        (np.array([1.0, None], dtype=object), [1.0, None]),
        (10**400, None),
        (True, 1.0),
        (object(), "not numbers"),
        (np.array(["a"]), "not numbers"),
        (np.array([1j]), "not numbers"),
        ({0: 1.0}, {"0": 1.0}),
        ("text", "text"),
    ],
)
def test_whatever_a_student_returned_can_be_sent(canned, returned, sent):
    client, transport = canned(FAILED)
    client.compare_step(ADAM, [1.0, 2.0], [0.5, -4.0], returned)
    assert transport.sent["submission"] == {"params": sent}


def test_a_list_that_contains_itself_can_be_sent(canned):
    client, transport = canned(FAILED)
    endless = []
    endless.append(endless)
    client.compare_step(ADAM, [1.0, 2.0], [0.5, -4.0], endless)
    assert "not numbers" in str(transport.sent["submission"])


def test_a_step_is_compared_with_its_reference(canned):
    client, transport = canned(PASSED)
    state = {"t": 1, "m": [0.0, 0.0]}
    assert client.compare_step(ADAM, [1.0, 2.0], [0.5, -4.0], [0.9, 2.1], {"m": np.zeros(2)}, state=state)
    assert transport.sent["reference"] == {**STEP, "state": state}
    assert transport.sent["submission"] == {"params": [0.9, 2.1], "state": {"m": [0.0, 0.0]}}


def test_a_run_is_compared_with_its_reference(canned):
    client, transport = canned(PASSED)
    assert client.compare_trajectory(ADAM, gradients=RUN["gradients"], start=[1.0, 2.0], got_points=np.ones((2, 2)))
    assert transport.sent["reference"] == RUN
    assert transport.sent["submission"] == {"points": [[1.0, 1.0], [1.0, 1.0]]}


def test_checks_raise_and_comparisons_do_not(canned):
    client, _ = canned(FAILED)
    assert not client.compare_step(**STEP, got_params=[0.0, 0.0])
    with pytest.raises(ReferenceMismatch, match=r"^Mistake: eps stands inside the square root\.\n"):
        client.check_step(**STEP, got_params=[0.0, 0.0])
    with pytest.raises(ReferenceMismatch):
        client.check_trajectory(**RUN, got_points=[[0.0, 0.0]])
    assert canned(PASSED)[0].check_step(**STEP, got_params=[0.9, 2.1]).passed


def refusal(pointer):
    return {"title": "Unprocessable", "status": 422, "detail": "1 fault", "errors": [{"pointer": pointer, "detail": "expected 2 points"}]}


def test_numbers_that_the_service_refuses_are_the_student_s_fault(canned):
    client, _ = canned(refusal("/submission/points"), 422)
    verdict = client.compare_trajectory(**RUN, got_points=[[1, 2]] * 9)
    assert verdict.message == "What your code returned cannot be read as numbers.\nexpected 2 points"
    assert verdict.fraction == 0.0


@pytest.mark.parametrize("pointer", ["/reference/optimizer", "/submission/state/velocitee", "/submission", "/hints"])
def test_a_grader_s_own_mistake_is_an_error(canned, pointer):
    with pytest.raises(InvalidRequest):
        canned(refusal(pointer), 422)[0].compare_step(**STEP, got_params=[1, 2])


def test_what_is_wrong_with_the_reference_is_found_before_anything_is_sent(canned):
    client, transport = canned(PASSED)
    with pytest.raises(InvalidArgument, match="/params/0"):
        client.compare_step(ADAM, [np.nan], [1.0], [1.0])
    assert transport.last is None


def test_functions_ask_the_client_of_the_environment(service, monkeypatch):
    monkeypatch.setenv("STEPGRADE_URL", service.url)
    service.plays({"body": FAILED})
    assert not stepgrade.compare_step(**STEP, got_params=[0.0, 0.0])
    with pytest.raises(ReferenceMismatch):
        stepgrade.check_trajectory(**RUN, got_points=[[0.0, 0.0]])
    assert [path for _, path, _, _ in service.seen] == ["/check", "/check"]


def test_the_client_of_the_environment_is_kept_until_that_changes(monkeypatch):
    monkeypatch.setenv("STEPGRADE_URL", "http://one.example")
    first = defaults.default_client()
    assert defaults.default_client() is first
    monkeypatch.setenv("STEPGRADE_URL", "http://two.example")
    assert repr(defaults.default_client()) == "Client(http://two.example)"


def test_functions_can_be_given_a_client(canned):
    client, _ = canned(PASSED)
    assert stepgrade.check_step(**STEP, got_params=[0.9, 2.1], client=client)


def test_a_service_that_is_away_is_no_verdict(monkeypatch):
    monkeypatch.setenv("STEPGRADE_OFFLINE", "1")
    with pytest.raises(ServiceUnreachable):
        Client().compare_step(**STEP, got_params=[0.9, 2.1])


def test_many_are_checked_in_their_order(canned):
    client, _ = canned(PASSED)
    counted = []
    verdicts = client.check_many([(STEP, {"params": [k, k]}) for k in range(9)], progress=lambda *now: counted.append(now))
    assert [verdict.request["submission"]["params"][0] for verdict in verdicts] == list(range(9))
    assert counted[-1] == (9, 9, 0)


def test_many_checks_without_an_answer_raise(canned):
    client, _ = canned(refusal("/reference"), 422)
    with pytest.raises(InvalidRequest):
        client.check_many([(STEP, {"params": [1, 2]})])


def test_probe_audit_and_mistakes_are_read(canned):
    probe = canned({"reference": [RUN], "gap": 0.005, "same": [["a", "b"]], "catalogue": 45, "optimizer": ADAM, "engine": "1"})[0].probe(
        ADAM
    )
    assert (probe.reference, probe.gap, probe.same, repr(probe)) == ((RUN,), 0.005, (("a", "b"),), "Probe(adam, 1 requests, 45 mistakes)")
    client, transport = canned({"catches": [FINDING], "lets_through": [], "probes": [RUN], "optimizer": ADAM, "engine": "1"})
    audit = client.audit(STEP, rtol=1e-4, compares=["params"])
    assert (audit.probes, repr(audit)) == ((RUN,), "Audit(adam, catches 1, misses 0)")
    assert transport.sent == {"reference": STEP, "tolerance": {"rtol": 1e-4, "atol": 1e-9}, "compares": ["params"]}
    assert canned({"mistakes": [FINDING], "engine": "1"})[0].mistakes() == {"eps_inside_sqrt": FINDING}


def test_checks_are_silent(canned, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client, _ = canned(FAILED)
        client.compare_step(ADAM, [1.0], [1.0], np.array([np.nan, 1e300], dtype=np.longdouble) * 1e300)
        client.check_many([(STEP, {"params": [1, 2]})] * 3)
    assert capfd.readouterr() == ("", "")
