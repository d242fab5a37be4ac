"""What a run says: how far it came, what it found, what was costly, and whether the memory stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .case import Request, dice_of
from .costs import Prices
from .journal import Journal
from .look import Surface

#: The memory may grow by this share, and by so many MiB, before it is a finding; and it has to have been measured so often.
GROWTH, SLACK, MEASURED = 1.15, 40.0, 40


def grows(journal: Journal) -> str | None:
    """A sentence where the memory of the workers grows."""
    before, after = journal.growth()
    is_growing = len(journal.memory) >= MEASURED and after > GROWTH * before + SLACK
    return f"  FOUND: memory grows, {before:.0f} MiB early, {after:.0f} MiB late" if is_growing else None


def told(journal: Journal, new_surface: Callable[[], Surface], limit: float) -> Iterator[str]:
    """The lines about a surface."""
    yield f"\n{journal.surface}: {journal.next:,} cases of seed {journal.seed}, {journal.next / max(journal.seconds, 1e-9):.0f} a second"
    for label, count in journal.labels.most_common():
        yield f"  {count:9,}  {label}"
    before, after = journal.growth()
    yield f"  memory of a worker: {before:.0f} MiB early, {after:.0f} MiB late"
    yield from costs(journal, new_surface, limit)
    for found, first in sorted(journal.found.items()):
        file = f", fuzz/corpus/{journal.surface}/{first['kept']}" if "kept" in first else ""
        yield f"  FOUND {first['count']} times: {found} (--case {journal.surface}:{journal.seed}:{first['number']}{file})"


def costs(journal: Journal, new_surface: Callable[[], Surface], limit: float) -> Iterator[str]:
    """The costliest cases: their time, that of parsing their bytes, and their price."""
    if not any(cpu for cpu, *_ in journal.costliest):
        return
    surface, prices = new_surface(), Prices()
    yield f"  the costliest (limit {limit:.1f} s); seconds, seconds to parse the body, price as a share of the largest, answer:"
    for cpu, parse, number, label in journal.costliest:
        case = surface.case(dice_of(journal.seed, journal.surface, number))
        share = prices.share(case) if isinstance(case, Request) and label.startswith("200") else None
        price = "       -" if share is None else f"{share:8.2%}"
        target = case.target[:40] if isinstance(case, Request) else ""
        yield f"    {cpu:8.3f} {parse:8.4f} {price}  {label}, {target} (--case {journal.surface}:{journal.seed}:{number})"
    surface.close()
