"""From a text to a tree: by two stacks, of operands and of operations that wait for theirs, so that no nesting is too deep for it.

An own parser and not Python's `ast`: that tells places in bytes, not in characters, stops at the first mistake and in Python's words,
takes in much that has to be refused again, and is brought down by deep nesting. The grammar is Python's: `**` binds before a sign at
its left, and from the right; `^` is read as `**`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from string import digits

from ...reading.bounds import MOST_BRACKETS, MOST_NODES
from ...reading.faults import nearest
from .tokens import TYPESET, Token, tokens
from .tree import Node, TextFault
from .vocabulary import ALSO, FUNCTIONS, OF_SEVERAL
from .wording import NO_OPERAND, comma, foreign, left_side, quoted, shown, word_of_python

#: The operations of each sign between two operands, and how strongly it binds; a sign before an operand binds by `SIGN`.
BINARY = {
    "+": ("add", 1),
    "-": ("subtract", 1),
    "*": ("multiply", 2),
    "/": ("divide", 2),
    "**": ("power", 4),
    "^": ("power", 4),
}
SIGN, POWER = 3, 4

#: After so many mistakes the text is read no further.
MOST_MISTAKES = 10

OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {"]": ")", "}": ")"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An operation that waits for its operands, or an open bracket: of a function where it has a `name`."""

    token: Token
    binds: int = 0
    name: str = ""
    below: int = 0


class ExpressionParser:
    """Reads one text; what is left is `nodes`, of which the last is the whole, and `mistakes`."""

    def __init__(self, text: str) -> None:
        self.nodes, self.mistakes = list[Node](), list[TextFault]()
        self.operands, self.waiting = list[int](), list[Waiting]()
        self.tokens = [_plain(token) for token in tokens(text)]
        self.at, self.wants_operand, self.stopped = 0, True, False
        self.skip_left_side()
        while not self.stopped:
            token = self.tokens[self.at]
            self.at += 1
            (self.operand if self.wants_operand else self.operator)(token)

    @property
    def next(self) -> Token:
        """The token behind the one that is read."""
        return self.tokens[min(self.at, len(self.tokens) - 1)]

    def wrong(self, detail: str, offset: int, end: int) -> None:
        """Note a mistake; after some no more is read."""
        self.mistakes.append(TextFault(detail, (offset, end - offset)))
        self.stopped |= len(self.mistakes) >= MOST_MISTAKES

    def stop(self, detail: str, token: Token) -> None:
        """Note a mistake behind which nothing can be understood."""
        self.wrong(detail, token.offset, token.end)
        self.stopped = True

    def add(self, kind: str, name: str, operands: tuple[int, ...], offset: int, end: int, number: float = 0.0) -> None:
        """Add a node, which is then the last operand."""
        if len(self.nodes) == MOST_NODES:
            self.wrong(f"expected at most {MOST_NODES} numbers, names and operations", offset, end)
            self.stopped = True
        self.nodes.append(Node(kind, name, operands, offset, end, number))
        self.operands.append(len(self.nodes) - 1)

    def skip_left_side(self) -> None:
        """Note a `f(x, y) =` before the expression, and read on behind it."""
        if side := left_side(self.tokens):
            begin, last = self.tokens[0].offset, self.tokens[side - 1]
            self.wrong(f"leave out {shown(self.tokens[:side])}: an expression has no =", begin, last.end)
            self.at = side

    # Where an operand is expected.

    def operand(self, token: Token) -> None:
        if token.kind == "number":
            self.number(token)
        elif token.kind == "name":
            self.name(token)
        elif token.written in OPENING:
            self.open(token)
        elif token.written in ("+", "-"):
            self.waiting.append(Waiting(token, SIGN, "negative" if token.written == "-" else "positive"))
        elif token.written == ")" and self.is_call_without_arguments():
            self.waiting, call = self.waiting[:-1], self.waiting[-1]
            self.call(call, token)
        else:
            self.no_operand(token)

    def number(self, token: Token) -> None:
        value = float(token.written)
        if not isfinite(value):
            self.wrong("expected a number that float64 has, at most 1.8e308", token.offset, token.end)
        self.add("number", token.written, (), token.offset, token.end, value)
        self.wants_operand = False

    def name(self, token: Token) -> None:
        """A name of its own, or of a function if a bracket follows it."""
        if word_of_python(token.written):
            self.stop(word_of_python(token.written), token)
        elif self.next.written == ".":
            self.dotted(token)
        elif self.next.written == "(":
            self.named_call(token)
        else:
            if token.written in FUNCTIONS:
                self.wrong(f"expected ( after {token.written}: it is a function", token.offset, token.end)
            elif not token.written.isidentifier():
                self.wrong(foreign(token.written), token.offset, token.end)
            self.add("name", token.written, (), token.offset, token.end)
            self.wants_operand = False

    def dotted(self, token: Token) -> None:
        """`np.exp`: the name behind the dot is read."""
        behind = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if behind.kind != "name":
            self.stop("expected a name without a dot", self.next)
            return
        self.wrong(f"expected a name without a dot: write {quoted(behind.written)}", token.offset, behind.end)
        self.at += 1

    def named_call(self, token: Token) -> None:
        if token.written not in FUNCTIONS:
            self.wrong(_no_function(token.written), token.offset, token.end)
        self.at += 1
        self.open(token, token.written)

    def open(self, token: Token, name: str = "") -> None:
        """Open a bracket, of the function `name` if there is one: then `token` is the name."""
        if token.written in ("[", "{"):
            self.wrong(f"write ( in place of {token.written}", token.offset, token.end)
        self.waiting.append(Waiting(token, 0, name, len(self.operands)))
        if sum(not each.binds for each in self.waiting) > MOST_BRACKETS:
            self.stop(f"expected at most {MOST_BRACKETS} brackets within brackets", token)
        self.wants_operand = True

    def is_call_without_arguments(self) -> bool:
        """Whether the bracket of a function was opened just now."""
        last = self.waiting[-1] if self.waiting else None
        return last is not None and not last.binds and bool(last.name) and self.tokens[self.at - 3] is last.token

    def no_operand(self, token: Token) -> None:
        """Something else stands where an operand was expected."""
        before = self.tokens[self.at - 2] if self.at > 1 else None
        if token.kind == "text" or (token.kind == "sign" and token.written not in (*BINARY, ")", ",", "]", "}")):
            self.stop(foreign(token.written), token)
        elif token.kind == "end" and before is None:
            self.stop("expected an expression, such as x**2 + y**2", token)
        elif before is not None and before.written in OPENING and token.written in (")", ",", "]", "}"):
            self.stop(f"{NO_OPERAND} between {before.written} and {token.written}", token)
        elif token.kind == "end" or (token.written in (")", ",", "]", "}") and before is not None):
            assert before is not None
            self.stop(f"{NO_OPERAND} after {before.written}", token)
        else:
            self.wrong(f"{NO_OPERAND} before {token.written}", token.offset, token.end)
            self.add("number", "", (), token.offset, token.offset)
            self.wants_operand = False
            self.at -= 1

    # Where an operation is expected.

    def operator(self, token: Token) -> None:
        if token.kind == "sign" and token.written in BINARY:
            self.binary(token)
        elif token.written in (")", "]", "}"):
            self.close(token)
        elif token.written == ",":
            self.comma(token)
        elif token.kind == "end":
            self.end()
        elif token.kind in ("number", "name") or token.written in OPENING:
            self.no_sign(token)
        else:
            self.stop(foreign(token.written), token)

    def binary(self, token: Token) -> None:
        operation, binds = BINARY[token.written]
        if binds != POWER:
            self.settle(binds)
        self.waiting.append(Waiting(token, binds, operation))
        self.wants_operand = True

    def settle(self, binds: int) -> None:
        """Give what waits and binds as strongly its operands."""
        while self.waiting and self.waiting[-1].binds >= max(binds, 1):
            each = self.waiting.pop()
            if each.binds == SIGN:
                operand = self.operands.pop()
                self.add(each.name, each.token.written, (operand,), each.token.offset, self.nodes[operand].end)
            else:
                right, left = self.operands.pop(), self.operands.pop()
                self.add(each.name, each.token.written, (left, right), self.nodes[left].offset, self.nodes[right].end)

    def close(self, token: Token) -> None:
        self.settle(0)
        if not self.waiting:
            self.wrong(f"expected a ( before this {token.written}", token.offset, token.end)
            return
        opened = self.waiting.pop()
        if opened.name:
            self.call(opened, token)

    def call(self, opened: Waiting, closing: Token) -> None:
        """A function with its arguments, those of several two at a time."""
        arguments, name, begins = self.operands[opened.below :], opened.name, opened.token.offset
        del self.operands[opened.below :]
        least, most = (2, MOST_NODES) if name in OF_SEVERAL else (1, 1)
        if name in FUNCTIONS and not least <= len(arguments) <= most:
            wanted = "2 or more arguments" if name in OF_SEVERAL else "1 argument"
            self.wrong(f"{name} takes {wanted}, got {len(arguments)}", begins, closing.end)
        if name in OF_SEVERAL and len(arguments) > 1:
            self.operands.append(arguments[0])
            for argument in arguments[1:]:
                self.add("call", name, (self.operands.pop(), argument), begins, closing.end)
        else:
            self.add("call", name, tuple(arguments[:1]), begins, closing.end)
        self.wants_operand = False

    def comma(self, token: Token) -> None:
        self.settle(0)
        if not self.waiting or not self.waiting[-1].name:
            self.stop(comma(self.tokens[self.at - 2], self.next), token)
            return
        self.wants_operand = True

    def no_sign(self, token: Token) -> None:
        """Two operands beside each other, as in `2x`: read as a product, so that other mistakes are found too."""
        before = self.tokens[self.at - 2]
        if token.kind == "name" and word_of_python(token.written):
            self.stop(word_of_python(token.written), token)
            return
        if token.written == "[" and before.kind == "name" and self.is_index():
            self.indexed(before)
            return
        if before.written not in FUNCTIONS:
            self.wrong(f"write {before.written}*{token.written}: a product needs the sign *", before.offset, token.end)
        self.binary(Token("sign", "*", token.offset))
        self.operand(token)

    def is_index(self) -> bool:
        """Whether a whole number and a ] follow."""
        number, closing = (self.tokens[min(self.at + ahead, len(self.tokens) - 1)].written for ahead in (0, 1))
        return number.isdecimal() and closing == "]"

    def indexed(self, name: Token) -> None:
        """`x[0]`: read as the variable x0."""
        variable, closing = f"{name.written}{self.next.written}", self.tokens[self.at + 1]
        self.wrong(f"write {quoted(variable)} in place of {quoted(name.written)}[{self.next.written}]", name.offset, closing.end)
        self.nodes[-1] = replace(self.nodes[-1], name=variable, end=closing.end)
        self.at += 2

    def end(self) -> None:
        self.settle(0)
        for opened in self.waiting:
            if not opened.binds:
                end = opened.token.end + (1 if opened.name else 0)
                self.wrong(f"expected a ) for this {opened.name}(", opened.token.offset, end)
            self.settle(0)
        self.stopped = True


def _plain(token: Token) -> Token:
    """A sign as it is typed."""
    return Token(token.kind, TYPESET.get(token.written, token.written), token.offset) if token.kind == "sign" else token


def _no_function(name: str) -> str:
    if name in ALSO:
        return f"there is no function {name}; use {ALSO[name]}"
    near = nearest(name, FUNCTIONS)
    if near:
        return f"there is no function {quoted(name)}: did you mean {' or '.join(near)}?"
    product = f"write {quoted(name)}*( for a product. " if len(name.rstrip(digits)) == 1 else ""
    known = f"{'The' if product else 'the'} functions are {', '.join(FUNCTIONS)}"
    return f"there is no function {quoted(name)}: {product}{known}"
