"""The colours of the page, as CSS: written from the themes of the pictures, so that both have the same ones."""

from __future__ import annotations

from .theme import THEMES, Theme

HEAD = "/* Made from pictures/theme.py by `make theme`. A page is light or dark as the reader's system is, or as data-theme says. */\n"

#: How much of its colour a minimum has on the map, the rest being the ground.
PALE = 0.7

#: How a browser paints what it draws itself, such as a list that is open.
OWN = "color-scheme: {name};"


def stylesheet() -> str:
    """The file theme.css."""
    light, dark = _properties("light"), _properties("dark")
    runs = [f'[data-run="{number}"] {{ --run: var(--run-{number}); }}' for number in range(len(THEMES["light"].runs))]
    rules = [
        _rule(":root", light),
        _rule("@media (prefers-color-scheme: dark)", _rule(':root:not([data-theme="light"])', dark)),
        _rule(':root[data-theme="dark"]', dark),
        _rule("@media print", _rule(":root:root:root", light)),
        runs,
    ]
    return HEAD + "".join("\n" + "\n".join(rule) + "\n" for rule in rules)


def _rule(of: str, lines: list[str]) -> list[str]:
    return [f"{of} {{", *(f"  {line}" for line in lines), "}"]


def _properties(name: str) -> list[str]:
    return [OWN.format(name=name), *(f"--{property}: {color};" for property, color in colors_of(THEMES[name]).items())]


def colors_of(theme: Theme) -> dict[str, str]:
    """The colours of a theme that the page uses, by the name of their property."""
    named = ("background", "panel", "ink", "muted", "edge", "grid", "focus", "error", "valley", "ridge", "minimum")
    runs = {f"run-{number}": color for number, color in enumerate(theme.runs)}
    heat = theme.heat
    kinds = {f"kind-{number}": paler(color, theme.background) for number, color in enumerate(heat.kinds)}
    # The sides of a map of the page have the colours of its two methods, whose paths lie over it.
    cells = {"equal": heat.better[0], "dots": heat.dots, "dots-on-only": theme.background, "missing": heat.missing, "apart": heat.apart}
    return {name: getattr(theme, name) for name in named} | runs | cells | kinds


def paler(color: str, ground: str) -> str:
    """What lies under paths lets them stand out."""
    return "#" + "".join(
        f"{round(PALE * one + (1 - PALE) * other):02x}" for one, other in zip(_channels(color), _channels(ground), strict=True)
    )


def _channels(color: str) -> bytes:
    return bytes.fromhex(color.removeprefix("#"))


if __name__ == "__main__":
    print(stylesheet(), end="")
