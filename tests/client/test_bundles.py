"""Bundles: what is kept, under which key, and what is said of what is not there."""

import json

import pytest
from requests.structures import CaseInsensitiveDict

from stepgrade import Answer, Client, ConfigurationError, InvalidArgument, NotInBundle, OfflineError, ServiceUnreachable, UnexpectedAnswer
from stepgrade.bundles import Bundle, build, verify
from stepgrade.bundles.bundle import Kept
from stepgrade.bundles.calls import Call

ADAM = {"name": "adam", "lr": 0.1}
STEP = {"kind": "step", "optimizer": ADAM, "params": [1, 2], "gradient": [0.5, -4]}
RUN = {"kind": "trajectory", "optimizer": "sgd", "start": [1.0], "gradients": [[1.0], [2.0]]}


def reference(**fields):
    return {name: value for name, value in fields.items() if name != "kind"}


class Told:
    """A service in a few lines: halves the gradient in each step, knows one mistake (the sign), and keeps what it was asked."""

    def __init__(self, engine="1.0.0"):
        self.engine, self.asked, self.factor, self.knows, self.refuses = engine, [], 0.5, True, "/candidates"

    def send(self, request):
        body = json.loads(request.body) if request.body else None
        self.asked.append(request.path)
        answer, status = self.answer(request.path, body)
        content = answer if isinstance(answer, bytes) else json.dumps({**answer, "engine": self.engine}).encode()
        return Answer(status, CaseInsensitiveDict({"Content-Type": "application/json", "Stepgrade-Engine": self.engine}), content)

    def close(self):
        """Nothing is open."""

    def answer(self, path, body):
        if path.startswith("/trajectory?"):
            return b"\x89PNG\r\n", 200
        if path == "/check":
            return self.candidates(body["reference"])
        if path == "/probe":
            return {"reference": [reference(**STEP)], "optimizer": body["optimizer"]}, 200
        if path == "/step" and body["optimizer"] == "adma":
            return {"title": "Invalid request", "detail": "no", "errors": [{"pointer": "/optimizer", "detail": "unknown"}]}, 422
        return self.numbers(body, -self.factor), 200

    def numbers(self, body, factor):
        points = [body.get("params", body.get("start"))]
        for gradient in body.get("gradients", [body.get("gradient")]):
            points.append([x + factor * g for x, g in zip(points[-1], gradient, strict=True)])
        common = {"optimizer": {"name": "sgd"}, "state": {"t": len(points) - 1, "m": points[-1]}, "status": "completed"}
        if "gradient" in body:
            update = [factor * g for g in body["gradient"]]
            return {**common, "params": points[1], "update": update, "measures": {}}
        return {**common, "points": points, "recorded": list(range(len(points))), "steps": 2, "values": None, "summary": {}}

    def candidates(self, asked):
        if not self.knows:
            return {"title": "Invalid request", "errors": [{"pointer": self.refuses, "detail": "no"}]}, 422
        wrong = self.numbers(asked, self.factor)
        numbers = {name: wrong[name] for name in ("params", "update", "state") if name in wrong}
        if "points" in wrong:
            numbers["points"] = wrong["points"][1:]
        shared = {"where": "the sign", "hints": ["one", "two", "three"]}
        uphill = {"code": "uphill", "title": "uphill", "kind": "mistake", "formula": {"wrong": "+", "right": "-"}, **shared}
        note = {"code": "float32", "title": "in float32", "kind": "precision", "formula": None, "numbers": None, "room": None, **shared}
        rows = numbers.get("points", [numbers.get("params")])
        room = {"points": [[1e-3 for _ in row] for row in rows], "state": {}}
        return {"candidates": [{**uphill, "numbers": numbers, "room": room}, note], "room": room}, 200


class Listing(Told):
    """A service with a catalogue."""

    def answer(self, path, body):
        return ({"optimizers": []}, 200) if path == "/optimizers" else super().answer(path, body)


@pytest.fixture
def told():
    """The service."""
    return Told()


@pytest.fixture
def online(told):
    """A client of it."""
    return Client(transport=told)


def offline(spec, client):
    return Client(bundle=build(spec, client))


def checked(client, submission, asked=STEP, **how):
    return client.request("POST", "/check", {"reference": reference(**asked), "submission": submission, **how}).json()


def test_a_bundle_answers_what_it_was_built_for(online, told):
    client = offline({"title": "Week 3", "calls": [STEP]}, online)
    told.asked.clear()
    assert client.step(ADAM, [1, 2], [0.5, -4]).params.tolist() == [0.75, 4.0]
    assert told.asked == []
    assert repr(client) == "Client(Bundle('Week 3', 1 answers, engine 1.0.0))"


@pytest.mark.parametrize(
    "body",
    [
        {"gradient": [0.5, -4], "params": [1.0, 2], "optimizer": {"lr": 0.1, "name": "adam"}},
        {"gradient": [0.5, -4.0], "params": [1, 2], "optimizer": {"lr": 0.1, "name": "Adam"}},
    ],
)
def test_requests_that_mean_the_same_have_one_key(body):
    assert Call("/step", "json", body).key("1") == Call("/step", "json", reference(**STEP)).key("1")


def test_zero_has_no_sign_and_a_bare_name_is_an_object():
    one, other = {"optimizer": "sign_gd", "params": -0.0}, {"optimizer": {"name": "SignGD"}, "params": 0}
    assert Call("/step", "json", one).key("1") == Call("/step", "json", other).key("1")


@pytest.mark.parametrize(
    ("path", "form", "body", "engine"),
    [
        ("/map", "json", {"seed": 1}, "1"),
        ("/step", "csv", {"seed": 1}, "1"),
        ("/step", "json", {"seed": True}, "1"),
        ("/step", "json", {"seed": 1}, "2"),
    ],
)
def test_the_key_is_of_path_form_body_and_engine(path, form, body, engine):
    assert Call(path, form, body).key(engine) != Call("/step", "json", {"seed": 1}).key("1")


def test_a_seed_too_long_for_a_float_is_itself():
    assert Call("/step", "json", {"seed": 2**53 + 1}).key("1") != Call("/step", "json", {"seed": 2**53}).key("1")


def test_the_same_spec_makes_the_same_bytes_and_a_file_reads_back(online, tmp_path):
    spec = {"title": "é", "calls": [STEP, RUN, {**RUN, "form": "png"}, {"kind": "check", "reference": reference(**RUN)}]}
    one, other = build(spec, online), build(spec, online)
    one.write(tmp_path / "answers.json")
    assert one.text() == other.text() == Bundle.read(tmp_path / "answers.json").text()
    json.loads(one.text(), parse_constant=pytest.fail)


def test_a_spec_may_be_a_file_with_paths(online, tmp_path):
    (tmp_path / "spec.json").write_text(json.dumps({"calls": [{"path": "step", "body": reference(**STEP)}]}))
    assert build(tmp_path / "spec.json", online).answers[0].call.path == "/step"


def test_what_is_asked_twice_is_kept_once(online):
    assert len(build({"calls": [STEP, {**STEP, "params": [1.0, 2.0]}]}, online).answers) == 1


def test_a_picture_is_kept_as_it_is(online):
    client = offline({"calls": [RUN, {**RUN, "form": "png"}]}, online)
    assert client.trajectory("sgd", start=[1.0], gradients=[[1.0], [2.0]]).picture() == b"\x89PNG\r\n"


def test_a_probe_is_kept_with_a_check_of_its_requests(online):
    client = offline({"calls": [{"kind": "probe", "optimizer": "sgd"}]}, online)
    asked = client.request("POST", "/probe", {"optimizer": "sgd"}).json()["reference"][0]
    assert checked(client, {"params": [0.75, 4.0]}, asked)["passed"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"kind": "prob", "optimizer": "sgd"}, "/calls/0/kind: unknown kind 'prob'; did you mean probe? Known kinds: step, trajectory, "),
        ({"kind": 7}, "/calls/0/kind: unknown kind 7. Known kinds: step, "),
        ({"optimizer": "sgd"}, "/calls/0/kind: a call needs a kind, or a path. Known kinds: step, "),
    ],
)
def test_a_kind_that_is_unknown_or_missing_is_said_with_the_nearest(online, call, said):
    with pytest.raises(InvalidArgument) as caught:
        build({"calls": [call]}, online)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("spec", [[STEP], None, 3])
def test_what_is_no_spec_is_refused_with_an_example(online, spec):
    with pytest.raises(InvalidArgument, match="A spec is a JSON object with a list of calls, such as"):
        build(spec, online)


def test_every_fault_of_a_spec_is_named_at_once(online):
    calls = [{"kind": "x"}, STEP, {"path": "/step", "bod": 1}, {**STEP, "form": "gif"}, 3, {"kind": "check"}]
    with pytest.raises(InvalidArgument) as caught:
        build({"calls": calls[:5], "titel": "x"}, online)
    starts = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert starts == ["/titel", "/calls/0/kind", "/calls/2/bod", "/calls/3/form", "/calls/4"]
    with pytest.raises(InvalidArgument, match=r"^/calls/0/reference: expected"):
        build({"calls": calls[5:]}, online)


def test_a_refused_call_names_its_place_in_the_spec(online):
    with pytest.raises(InvalidArgument, match=r"^/calls/1/optimizer: unknown$"):
        build({"calls": [STEP, {**STEP, "optimizer": "adma"}]}, online)
    with pytest.raises(InvalidArgument, match=r"^/calls/0/reference/optimizer: unknown$"):
        build({"calls": [{"kind": "check", "reference": reference(**{**STEP, "optimizer": "adma"})}]}, online)


@pytest.mark.parametrize("spec", [{}, {"calls": []}, {"calls": {}}])
def test_a_spec_without_calls_shows_one(online, spec):
    with pytest.raises(InvalidArgument, match=r'such as \{"title"'):
        build(spec, online)


def test_answers_of_two_engines_make_no_bundle(online, told, monkeypatch):
    versions = iter(["1.0.0", "1.1.0"])
    send = told.send

    def changing(request):
        told.engine = next(versions)
        return send(request)

    monkeypatch.setattr(told, "send", changing)
    with pytest.raises(ConfigurationError, match=r"1\.0\.0, 1\.1\.0"):
        build({"calls": [STEP, RUN]}, online)


def test_a_miss_names_the_request_the_nearest_one_and_what_to_do(online):
    client = offline({"title": "Week 3", "calls": [STEP]}, online)
    with pytest.raises(NotInBundle) as caught:
        client.step({"name": "adam", "lr": 0.2}, [1, 2], [0.5, -4], value=1)
    lines = str(caught.value).splitlines()
    assert lines[0] == "POST /step is not in the bundle 'Week 3' (1 answers, engine 1.0.0)"
    assert lines[1] == "  The nearest request in it: /optimizer/lr is 0.2 here and 0.1 there; /value is 1.0 here and missing there"
    assert "Add it to the calls of the spec" in lines[2]
    assert json.loads(lines[2].partition("again: ")[2])["body"]["value"] == 1.0
    assert isinstance(caught.value, ServiceUnreachable)
    assert isinstance(caught.value, LookupError)


def test_a_miss_of_another_kind_says_what_there_is(online):
    client = offline({"calls": [STEP, {**RUN, "form": "png"}]}, online)
    with pytest.raises(NotInBundle, match=r"It has only: POST /step, POST /trajectory\?theme=light as png"):
        client.optimizers()


def test_the_environment_names_a_bundle_and_an_address_comes_before_it(online, monkeypatch, tmp_path):
    path = tmp_path / "answers.json"
    build({"calls": [STEP]}, online).write(path)
    monkeypatch.setenv("STEPGRADE_BUNDLE", str(path))
    monkeypatch.setenv("STEPGRADE_OFFLINE", "1")
    assert Client().step(ADAM, [1, 2], [0.5, -4]).state["t"] == 1
    with pytest.raises(OfflineError, match="STEPGRADE_BUNDLE"):
        Client("http://127.0.0.1:9").health()
    with pytest.raises(ConfigurationError, match="Give base_url or bundle"):
        Client("http://127.0.0.1:9", bundle=path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "Cannot read the bundle"),
        ("{", "is not a complete bundle"),
        ("[]", "is not a bundle"),
        ('{"stepgrade_bundle": 9}', "has format 9"),
        ('{"stepgrade_bundle": 1}', "is not a complete bundle"),
    ],
)
def test_what_is_no_bundle_is_named(tmp_path, content, said):
    if content is not None:
        (tmp_path / "b.json").write_text(content)
    with pytest.raises(ConfigurationError, match=said):
        Client(bundle=tmp_path / "b.json")


def test_a_bundle_that_was_changed_is_not_believed(online, tmp_path):
    path = tmp_path / "answers.json"
    build({"calls": [STEP]}, online).write(path)
    path.write_text(path.read_text().replace("0.75", "0.76"))
    with pytest.raises(ConfigurationError, match="was changed after it was built"):
        Client(bundle=path)


def test_verify_finds_every_answer_the_same(online):
    found = verify(build({"title": "Week 3", "calls": [STEP, RUN, {"kind": "probe", "optimizer": "sgd"}]}, online), online)
    assert (found.passed, found.table()) == (True, "Week 3: 4 of 4 answers are the same.")


def test_verify_says_which_answers_changed_and_by_how_much():
    bundle = build({"calls": [STEP, {"kind": "optimizers"}]}, Client(transport=Listing()))
    changed = Listing()
    changed.factor, changed.engine = 0.5000000000000001, "1.0.1"
    found = verify(bundle, Client(transport=changed))
    assert [(each.call.path, each.pointer) for each in found.changes] == [("/step", "/update/0")]
    assert 0 < found.changes[0].largest < 1e-15
    assert not found.passed
    assert "engine 1.0.0. The service has engine 1.0.1" in found.table()
    assert "Only the last digits differ" in found.table()


def test_verify_tells_a_refusal_as_a_change(online, told, monkeypatch):
    bundle = build({"calls": [STEP]}, online)
    monkeypatch.setattr(told, "answer", lambda *_: ({"title": "gone", "detail": "no longer"}, 404))
    found = verify(bundle, online)
    assert (len(found.changes), found.changes[0].largest) == (1, None)


@pytest.fixture
def exam(online):
    """A client with the two references, and no network."""
    return offline({"calls": [{"kind": "check", "reference": [reference(**STEP), reference(**RUN)]}]}, online)


@pytest.mark.parametrize(
    ("submission", "asked"),
    [
        ({"params": [0.75, 4.0]}, STEP),
        ({"params": [0.7500000001, 4]}, STEP),
        ({"params": [0.75, 4.0], "update": [-0.25, 2.0], "state": {"t": 1, "m": [0.75, 4.0]}}, STEP),
        ({"points": [[1.0], [0.5], [-0.5]]}, RUN),
        ({"points": [[0.5], [-0.5]], "state": {"m": None}}, RUN),
        ({"params": [-0.5]}, RUN),
        ({"params": -0.5}, RUN),
    ],
)
def test_right_numbers_pass_without_the_service(exam, submission, asked):
    answer = checked(exam, submission, asked)
    assert (answer["passed"], answer["score"], answer["first_mismatch"], answer["findings"]) == (True, 1.0, None, [])


@pytest.mark.parametrize(
    ("submission", "asked", "mismatch", "score"),
    [
        ({"params": [0.75, 5.0]}, STEP, (1, "params", [1], 4.0, 5.0, 0.25), 0.0),
        ({"params": [0.75, None]}, STEP, (1, "params", [1], 4.0, None, None), 0.0),
        ({"params": [0.75]}, STEP, (1, "params", None, [2], [1], None), 0.0),
        ({"params": "no"}, STEP, (1, "params", None, [2], "no numbers", None), 0.0),
        ({"params": [0.75, 4.0], "update": [0.25, -2.0]}, STEP, (1, "update", [0], -0.25, 0.25, 2.0), 0.0),
        ({"params": [0.75, 4.0], "state": {"t": 0}}, STEP, (1, "state/t", [], 1.0, 0.0, 1.0), 0.0),
        ({"points": [[0.5], [0.0]]}, RUN, (2, "points", [0], -0.5, 0.0, 1.0), 0.5),
        ({"points": [[0.5], [-0.5], [1.0], [2.0]]}, RUN, (1, "points", None, [1], "You returned 4 points. There are 2 steps", None), 0.0),
        ({"points": []}, RUN, (1, "points", None, [1], "no numbers", None), 0.0),
    ],
)
def test_the_first_wrong_number_is_named_without_the_service(exam, submission, asked, mismatch, score):
    answer = checked(exam, submission, asked)
    names = ("step", "quantity", "index", "expected", "got", "relative_error")
    assert (answer["passed"], answer["score"]) == (False, score)
    assert tuple(answer["first_mismatch"][name] for name in names) == mismatch


def test_a_mistake_is_named_without_the_service(exam):
    verdict = exam.check(reference(**RUN), {"points": [[1.5], [2.5]]})
    assert [finding.code for finding in verdict.findings] == ["uphill"]
    assert (verdict.findings[0].hint, verdict.findings[0].formula) == ("one", None)
    assert exam.check(reference(**RUN), {"points": [[1.5], [2.5]]}, hints=3).findings[0].formula == {"wrong": "+", "right": "-"}
    assert exam.check(reference(**RUN), {"points": [[1.5], [2.5]]}, hints=0).findings[0].hint is None


def test_a_mistake_must_explain_every_case(exam):
    both = [reference(**STEP), reference(**RUN)]
    assert len(exam.check(both, [{"params": [1.25, 0.0]}, {"points": [[1.5], [2.5]]}]).findings) == 1
    assert exam.check(both, [{"params": [0.75, 4.0]}, {"points": [[1.5], [2.5]]}]).findings == ()


def test_numbers_of_float32_pass_with_a_note_unless_they_are_refused(exam):
    near = {"params": [0.75048828125, 4.0]}
    passed = checked(exam, near)
    assert (passed["passed"], [each["code"] for each in passed["findings"]]) == (True, ["float32"])
    assert not checked(exam, near, precision="float64")["passed"]
    assert not checked(exam, {"params": [0.7504, 4.0]})["passed"]
    uphill = {"params": [1.25048828125, 0.0]}
    assert [each["code"] for each in checked(exam, uphill)["findings"]] == ["uphill"]
    assert checked(exam, uphill, precision="float64")["findings"] == []


def test_side_effects_are_told_beside_the_numbers(exam):
    answer = checked(exam, {"params": [0.75, 4.0], "side_effects": ["grad_mutated"]})
    assert (answer["passed"], [each["code"] for each in answer["findings"]]) == (True, ["grad_mutated"])


@pytest.mark.parametrize(
    ("submission", "pointer"),
    [([], "/submission"), ({}, "/submission"), ({"params": [0.75, 4.0], "state": {"q": 1}}, "/submission/state/q")],
)
def test_what_is_the_grader_s_fault_is_no_verdict(exam, submission, pointer):
    with pytest.raises(InvalidArgument) as caught:
        checked(exam, submission)
    assert caught.value.pointer == pointer


def test_a_check_of_another_reference_is_a_miss(exam):
    with pytest.raises(NotInBundle, match=r"/reference/optimizer/lr is 0\.3 here and 0\.1 there"):
        checked(exam, {"params": [1, 1]}, {**STEP, "optimizer": {"name": "adam", "lr": 0.3}})


def test_a_service_that_tells_no_candidates_still_makes_a_bundle_that_tells_right_from_wrong(online, told):
    told.knows = False
    client = offline({"calls": [{"kind": "check", "reference": reference(**STEP)}]}, online)
    assert checked(client, {"params": [0.75, 4.0]})["passed"]
    assert checked(client, {"params": [1.25, 0.0]})["findings"] == []


def test_a_reference_that_costs_too_much_is_refused_and_not_kept_without_its_mistakes(online, told):
    told.knows, told.refuses = False, "/reference"
    with pytest.raises(InvalidArgument, match=r"^/calls/0/reference: no"):
        build({"calls": [{"kind": "check", "reference": reference(**STEP)}]}, online)


@pytest.fixture
def of_engine_1(tmp_path, comparison_body, step_body, trajectory_body, map_body):
    """A client of a bundle that engine 1 wrote: its comparisons know nothing of settling."""
    old = {"engine": "1.0.0"}
    for place in [place for places in comparison_body["ranking"].values() for place in places]:
        del place["settling_step"], place["tail_gap"], place["status"]
    for run in comparison_body["runs"]:
        del run["summary"]["settling_step"]
    map_body["measures"] = {"steps_to_target": map_body["measures"]["settling_step"]}
    map_body["counts"] = {"steps_to_target": {"ahead": {"gd": 1, "rmsprop": 4}, "ties": 0, "neither": 1}}
    kept = [
        Kept(Call("/step", "json", {"optimizer": "adam", "params": [1.0, 2.0], "gradient": [0.5, -4.0]}), step_body | old),
        Kept(Call("/trajectory", "json", {"optimizer": "adam", "objective": "quadratic"}), trajectory_body | old),
        Kept(Call("/compare", "json", {"objective": "quadratic", "optimizers": ["sgd", "rmsprop"]}), comparison_body | old),
        Kept(Call("/map", "json", {"objective": "quadratic", "optimizers": ["sgd", "rmsprop"], "grid": {}}), map_body | old),
    ]
    Bundle("Week 3", "1.0.0", tuple(kept)).write(tmp_path / "old.json")
    return Client(bundle=tmp_path / "old.json")


def test_a_bundle_of_engine_1_gives_its_steps_trajectories_and_maps(of_engine_1):
    assert of_engine_1.step("adam", [1.0, 2.0], [0.5, -4.0]).engine == "1.0.0"
    run = of_engine_1.trajectory("adam", "quadratic")
    assert (run.engine, "settling_step" in run.summary) == ("1.0.0", False)
    field = of_engine_1.map("quadratic", ["sgd", "rmsprop"], {})
    assert "steps_to_target  ties" in field.table()


def test_a_comparison_of_engine_1_is_refused_with_the_reason_and_what_to_do(of_engine_1):
    with pytest.raises(UnexpectedAnswer) as refused:
        of_engine_1.compare("quadratic", ["sgd", "rmsprop"])
    assert refused.value.message == (
        "The answer to POST /compare is from engine 1.0.0. Its form is different: this client reads the form of engine 2."
        " Is it from a bundle or a journal? Then make a new one. Is it from a service? Then update the service."
    )


def test_an_answer_of_a_later_engine_in_another_form_asks_for_a_new_client(canned):
    with pytest.raises(UnexpectedAnswer, match=r"from engine 3\.1\.0\. .* Update this client\. "):
        canned({"engine": "3.1.0"})[0].compare("quadratic", ["sgd", "rmsprop"])


def test_an_old_bundle_is_verified_by_its_version_too(told, online):
    bundle = build({"calls": [STEP]}, online)
    told.engine = "2.0.0"
    found = verify(bundle, online)
    assert (found.passed, found.same_engine, found.changes) == (False, False, ())
