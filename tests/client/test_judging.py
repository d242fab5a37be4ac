"""The judge by itself: tolerance, pairing of points, first mismatch, score and fit."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepgrade.judging import (
    EXPLAINED,
    Misshapen,
    Numbers,
    Quantity,
    Room,
    Submission,
    Tolerance,
    agree,
    as_flat,
    decimals_of,
    explain,
    first_mismatch,
    fitted,
    judge,
    nearest,
    paired,
    rounded_to,
    together,
)


@dataclass(frozen=True)
class Laid:
    """A layout."""

    names: tuple[str, ...] | None
    shapes: tuple[tuple[int, ...], ...]


PAIR = Laid(None, ((2,),))
NAMED = Laid(("W", "b"), ((1, 2), ()))
START = np.array([0.0, 0.5])
RIGHT = Numbers({1: np.array([1.0, 2.0]), 2: np.array([3.0, 4.0])}, None, {"m": np.array([0.1, 0.2])}, 2)
PLAIN = Tolerance()


def submission(points, *, update=None, state=None, t=None, is_end_alone=False):
    return Submission(points, update, state or {}, t, (), is_end_alone)


def judged(points, tolerance=PLAIN, room=Room, **more):
    return judge(0, submission(points, **more), RIGHT, PAIR, tolerance, room)


def test_a_number_may_be_off_by_atol_and_rtol_times_what_is_expected():
    expected = np.array([0.0, 100.0, -100.0])
    allowed = Tolerance(rtol=1e-3, atol=0.5).around(expected)
    assert allowed.tolist() == [0.5, 0.6, 0.6]
    assert agree(expected + allowed * 0.99, expected, allowed).all()
    assert not agree(expected + allowed * 1.01, expected, allowed).any()


def test_what_is_no_number_agrees_with_what_is_none_and_with_nothing_else():
    odd = np.array([np.nan, np.inf, -np.inf, 1.0])
    allowed = np.ones((4, 4))
    assert agree(odd[:, None], odd[None, :], allowed).tolist() == [[True] * 3 + [False]] * 3 + [[False] * 3 + [True]]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_that_float32_holds_are_float32s_unless_all_are_whole(numbers):
    asked = submission({1: np.array(numbers)})
    assert asked.is_float32 == any(number % 1 != 0 for number in numbers)
    assert not submission({1: np.append(numbers, 0.1)}).is_float32


@pytest.mark.parametrize(
    ("rows", "steps"),
    [
        ([[1, 2], [3, 4]], [1, 2]),
        ([[9, 9], [1, 2], [3, 4]], [1, 2]),
        ([[0, 0.5], [1, 2]], [1, 2]),
        ([[1, 2]], [1]),
        ([[0, 0.5]], []),
        ([], []),
        (3.0, [1]),
        ([[1, 2]] * 4, [1, 2]),
    ],
)
def test_points_are_paired_with_steps_with_the_start_or_without(rows, steps):
    found = paired(rows, PAIR, [1, 2, 3] if rows == [[0, 0.5], [1, 2]] else [1, 2], START)
    assert list(found) == ([1] if rows == [[0, 0.5], [1, 2]] else steps)


def test_of_too_many_points_none_is_right():
    found = paired([[1, 2]] * 4, PAIR, [1, 2], START)
    assert found[1] is found[2]
    assert found[1].shape == "You returned 4 points. There are 2 steps"


def test_named_points_may_be_a_list_of_objects_or_an_object_of_lists():
    rows = [{"W": [[1, 2]], "b": 3}, {"b": 6, "W": [[4, 5]]}]
    columns = {"W": [[[1, 2]], [[4, 5]]], "b": [3, 6]}
    for points in (rows, columns):
        assert {step: point.tolist() for step, point in paired(points, NAMED, [1, 2], None).items()} == {1: [1, 2, 3], 2: [4, 5, 6]}


@pytest.mark.parametrize(
    ("value", "layout", "shape"),
    [
        ([1.0], PAIR, (1,)),
        ("no", PAIR, "not numbers"),
        ({"w": [1, 2]}, PAIR, "named tensors"),
        ([[1], [1, 2]], PAIR, "not numbers"),
        (10**400, PAIR, "not numbers"),
        (3.0, NAMED, "no named tensors"),
        ({"W": [[1, 2]]}, NAMED, "other names"),
        ({"W": [1, 2], "b": 3}, NAMED, (2,)),
    ],
)
def test_numbers_in_another_shape_are_told_and_raise_nothing(value, layout, shape):
    found = as_flat(value, layout)
    assert isinstance(found, Misshapen)
    assert found.shape == shape


def test_null_is_no_number_and_one_number_may_stand_for_a_list_of_one():
    assert np.isnan(as_flat([None, 1.0], PAIR)[0])
    assert as_flat(3.0, Laid(None, ((1,),))).tolist() == [3.0]


def test_the_first_mismatch_is_looked_for_in_one_order():
    right = {1: RIGHT.points[1], 2: RIGHT.points[2]}
    late, slots = {**right, 2: right[2] + 1}, {"m": np.array([0.1, 9.0])}
    found = [
        first_mismatch(0, given, RIGHT, PAIR, PLAIN)
        for given in (
            submission({**right, 1: np.array([1.0, 9.0])}, state=slots, t=9),
            submission({1: right[1]}, state=slots, t=9),
            submission(late, state=slots, t=9),
            submission(right, state=slots, t=9),
            submission(right, t=9),
            submission(right, t=2.0),
        )
    ]
    places = [None if each is None else (each.step, each.quantity, each.index) for each in found]
    assert places == [(1, "points", (1,)), (2, "points", None), (2, "points", (0,)), (2, "state/m", (1,)), (2, "state/t", ()), None]
    assert (found[0].expected, found[0].got, found[0].relative_error) == (2.0, 9.0, 3.5)


def test_a_place_in_named_tensors_has_its_name():
    right = Numbers({1: np.array([1.0, 2.0, 3.0])}, np.zeros(3), {}, 1)
    found = first_mismatch(0, submission({1: np.array([1.0, 9.0, 3.0])}), right, NAMED, PLAIN)
    assert (found.quantity, found.index) == ("params", ("W", 0, 1))
    found = first_mismatch(0, submission({1: np.array([1.0, 2.0, 3.0])}, update=np.array([0.0, 0.0, 1.0])), right, NAMED, PLAIN)
    assert (found.quantity, found.index) == ("update", ("b",))


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=2), st.booleans())
def test_the_score_is_the_share_of_steps_before_the_first_mismatch(off, is_end_alone):
    points = {step: RIGHT.points[step] + wrong for step, wrong in zip((1, 2), off, strict=True) if step == 2 or not is_end_alone}
    outcome = judged(points, is_end_alone=is_end_alone)
    if is_end_alone:
        assert outcome.score == 1.0 - off[1]
    else:
        assert outcome.score == (0.0 if off[0] else 0.5 if off[1] else 1.0)
    assert (outcome.score == 1.0) == (outcome.mismatch is None)


def test_a_score_of_one_is_only_for_what_passed():
    passed = judged(dict(RIGHT.points))
    only_the_count = judged(dict(RIGHT.points), t=7)
    assert (together([passed]).passed, together([passed]).score) == (True, 1.0)
    mixed = together([passed] * 10 + [only_the_count])
    assert not mixed.passed
    assert mixed.score < 1.0
    assert mixed.first_mismatch is only_the_count.mismatch


@pytest.mark.parametrize(("precision", "passed"), [("float32", True), ("float64", False)])
def test_float32s_room_is_for_float32s_numbers_and_only_where_that_is_let_pass(precision, passed):
    near = {1: np.array([1.0, 2.0]), 2: np.array([3.0009765625, 4.0])}
    outcome = judged(near, Tolerance(precision=precision), lambda: Room({1: 0.01, 2: 0.01}))
    assert (outcome.mismatch is None, outcome.needed_float32) == (passed, True)
    far = judged({**near, 2: near[2] + 1e-9}, Tolerance(precision=precision), lambda: pytest.fail("float64's numbers need no room"))
    assert not far.needed_float32


def test_a_formula_is_given_up_at_the_first_quantity_that_it_does_not_reproduce():
    def quantities():
        yield Quantity(np.ones(2), np.ones(2), np.zeros(2))
        yield Quantity(np.ones(2), np.zeros(2), np.zeros(2))
        pytest.fail("asked for more")

    assert fitted(quantities(), PLAIN) is None


def test_a_fit_must_explain_most_of_what_is_off_in_all_cases_together():
    loose = Tolerance(rtol=0.0, atol=1.0)
    good = fitted([Quantity(np.array([5.01]), np.array([5.0]), np.array([0.0]))], loose)
    poor = fitted([Quantity(np.array([1.5]), np.array([1.0]), np.array([0.0]))], loose)
    assert good.share == good.error == pytest.approx(0.01)
    assert good.deviation == 5.0
    assert explain([good], EXPLAINED) == good
    assert explain([poor], EXPLAINED) is None
    assert explain([good, None], EXPLAINED) is None
    assert explain([good, poor], EXPLAINED).error == 0.5


def test_what_is_much_further_off_than_the_nearest_is_not_told():
    found = [("a", 1e-3), ("b", 1e-5), ("c", 7e-5), ("b", 2e-5), ("d", 9e-5)]
    assert nearest(found, lambda each: each[1], lambda each: each[0]) == [("b", 1e-5), ("c", 7e-5)]
    many = [(str(number), 0.0) for number in range(20)]
    assert nearest(many, lambda each: each[1], lambda each: each[0]) == many[:8]


def test_right_numbers_are_rounded_only_where_chance_does_not_look_like_it():
    right = np.array([1.23456789, -2.3456789])
    assert rounded_to([(right, np.round(right, 4))], moved=1.0) == 4
    assert rounded_to([(right, right)], moved=1.0) == 8
    assert rounded_to([(right, np.round(right, 1))], moved=1.0) is None
    assert rounded_to([(right, np.round(right, 4) + 1e-4)], moved=1.0) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("got", [1e299, 1e308, np.inf, np.nan])
def test_numbers_that_overflow_in_rounding_are_not_rounded_and_no_warning(got):
    assert rounded_to([(np.array([1.0, 1.0]), np.array([1.0, got]))], moved=1.0) is None


@pytest.mark.parametrize("decimals", range(1, 13))
@pytest.mark.parametrize("count", [3, 2000])
def test_decimals_are_the_fewest_to_which_rounding_changes_nothing(decimals, count):
    numbers = np.round(np.random.default_rng(decimals).uniform(-5, 5, count), decimals)
    unchanged = [each for each in range(1, 13) if np.array_equal(np.round(numbers, each), numbers)]
    assert decimals_of([(numbers, numbers)], moved=1e3) == unchanged[0] == decimals
