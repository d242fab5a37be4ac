"""Formulas in LaTeX as plain mathematics, which a terminal shows: `1-\\beta_2^t` is `1 - beta_2^t`."""

from __future__ import annotations

import re
from collections.abc import Iterator

END_OF_ROW = re.compile(r"\\\\(?:\[\w+\])?")
AROUND_ROWS = re.compile(r"\\(?:begin|end)\{\w+\}")
PIECE = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|[A-Za-z]+|\s+|.", re.DOTALL)
SCIENTIFIC = re.compile(r"(?:(?<![\w.^])(\d+(?:\.\d+)?) \* |(?<![\w.^]))10\^(?:\((-?\d+)\)|(\d+))")
DEEPEST = 40  # braces within braces; no formula of ours has ten
LONGEST = 5000  # characters of a formula; a longer one is none of ours, and is not read

SPACE, ROW = " ", "; "
OPERATORS = {
    **{sign: f" {sign} " for sign in "+-=<>/"},
    **{sign: f"{sign} " for sign in ",:;"},
    **dict.fromkeys((r"\cdot", r"\times", r"\odot"), " * "),
    **dict.fromkeys((r"\le", r"\leq"), " <= "),
    **dict.fromkeys((r"\ge", r"\geq"), " >= "),
    **dict.fromkeys((r"\ne", r"\neq"), " != "),
    r"\div": " / ",
    r"\approx": " ~ ",
    r"\leftarrow": " <- ",
    r"\to": " -> ",
    r"\in": " in ",
}
OPENING = {"(": "(", "[": "[", r"\lvert": "abs(", r"\lVert": "norm(", r"\lfloor": "floor("}
CLOSING = {")": ")", "]": "]", r"\rvert": ")", r"\rVert": ")", r"\rfloor": ")"}
GAPS = {r"\ ", r"\quad", r"\qquad", "&"}
LETTERS = {r"\nabla": "grad", r"\varepsilon": "epsilon", r"\infty": "inf", r"\top": "T", r"\dots": "...", r"\ldots": "..."}
WORDS = (r"\text", r"\mathrm", r"\mathtt", r"\texttt", r"\mathbf")
ACCENTS = {r"\hat": "_hat", r"\tilde": "_tilde", r"\bar": "_bar", r"\widehat": "_hat", r"\widetilde": "_tilde"}
FRACTIONS = (r"\frac", r"\tfrac", r"\dfrac")
SUMS = {"sum", "prod"}
FUNCTIONS = {"max", "min", "log", "exp", "grad"}
CALLED = {"f", "s"}  # an objective and a schedule, where they have no index
UNSEEN = {r"\left", r"\right", r"\Big", r"\big", r"\,", r"\!", r"\;", "}"}


def plain_math(latex: str) -> str:
    """A formula as people type it in code: products with `*`, fractions with `/`, letters by their names; rows with `;` between."""
    return ROW.join(plain_rows(latex))


def plain_rows(latex: str) -> list[str]:
    """The rows of a formula."""
    if len(latex) > LONGEST:
        return [latex]
    return [row for row in map(_row, END_OF_ROW.split(AROUND_ROWS.sub("", latex))) if row]


def _row(latex: str) -> str:
    text = SCIENTIFIC.sub(lambda found: f"{found[1] or '1'}e{found[2] or found[3]}", _Formula(latex).all())
    return re.sub(r" ([;,)])", r"\1", " ".join(text.split()))


class _Line:
    """What is written so far. Two factors side by side are a product."""

    def __init__(self) -> None:
        self.text, self.ends, self.is_called = "", False, False

    def add(self, text: str, *, starts: bool, ends: bool, is_called: bool = False) -> None:
        """Write `text`, which `starts` or `ends` as a factor does; `is_called` is whether brackets after it hold arguments."""
        if starts and self.ends and not self.text.endswith(SPACE):
            self.text += "" if self.is_called and text.startswith("(") else SPACE if self.is_called else " * "
        self.text, self.ends, self.is_called = self.text + text, ends, is_called


class _Formula:
    """Reads pieces one after another. What is not LaTeX is written as it is: a formula may come from anywhere."""

    def __init__(self, latex: str, depth: int = 0) -> None:
        self.pieces = PIECE.findall(latex)
        self.at, self.depth, self.is_bar_open = 0, depth, False

    def all(self) -> str:
        """Everything, on one line."""
        line = _Line()
        while self.at < len(self.pieces):
            self._one(line)
        return line.text.strip()

    def _one(self, line: _Line) -> None:
        piece = self._next()
        if piece.isspace() or piece in UNSEEN:
            return
        if piece == "|":
            piece, self.is_bar_open = (r"\rvert" if self.is_bar_open else r"\lvert"), not self.is_bar_open
        if piece in GAPS:
            line.add(SPACE, starts=False, ends=False)
        elif piece in OPENING:
            line.add(OPENING[piece], starts=True, ends=False)
        elif piece in CLOSING:
            line.add(CLOSING[piece] + self._scripts(), starts=False, ends=True)
        elif piece in OPERATORS:
            self._operator(line, piece)
        elif piece == r"\text":
            line.add(f" {self._raw()} ", starts=False, ends=False)
        else:
            name, scripts = self._factor(piece), self._scripts()
            is_called = piece in WORDS or name in FUNCTIONS or (name in CALLED and not scripts)
            line.add(name + scripts, starts=True, ends=name not in SUMS, is_called=is_called)
            line.text += SPACE * (name in SUMS)

    def _operator(self, line: _Line, piece: str) -> None:
        """An operator between two factors; a sign where there is none before it."""
        is_sign = piece in "+-" and not line.ends
        line.add(piece if is_sign else OPERATORS[piece], starts=False, ends=False)

    def _factor(self, piece: str) -> str:
        """A number, a letter, a fraction, a root, a word."""
        if piece in FRACTIONS:
            above, below = self._argument(), self._argument()
            return f"{_bracketed(above)} / {_bracketed(below, is_below=True)}"
        if piece == r"\sqrt":
            root = self._root()
            return f"{root}({self._argument()})"
        if piece in ACCENTS:
            return _joined(self._argument()) + ACCENTS[piece]
        if piece in WORDS:
            return self._raw()
        if piece == "{":
            self.at -= 1
            return self._argument()
        if piece == r"\Delta":
            return "Delta" + (SPACE if self._names_a_letter() else "")
        return LETTERS.get(piece, piece[1:] if piece.startswith("\\") else piece)

    def _root(self) -> str:
        """What a root is called, by the number in the brackets that may follow."""
        self._skip_space()
        if "".join(self.pieces[self.at : self.at + 3]) != "[3]":
            return "sqrt"
        self.at += 3
        return "cbrt"

    def _names_a_letter(self) -> bool:
        """Whether Delta is the change of what follows it, as in `\\Delta x_t`."""
        following = next((piece for piece in self.pieces[self.at :] if not piece.isspace()), "")
        return following.isalpha() or (following.startswith("\\") and following[1:].isalpha() and following not in OPERATORS | CLOSING)

    def _scripts(self) -> str:
        """The subscripts and the powers that follow."""
        written = ""
        while self._peek() in ("_", "^", "'"):
            mark = self._next()
            if mark == "'":
                written += mark
                continue
            inner = self._argument()
            if mark == "_":
                inner = inner.replace(" ", "")
            written += mark + (inner if inner.replace(".", "").isalnum() else f"({inner})")
        return written

    def _argument(self) -> str:
        """What belongs to a command: a group, or one piece. Of a number that is one digit."""
        self._skip_space()
        piece = self._next()
        if piece == "{":
            return self._group()
        if piece.isdigit() and len(piece) > 1:
            self.at -= 1
            self.pieces[self.at], piece = piece[1:], piece[0]
        self.depth += 1
        written = self._factor(piece) if piece and self.depth <= DEEPEST else piece
        self.depth -= 1
        return written

    def _group(self) -> str:
        inner = self._inside()
        return inner if self.depth >= DEEPEST else _Formula(inner, self.depth + 1).all()

    def _raw(self) -> str:
        """The words in the braces that follow."""
        inner = self._inside() if self._opens() else self._next()
        return re.sub(r"\\(.)", r"\1", inner)

    def _opens(self) -> bool:
        self._skip_space()
        if self._peek() != "{":
            return False
        self.at += 1
        return True

    def _inside(self) -> str:
        """The source up to the brace that closes."""
        return "".join(self._until_closed())

    def _until_closed(self) -> Iterator[str]:
        depth = 1
        while self.at < len(self.pieces):
            piece = self._next()
            depth += (piece == "{") - (piece == "}")
            if depth == 0:
                return
            yield piece

    def _skip_space(self) -> None:
        while self._peek().isspace():
            self.at += 1

    def _peek(self) -> str:
        return self.pieces[self.at] if self.at < len(self.pieces) else ""

    def _next(self) -> str:
        piece, self.at = self._peek(), self.at + 1
        return piece


def _bracketed(text: str, *, is_below: bool = False) -> str:
    """A numerator or a denominator, in brackets where without them another formula would be read."""
    outside = text
    while (inner := re.sub(r"\([^()]*\)", "", outside)) != outside:
        outside = inner
    needs = " " in outside or outside.startswith("-") if is_below else re.search(r" [-+=<>/] |[,;]", outside)
    return f"({text})" if needs else text


def _joined(name: str) -> str:
    return name if name.isidentifier() else f"({name})"
