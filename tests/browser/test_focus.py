"""Where the focus is after something has changed: it never falls to the page as a whole."""

import pytest

LEARNERS = "v=1&o=quadratic;condition=20&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=60&w=-5.8,1.8,-2.6,2.6"


def focused(page):
    """The element with the focus, and the words it is known by."""
    return page.evaluate("""() => {
        const { localName, ariaLabel, textContent, labels } = document.activeElement;
        return [localName, ariaLabel ?? labels?.[0]?.firstChild.textContent ?? textContent];
    }""")


def test_the_numbers_of_a_start_are_typed_one_after_the_other(opened, page, settle, address):
    opened(f"{LEARNERS}&s=A&s=B")
    page.get_by_label("start 1 w").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("-4")
    page.keyboard.press("Tab")
    settle()
    assert focused(page) == ["input", "start 1 b"]
    page.keyboard.type("1.25")
    page.keyboard.press("Enter")
    settle()
    assert focused(page) == ["input", "start 1 b"]
    address("s=-4,1.25&s=B")
    assert page.locator("#start legend").all_inner_texts() == ["start 1", "B"]
    assert page.get_by_role("button", name="Remove start 1").count() == 1


@pytest.mark.parametrize(
    ("button", "then"),
    [
        ("In every convention", ["select", "Method"]),
        ("Remove gd", ["button", "Remove rmsprop"]),
        ("Remove rmsprop", ["button", "Remove gd"]),
        ("Match them", ["select", "Learning rates"]),
        ("Remove A", None),
        ("Remove B", None),
    ],
)
def test_a_button_that_takes_itself_away_leaves_the_focus_to_its_neighbour(opened, page, settle, button, then):
    opened(f"{LEARNERS}&s=A&s=B")
    page.get_by_role("button", name=button, exact=True).first.focus()
    page.keyboard.press("Enter")
    settle()
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    found = focused(page)
    assert found[0] != "body"
    if then:
        assert found[0] == then[0]
        assert then[1] in found[1]
    else:
        assert page.evaluate("document.activeElement.closest('#start') !== null")
