"""A start that is dragged: the plot follows each move, all else when it rests, and what is told then is of where it is."""

import json

import pytest
from tests.browser.page_modules import ask, request_of
from tests.browser.test_plot import points

VIEW = "v=1&o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&m=normalized_gd;lr=0.2&n=200&at=200&w=-5.8,1.8,-2.6,2.6"

#: Moves the pressed start by so many pixels, [across, down] each, all at once.
MOVE = """(moves) => {
    const handle = document.querySelector('.handle');
    const { left, top, width, height } = handle.getBoundingClientRect();
    for (const [across, down] of moves) {
        const at = { clientX: left + width / 2 + across, clientY: top + height / 2 + down };
        handle.dispatchEvent(new PointerEvent('pointermove', { pointerId: 1, bubbles: true, buttons: 1, ...at }));
    }
}"""


@pytest.fixture
def pressed(opened, page, settle):
    """`pressed(view)`: the page with its start pressed; `page.mouse.up()` lets it go."""

    def press(view=VIEW):
        opened(view)
        box = page.locator(".handle").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        settle()  # the path that is pointed at is asked for its measures
        page.mouse.down()
        return page

    return press


def is_passing(request):
    return request.get("include") == ["points"]


@pytest.fixture
def asked(page):
    """The requests to /compare, and the most that were under way at once. `asked.wait` gives the milliseconds that each answer waits."""

    class Asked(list):
        under_way = most = 0
        wait = staticmethod(lambda number, request: 0)  # noqa: ARG005

        def hear(self, route):
            request = json.loads(route.request.post_data)
            self.append(request)
            number = len(self)
            if is_passing(request):
                self.under_way += 1
                self.most = max(self.most, self.under_way)
            answer = route.fetch()
            page.wait_for_timeout(self.wait(number, request))
            self.under_way -= is_passing(request)
            route.fulfill(response=answer)

    heard = Asked()

    def listen():
        page.route("**/compare", heard.hear)
        return heard

    heard.listen = listen
    return heard


def told(page):
    """What the page tells of its runs beside the plot."""
    return [
        *page.locator(".method-result").all_inner_texts(),
        *page.locator("#told").all_inner_texts(),
        *page.locator("#numbers td").all_inner_texts(),
        *page.locator(".chart figcaption").all_inner_texts(),
    ]


def test_while_it_moves_only_points_are_asked_for_and_two_questions_are_under_way(pressed, page, settle, asked):
    pressed()
    asked.listen()
    page.evaluate(MOVE, [[number, -number] for number in range(1, 21)])
    page.mouse.up()
    settle()
    passing = [request for request in asked if is_passing(request)]
    rest = [request for request in asked if not is_passing(request)]
    assert asked[:2] == passing[:2], "what is quick is asked first"
    assert asked.most == 2
    assert len(passing) <= 3, "of the moves that came meanwhile the last is asked"
    for request in passing:
        assert "decompose" not in request
    assert {tuple(request["start"]) for request in rest} == {tuple(asked[-1]["start"])}, "the rest is asked for where it was let go"
    assert any("decompose" in request for request in rest)


def test_what_is_told_at_the_end_is_what_that_start_alone_would_tell(pressed, page, settle, address, opened):
    pressed()
    for across in range(5, 60, 5):
        page.evaluate(MOVE, [[across, -across // 2]])
    page.mouse.up()
    settle()
    address("s=A", is_there=False)
    view = page.evaluate("location.hash.slice(1)")
    words, drawn, polite = told(page), points(page, "rmsprop"), page.inner_text("#polite")
    assert not page.evaluate("document.documentElement.classList.contains('is-passing')")
    start = request_of(page, view)["start"]
    assert polite.startswith(f"From {start[0]}, {start[1]}: ".replace("-", "−"))
    for words_of_run in page.locator(".method-result").all_inner_texts():
        assert words_of_run.partition(", lr")[0] in polite
    headline = ask(page, "/compare", request_of(page, view))["decompose"][0]["headline"]
    assert page.inner_text(".headline") == headline
    page.goto("about:blank")
    opened(view)
    assert told(page) == words
    assert points(page, "rmsprop") == drawn


def test_an_answer_that_comes_after_a_later_one_is_not_drawn(pressed, page, settle, asked):
    pressed()
    asked.listen().wait = lambda number, _: 400 if number == 1 else 1
    page.evaluate("""() => {
        window.drawn = [];
        const note = () => {
            const x = Number(document.querySelector('[data-label="gd"] .path').getAttribute('d').slice(1).split(',')[0]);
            if (x !== drawn.at(-1)) drawn.push(x);
        };
        new MutationObserver(note).observe(document.getElementById('plane'), { subtree: true, childList: true, attributes: true });
    }""")
    page.evaluate(MOVE, [[10, 0], [20, 0]])
    page.evaluate(MOVE, [[10, 0], [20, 0], [40, 0]])
    page.mouse.up()
    settle()
    drawn = page.evaluate("drawn")
    assert drawn == sorted(drawn), "the start went to the right alone"
    ring, plane = page.locator(".handle").bounding_box(), page.locator("#plane").bounding_box()
    assert drawn[-1] == pytest.approx(ring["x"] + ring["width"] / 2 - plane["x"], abs=1)


#: Moves the pressed start once a frame, and tells which elements were made meanwhile, and whether the path is still the same one.
WATCH_MOVES = f"""async (moves) => {{
    const made = new Set();
    const note = (changes) => changes.forEach(({{ addedNodes }}) => addedNodes.forEach(({{ nodeName }}) => made.add(nodeName)));
    const watcher = new MutationObserver(note);
    watcher.observe(document.body, {{ subtree: true, childList: true }});
    const path = document.querySelector('#plane .path');
    const told = () => [path.getAttribute('d'), document.querySelector('.method-result').textContent];
    const began = told();
    for (const move of moves) {{
        ({MOVE})([move]);
        await new Promise(requestAnimationFrame);
    }}
    while (told().some((each, place) => each === began[place])) await new Promise(requestAnimationFrame);
    note(watcher.takeRecords());
    return {{ isSame: path === document.querySelector('#plane .path'), made: [...made] }};
}}"""


def test_while_it_moves_no_control_and_no_path_is_made_anew(pressed, page, settle, asked):
    """A browser looks through each form that changes for what it could fill in: that took longer than all else."""
    pressed()
    asked.listen().wait = lambda _, request: 1 if is_passing(request) else 800
    before = told(page)
    found = page.evaluate(WATCH_MOVES, [[2 * number, -number] for number in range(12)])
    assert found["isSame"]
    assert not {"INPUT", "path"} & set(found["made"])
    page.mouse.up()
    settle()
    after = told(page)
    assert len(after) == len(before)
    assert after != before


def test_a_start_that_is_held_still_is_told_before_it_is_let_go(pressed, page, settle):
    pressed()
    before = page.inner_text(".headline")
    page.evaluate(MOVE, [[150, 40]])
    settle()
    headline = page.inner_text(".headline")
    assert headline != before
    assert not page.evaluate("document.documentElement.classList.contains('is-passing')")
    page.evaluate(MOVE, [[-150, -40]])
    page.mouse.up()
    settle()
    assert page.inner_text(".headline") != headline


def test_a_start_where_the_objective_has_no_value_says_so_and_is_left_again(pressed, page, settle, faults):
    faults.allow_failed_requests()
    view = "v=1&o=;f=log(x)**2%2By**2;variables=x,y&s=3,1&m=gd;lr=0.05&n=60&w=-2,4,-2,2"
    pressed(view)
    before = points(page, "gd")
    left, width = page.evaluate("(({ left, width }) => [left, width])(document.getElementById('plane').getBoundingClientRect())")
    ring = page.locator(".handle").bounding_box()
    away = left + width / 8 - ring["x"]
    page.evaluate(MOVE, [[away, 0]])
    settle()
    assert page.locator("#start-fault").inner_text().endswith("The start stays where it was.")
    assert points(page, "gd") == before, "it goes back"
    assert page.locator(".handle").bounding_box() == ring
    page.evaluate(MOVE, [[20, 0]])
    settle()
    page.mouse.up()
    settle()
    assert page.locator("#start-fault").is_hidden()
    assert points(page, "gd")[0] == pytest.approx((before[0][0] + 20, before[0][1]), abs=1)


#: What is drawn of one place: counted after every move.
OF_A_PLACE = "() => document.querySelectorAll('#plane .corner, #plane .arrow').length"
COUNT_MOVES = f"""async () => {{
    const counts = new Set();
    for (let number = 0; number < 40; number += 1) {{
        ({MOVE})([[1, 0]]);
        await new Promise(requestAnimationFrame);
        counts.add(({OF_A_PLACE})());
    }}
    return [...counts];
}}"""


def test_cells_and_arrows_of_another_start_are_not_shown_while_it_moves(pressed, page, settle):
    pressed(f"{VIEW}&cell=0,4&arrows=1".replace("at=200", "at=20"))
    before = page.evaluate(OF_A_PLACE)
    assert before >= 4
    assert 0 in page.evaluate(COUNT_MOVES)
    page.mouse.up()
    settle()
    assert page.evaluate(OF_A_PLACE) == before
