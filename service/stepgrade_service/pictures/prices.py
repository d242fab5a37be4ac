"""What a picture costs, told before it is drawn: its panels, the curves in them, and their points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..engine.comparing.comparison_paths import MOST_PANELS
from ..engine.comparing.comparison_plan import ComparisonPlan
from ..engine.comparing.map_plan import MapPlan
from ..engine.comparing.matching import GRAFT
from ..engine.reading.cost import Price
from ..engine.running.trajectory_plan import Plan
from .bounds import MOST_DOTS, MOST_IN_LINE

#: A number in memory, in bytes, and the work of keeping it.
BYTES, KEPT = 8.0, 0.1


@dataclass(frozen=True)
class Drawing:
    """What a kind of picture costs in one format, in units of work: the page, each panel, curve, dot and point of a line.

    The memory, in bytes, is that of the page, of each panel, and of each point.
    """

    page: float
    panel: float = 0.0
    curve: float = 0.0
    dot: float = 0.0
    point: float = 0.0
    page_bytes: float = 0.0
    panel_bytes: float = 0.0
    point_bytes: float = 0.0

    def of(self, panels: float = 1.0, curves: float = 0.0, dots: float = 0.0, points: float = 0.0) -> Price:
        """The price of so many of each."""
        work = self.page + self.panel * panels + self.curve * curves + self.dot * dots + self.point * points
        return Price(work, memory=self.page_bytes + self.panel_bytes * panels + self.point_bytes * points)


#: By format: paths in the plane of two parameters, and curves.
TRAJECTORIES: Mapping[tuple[str, bool], Drawing] = {
    ("png", True): Drawing(page=1.66e7, dot=1.2e4, point=60.0, page_bytes=1.9e7, point_bytes=60.0),
    ("png", False): Drawing(page=1.17e7, dot=3.7e3, point=290.0, page_bytes=1.3e7, point_bytes=150.0),
    ("svg", True): Drawing(page=1.01e7, dot=800.0, point=76.0, page_bytes=1.26e7, point_bytes=60.0),
    ("svg", False): Drawing(page=6.3e6, dot=4.5e3, point=10.0, page_bytes=7.2e6, point_bytes=60.0),
}

COMPARISONS: Mapping[tuple[str, bool], Drawing] = {
    ("png", True): Drawing(page=9e6, panel=9.5e6, curve=6e5, point=100.0, page_bytes=1.7e7, panel_bytes=5.3e6, point_bytes=120.0),
    ("png", False): Drawing(page=1e7, panel=6.3e6, curve=6e5, point=10.0, page_bytes=2.8e7, panel_bytes=2e6, point_bytes=100.0),
    ("svg", True): Drawing(page=8e6, panel=5e6, curve=6e5, point=45.0, page_bytes=1.3e7, panel_bytes=2.7e6, point_bytes=50.0),
    ("svg", False): Drawing(page=5e6, panel=3.8e6, curve=6e5, point=18.0, page_bytes=1e7, panel_bytes=2e6, point_bytes=100.0),
}

#: By format: cells over two axes, and curves over one.
MAPS: Mapping[tuple[str, bool], Drawing] = {
    ("png", True): Drawing(page=1.05e7, panel=1.6e7, point=40.0, page_bytes=5e7, panel_bytes=4e6, point_bytes=150.0),
    ("png", False): Drawing(page=5.5e6, panel=7.5e6, point=10.0, page_bytes=1e7, panel_bytes=5e6, point_bytes=100.0),
    ("svg", True): Drawing(page=3e6, panel=1.4e7, point=30.0, page_bytes=5e6, panel_bytes=1e7, point_bytes=200.0),
    ("svg", False): Drawing(page=5e6, panel=5e6, point=500.0, page_bytes=9e6, panel_bytes=2e6, point_bytes=1000.0),
}


def trajectory_price(plan: Plan, format: str) -> Price:
    """What it costs to draw a trajectory."""
    in_plane = plan.problem is not None and plan.layout.dimension == 2
    points = min(plan.rows, MOST_IN_LINE) if in_plane else plan.rows
    return TRAJECTORIES[format, in_plane].of(dots=min(plan.rows, MOST_DOTS), points=points)


def comparison_price(plan: ComparisonPlan, format: str) -> Price:
    """What it costs to draw a comparison: its runs are run once more, and every step of them is kept."""
    starts, in_plane = len(plan.starts), plan.contest.layout.dimension == 2
    beside = min(len(plan.contenders) - 2, MOST_PANELS)
    panels = 4 + beside if plan.pair is not None else min(starts, MOST_PANELS)
    curves = panels * starts if plan.pair is not None else len(plan.contenders) * panels
    rows = plan.steps + 1
    points = curves * (min(rows, MOST_IN_LINE) if in_plane else rows)
    return COMPARISONS[format, in_plane].of(panels, curves, points=points) + paths_price(plan)


def paths_price(plan: ComparisonPlan) -> Price:
    """What it costs to run once more what is drawn."""
    of, pair = plan.contest_price, plan.pair
    choices = [contender.choice for contender in plan.contenders]
    baseline = choices[plan.baseline]
    if pair is not None:
        plain, other = (choices[number] for number in pair)
        ran = [of.run(choice, watched=True) for choice in choices]
        ran += [of.graft(plain, other, watched=True), of.graft(other, plain, watched=True)]
    elif plan.match.mode == GRAFT:
        ran = [of.run(choice, True) if choice is baseline else of.graft(choice, baseline, True) for choice in choices]
    else:
        ran = [of.run(choice, watched=True) for choice in choices]
    kept = len(ran) * plan.runs * (plan.steps + 1.0) * (plan.contest.layout.dimension + 1.0)
    return Price(sum(ran) + KEPT * kept, memory=BYTES * kept)


def map_price(plan: MapPlan, format: str) -> Price:
    """What it costs to draw a map: a panel a measure, and of the minima that are reached one an optimizer."""
    in_plane = len(plan.axes) == 2
    panels = len(plan.measures) + (len(plan.labels) - 1 if in_plane and "minimum_reached" in plan.measures else 0)
    return MAPS[format, in_plane].of(panels, points=panels * plan.points)
