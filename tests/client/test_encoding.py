"""Numbers go out and come back exactly, and what is not a number is named before anything is sent."""

import json

import numpy as np
import pytest

from stepgrade import InvalidArgument
from stepgrade.encoding import body, plain, stacked, tensor, thawed
from stepgrade.grading.submitted import submitted

HARD = [0.1, 1 / 3, -0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e22, 123456789.12345678, 2.0**53 + 2]
DTYPES = ["f2", "f4", "f8", "g", ">f8", "<f4", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4"]


def bits(numbers):
    return np.asarray(numbers, dtype=np.float64).view(np.uint64).tolist()


@pytest.mark.parametrize("form", [list, tuple, np.array, lambda x: np.array(x)[:, None].T[0], lambda x: np.array(x, dtype=object)])
def test_float64_comes_back_bit_for_bit(form):
    sent = json.dumps(body(params=form(HARD)), allow_nan=False)
    assert bits(tensor(json.loads(sent)["params"])) == bits(HARD)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_numeric_dtype_goes_out_as_its_float64(dtype):
    array = np.array([[0, 1, 2], [3, 100, 127]], dtype=dtype) / np.array(1, dtype=dtype)
    array = array.astype(dtype)
    assert body(params=array)["params"] == array.astype(np.float64).tolist()


@pytest.mark.parametrize("one", [3, 3.0, np.float32(3), np.int64(3), np.array(3.0), np.array(3, dtype="u1")])
def test_a_number_goes_out_as_a_number_whatever_holds_it(one):
    assert json.dumps(body(params=one)) == '{"params": 3.0}'


def test_equal_numbers_make_equal_bodies():
    forms = ([1, 2], (1.0, 2.0), np.array([1, 2]), np.array([1, 2], dtype="f4"), [np.float64(1), np.array(2)])
    assert len({json.dumps(body(params=form)) for form in forms}) == 1


def test_named_tensors_keep_their_names_and_shapes():
    params = {"W1": np.eye(2), "b1": [0, 1], "scale": np.float32(0.5)}
    assert body(params=params)["params"] == {"W1": [[1.0, 0.0], [0.0, 1.0]], "b1": [0.0, 1.0], "scale": 0.5}


def test_gradients_may_be_a_list_of_arrays():
    assert body(gradients=[np.zeros(2), [1, 2]])["gradients"] == [[0.0, 0.0], [1.0, 2.0]]


# Series of pandas, and masked arrays.


def test_a_series_with_names_is_named_tensors():
    pandas = pytest.importorskip("pandas")
    assert body(params=pandas.Series({"W": 1, "b": 2.5}))["params"] == {"W": 1.0, "b": 2.5}
    tensors = pandas.Series({"W": np.eye(2), "b": [1, 2]})
    assert body(gradient=tensors)["gradient"] == {"W": [[1.0, 0.0], [0.0, 1.0]], "b": [1.0, 2.0]}
    assert body(optimizer=pandas.Series({"name": "adam", "lr": 0.1}, dtype=object))["optimizer"] == {"name": "adam", "lr": 0.1}
    assert body(gradients=[pandas.Series({"w": 1.0})])["gradients"] == [{"w": 1.0}]


def test_a_series_whose_labels_only_count_is_an_array():
    pandas = pytest.importorskip("pandas")
    numbers = pandas.Series([1, 2, 3])
    dated = pandas.Series([1.0, 2.0], index=pandas.date_range("2026-01-01", periods=2))
    assert body(params=numbers)["params"] == [1.0, 2.0, 3.0]
    assert body(params=numbers[numbers != 2])["params"] == [1.0, 3.0]
    assert body(params=dated)["params"] == [1.0, 2.0]
    assert body(decompose=pandas.Series(["gd", "adam"]))["decompose"] == ["gd", "adam"]


@pytest.mark.parametrize("labels", [["a", "a"], ["a", 1], ["a", None]])
def test_a_series_that_is_named_in_part_or_twice_is_refused(labels):
    pandas = pytest.importorskip("pandas")
    series = pandas.Series([1.0, 2.0], index=pandas.Index(labels, dtype=object))
    with pytest.raises(InvalidArgument, match=r"^/params must have .* Use to_numpy\(\) to send only numbers"):
        body(params=series)


def test_a_number_of_a_series_is_named_by_its_label():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(InvalidArgument, match=r"^/params/b must be a finite number, not nan"):
        body(params=pandas.Series({"a": 1.0, "b": float("nan")}))


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        (np.ma.array([[1.0, 2.0], [3.0, 4.0]], mask=[[False, False], [True, False]]), "/params/1/0"),
        (np.ma.array([1, 2], mask=True), "/params/0"),
        (np.ma.array(1.0, mask=True), "/params"),
        ([1.0, np.ma.masked], "/params/1"),
        ({"W": np.ma.masked_invalid([1.0, np.nan])}, "/params/W/1"),
    ],
)
def test_a_masked_entry_is_refused_where_it_is(params, pointer):
    with pytest.raises(InvalidArgument, match=rf"^{pointer} must be a number, not a masked entry\. Fill the array first"):
        body(params=params)


def test_a_masked_array_without_masked_entries_is_an_array():
    assert body(params=np.ma.array([1, 2]))["params"] == [1.0, 2.0]
    assert body(params=np.ma.array([1, 2], mask=[False, False]))["params"] == [1.0, 2.0]


def test_in_a_submission_a_series_is_named_and_a_masked_entry_is_no_number():
    pandas = pytest.importorskip("pandas")
    assert submitted(pandas.Series({"W": 1.0, "b": float("nan")})) == {"W": 1.0, "b": None}
    assert submitted({"params": pandas.Series([1.0, 2.0])}) == {"params": [1.0, 2.0]}
    assert submitted(pandas.Series([1.0, 2.0], index=["a", "a"])) == [1.0, 2.0]
    assert submitted(np.ma.array([1, 2], mask=[True, False])) == [None, 2.0]


def test_what_is_left_out_is_not_sent():
    assert body(optimizer="adam", steps=None, params=[1.0]) == {"optimizer": "adam", "params": [1.0]}


def test_hyperparameters_may_be_numpy_too_and_counts_stay_whole():
    assert body(optimizer={"name": "adam", "lr": np.float32(0.5), "amsgrad": np.True_}, steps=np.int32(7)) == {
        "optimizer": {"name": "adam", "lr": 0.5, "amsgrad": True},
        "steps": 7,
    }


def test_a_start_is_a_name_or_numbers():
    assert body(start="A") == {"start": "A"}
    assert body(start=np.array([1, 2])) == {"start": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        (float("nan"), "/params"),
        ([1.0, float("inf")], "/params/1"),
        (np.array([[1, 2], [3, np.nan]]), "/params/1/1"),
        ({"W1": [[0.0], [-np.inf]]}, "/params/W1/1/0"),
        ({"a/b~c": [np.float32("nan")]}, "/params/a~1b~0c/0"),
        (10**400, "/params"),
        (np.array([np.longdouble("1e4000")]), "/params/0"),
        ([1.0, "2"], "/params/1"),
        ([True, 1.0], "/params/0"),
        (np.array([True]), "/params"),
        ([None], "/params/0"),
        (np.array([1j]), "/params"),
        (np.array(["1"]), "/params"),
        (np.array([1.0, None]), "/params/1"),
        ({1.0}, "/params"),
        ({"W": {3: 1.0}}, "/params/W"),
        ("A", "/params"),
    ],
)
def test_what_is_not_a_finite_number_is_named_by_its_place(params, pointer):
    with pytest.raises(InvalidArgument, match=rf"^{pointer} ") as caught:
        body(params=params)
    assert caught.value.pointer == pointer
    assert isinstance(caught.value, ValueError)


def test_nan_is_found_in_every_other_field_too():
    with pytest.raises(InvalidArgument, match=r"^/optimizer/lr must be a finite number, not nan"):
        body(optimizer={"name": "adam", "lr": float("nan")})


def test_what_json_cannot_say_is_named():
    with pytest.raises(InvalidArgument, match=r"^/noise/seed must be numbers, text, or lists, .* not .*object"):
        plain({"seed": object()}, ("noise",))


def test_encoding_warns_of_nothing(recwarn):
    body(params=np.array([1e300], dtype="g"), state={"m": np.array([1], dtype="f2")})
    with pytest.raises(InvalidArgument):
        body(params=np.array(["1e4000"], dtype="g"))
    assert recwarn.list == []


def test_a_null_row_is_nan_of_the_rows_shape():
    rows = stacked([None, [[1.0, 2.0]], [[3.0, None]]])
    assert rows.shape == (3, 1, 2)
    assert np.isnan(rows[0]).all()
    assert np.isnan(rows[2, 0, 1])


def test_rows_of_named_tensors_become_a_dict_of_arrays():
    rows = stacked([None, {"w": [1.0, 2.0], "b": 3.0}, {"w": [4.0, 5.0], "b": 6.0}])
    assert {name: array.shape for name, array in rows.items()} == {"w": (3, 2), "b": (3,)}
    assert rows["b"].tolist()[1:] == [3.0, 6.0]


def test_rows_of_numbers_become_a_vector():
    assert stacked([1.0, 2.0]).tolist() == [1.0, 2.0]


def test_a_state_goes_back_bit_for_bit():
    state = {"t": 3, "m": HARD, "v": {"w": [[0.1]], "b": 0.2}, "best": None, "history": [[1.0], [1.0, 2.0]], "empty": []}
    assert json.dumps(body(state=thawed(state))["state"]) == json.dumps(state)
