"""What the service refuses is asked once: the page says what to do, and waits for the reader."""

import pytest

METHOD = "m=gd;lr=0.05&n=50"
UNDEFINED = "The formula or its slope is not defined at the start ({}). Choose another one: click in the plot."
NEEDS_A_START = "This formula needs a start: click in the plot."

#: Questions about a view: what the objective is, its lines, its runs, and these once more where a part of the address is left out.
MOST = 8

#: Addresses that ask for what the service refuses, and where and what is told of it.
REFUSED = [
    (f"v=1&o=;f=x**2%2By**2&{METHOD}", "start-fault", NEEDS_A_START),
    (f"v=1&o=;f=x**2%2By**2&s=default&{METHOD}", "start-fault", NEEDS_A_START),
    (f"v=1&o=;f=x**2%2By**2&s=Q&{METHOD}", "notices", "The address asks for the start Q."),
    (f"v=1&o=;f=log(x)%2By**2&s=-1,1&{METHOD}", "start-fault", UNDEFINED.format("−1, 1")),
    (f"v=1&o=;f=1/x%2By**2&s=0,1&{METHOD}", "start-fault", UNDEFINED.format("0, 1")),
    (f"v=1&o=;f=log(x)%2By**2&s=-1,1&s=-2,1&{METHOD}", "notices", "The address asks for the start [-1,1]."),
    (f"v=1&o=;f=log(x)%2By**2&s=-1,1&s=2,1&{METHOD}", "notices", "The address asks for the start [-1,1]."),
    (f"v=1&o=;f=x**2%2B&s=1,1&{METHOD}", "formula-fault", "expected a number, a name or ( after +"),
    (
        f"v=1&o=;f=x**2&s=1,1&{METHOD}",
        "notices",
        "The address asks for the formula x**2. The plot needs two variables, but there is only one: x.",
    ),
    (
        f"v=1&o=;f=x**2%2By*z&s=1,1&{METHOD}",
        "notices",
        "The address asks for the formula x**2+y*z. The plot needs two variables, but there are 3: x, y, z.",
    ),
    (f"v=1&o=milestones3&s=1,1&{METHOD}", "notices", "The address asks for milestones3."),
    (f"v=1&o=quadratic;condition=-1&s=A&{METHOD}", "notices", "The address asks for condition = -1 of the objective."),
    (f"v=1&o=rosenbrock&s=A&{METHOD}", "notices", "The address asks for the start A."),
    ("v=1&o=quadratic&s=A&m=gd;lr=0.1&n=2000000000", "notices", "The address asks for 2000000000 steps."),
    ("v=1&o=quadratic&s=A&m=gd;lr=0.1&m=adam;lr=0.1&n=9000000", "notices", "9,000,000 steps are too many for one request: about "),
    (
        "v=1&o=quadratic&s=Q&m=adem&m=gd;lr=-1&n=50&match=x&schedule=y&noise=-1,7",
        "notices",
        "The address asks for adem; the nearest is adam.",
    ),
    ("v=2&o=quadratic", "notices", 'The address has "v=2": this page reads version 1.'),
]


@pytest.fixture
def asked(page):
    """The paths that the page posts to, from first to last."""
    paths = []
    page.on("request", lambda request: paths.append(request.url.rpartition("/")[2]) if request.method == "POST" else None)
    return paths


@pytest.mark.parametrize(("view", "place", "words"), REFUSED)
def test_nothing_is_asked_again_by_itself_after_a_refusal(page, faults, settle, asked, view, place, words):
    faults.allow_failed_requests()
    page.goto(f"/#{view}")
    page.wait_for_function(
        "([place, words]) => document.getElementById(place)?.textContent.toLowerCase().includes(words.toLowerCase())", arg=[place, words]
    )
    settle()
    assert len(asked) <= MOST, asked
    asked.clear()
    page.wait_for_timeout(1000)
    assert asked == []


def test_a_formula_without_a_start_gets_the_one_that_is_clicked(page, faults, settle):
    faults.allow_failed_requests()
    page.goto(f"/#v=1&o=;f=x**2%2By**2&{METHOD}")
    page.wait_for_selector("#start-fault:not([hidden])")
    assert page.inner_text("#notices") == "", "the address asks for no start, so none of its parts is left out"
    assert page.locator("#plane .path").count() == 0
    box = page.locator("#plane").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
    settle()
    assert page.locator("#start-fault").is_hidden()
    assert page.locator("#plane .path").count() == 1


def test_a_formula_without_a_start_gets_one_from_the_keys(page, faults, settle):
    faults.allow_failed_requests()
    page.goto(f"/#v=1&o=;f=x**2%2By**2&{METHOD}")
    page.wait_for_selector("#start-fault:not([hidden])")
    page.get_by_role("button", name="Add a start").press("Enter")
    settle()
    assert page.locator("#start-fault").is_hidden()
    assert page.locator(".handle:visible").count() == 1


def test_a_reload_of_a_formula_that_is_not_defined_at_its_start(opened, page, faults, settle, asked):
    faults.allow_failed_requests()
    opened(f"v=1&o=;f=x**2%2By**2&s=-3,1&{METHOD}")
    page.get_by_label("Formula of two variables").fill("log(x) + y**2")
    page.wait_for_selector("#start-fault:not([hidden])")
    settle()
    asked.clear()
    page.reload()
    page.wait_for_selector("#start-fault:not([hidden])")
    settle()
    assert page.inner_text("#start-fault") == UNDEFINED.format("−3, 1")
    assert asked.count("compare") == 1


def test_an_objective_without_a_start_in_the_address_has_its_usual_one(opened, page):
    opened(f"v=1&o=rosenbrock&{METHOD}")
    assert page.inner_text("#notices") == ""


OLD = "There is no result for your last change. This is the result before it."


def test_a_formula_with_a_mistake_leaves_no_result_that_looks_new(opened, page, faults, settle):
    faults.allow_failed_requests()
    opened(f"v=1&o=;f=x**2%2By**2&s=3,1&{METHOD}&m=adam;lr=0.1")
    color = "(name) => getComputedStyle(document.querySelector(name)).color"
    results = ["#told", "#numbers table", ".method-result"]
    before = [page.evaluate(color, name) for name in results]
    assert OLD not in page.inner_text("#told")
    page.get_by_label("Formula of two variables").fill("x**2 +")
    page.wait_for_selector("#formula-fault mark")
    settle()
    assert OLD in page.inner_text("#told")
    for words in page.locator(".method-result").all_inner_texts():
        assert words.startswith("Before your last change: ends at loss ")
    assert all(page.evaluate(color, name) != old for name, old in zip(results, before, strict=True))
    page.get_by_label("Formula of two variables").fill("x**2 + 2*y**2")
    settle()
    assert OLD not in page.inner_text("#told")
    assert [page.evaluate(color, name) for name in results] == before
    for words in page.locator(".method-result").all_inner_texts():
        assert words.startswith("ends at loss ")
