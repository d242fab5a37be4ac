"""The frameworks' own tests of their optimizers, as the numbers that they run: none fails here, and each refusal has a reason."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "published"
sys.path.insert(0, str(HERE))
import outcomes  # noqa: E402 (beside this file)

TOLD = json.loads((HERE / "outcomes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("framework", outcomes.FRAMEWORKS)
def test_the_framework_s_own_tests_pass_here_or_are_refused_for_the_reasons_that_are_told(framework):
    found = list(outcomes.outcomes(framework))
    assert [each for each in found if each.result == "failed"] == []
    assert sum(each.result == "passed" for each in found) == TOLD[framework]["passed"]
    refused = [each.why for each in found if each.result == "refused"]
    assert {why: refused.count(why) for why in refused} == TOLD[framework]["refused"]
    assert all(refused)


def test_what_is_refused_by_name_is_among_the_tests():
    tests = [case["test"] for cases in outcomes.CASES.values() for case in cases]
    assert all(any(part in test for test in tests) for part in outcomes.REFUSED)


def test_a_number_that_is_not_theirs_fails():
    case = json.loads(json.dumps(next(case for case in outcomes.CASES["torch"] if case["test"].startswith("SGD[") and "error" not in case)))
    case["points"][-1]["W"][0][0] += 1e-9
    assert [each.result for each in outcomes.torch(case)] == ["failed"]
