"""What is told of a body that is no JSON: where it stops being JSON, what stands there, and what to write in its place."""

from __future__ import annotations

import re

import orjson

from ..engine.reading.bounds import TOO_DEEP
from .problems import ApiProblem

#: What JSON takes for space.
SPACE = b" \t\r\n"

#: A word as Python, JavaScript or a form writes it, shown up to so many characters.
WORD = re.compile(r"[^\W\d][\w.]{0,39}")

#: Words of other languages, and what they are in JSON.
IN_JSON = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false", "None": "null", "undefined": "null", "nil": "null"}

NO_NUMBER = re.compile(r"[+-]?(nan|inf|infinity)(?![\w.])", re.IGNORECASE)

#: The quotes of a word processor, and Python's single one.
OTHER_QUOTES = frozenset("'`\u2018\u2019\u201c\u201d")

#: What is told of a character, or of what the parser found.
OF_CHARACTERS = {
    "\ufeff": "it begins with a byte order mark (U+FEFF); send it without",
    "\0": "it has a byte 0; send the text as UTF-8",
    "+": "got +; write a number without this sign",
    ".": "got .; write a digit before the point, as in 0.5",
    "/": "got /; JSON has no comments",
    "#": "got #; JSON has no comments",
}
OF_MESSAGES = {
    "number is infinity when parsed as double": "expected a number that float64 has, at most 1.8e308",
    "number with leading zero is not allowed": "write the number without the zero before it",
    "trailing comma is not allowed": "leave out this comma: nothing follows it",
    "unexpected control character in string": r"a text has no line breaks and tabs of its own; write \n or \t",
    "invalid escaped character in string": r"a text has a \ before a character that needs none; write \\ for the character \ itself",
    "no digit after decimal point": "expected a digit after the point",
    "no digit after exponent sign": "expected a digit after the e of a number",
    "no digit after minus sign": "expected a digit after the minus sign",
}


def not_json(body: bytes, error: orjson.JSONDecodeError) -> ApiProblem:
    """400 for a body that the parser did not take, with the place and what to write."""
    title, detail = "The body is not JSON", ""
    if not body.strip(SPACE):
        title, detail = "The body is empty", "the body is empty: expected a JSON object with the fields of the request"
    elif (byte := _not_utf8(body)) is not None:
        detail = f"byte {byte + 1} of the body is not UTF-8 (it is 0x{body[byte]:02x}): expected JSON in UTF-8"
    elif "recursion depth" in error.msg:
        title, detail = "The body is nested too deeply", f"the body is nested too deeply: {TOO_DEEP}"
    elif error.msg == "unexpected end of data":
        detail = "the body ends too early: a bracket or a quote is not closed"
    else:
        detail = f"the body is not JSON at line {error.lineno} column {error.colno - _is_signed(error)}: {_told(body.decode(), error)}"
    return ApiProblem(400, "not-json", title, detail)


def _not_utf8(body: bytes) -> int | None:
    """The first byte that is no part of a text in UTF-8, None where all are."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def _is_signed(error: orjson.JSONDecodeError) -> bool:
    """Whether the parser stopped behind a sign: what is wrong begins with it."""
    return error.msg == "no digit after minus sign"


def _told(text: str, error: orjson.JSONDecodeError) -> str:
    """What stands where the parser stopped, and what to write in its place."""
    begin = error.pos - _is_signed(error)
    if number := NO_NUMBER.match(text, begin):
        return f"got {number[0]}; JSON has no NaN and no Infinity"
    if error.msg in OF_MESSAGES:
        return OF_MESSAGES[error.msg]
    if error.msg == "unexpected content after document":
        return f"expected nothing after the document, got {_shown(text, begin)}"
    if error.msg in ("unexpected character", "invalid literal"):
        return _of_character(text, begin)
    return error.msg


def _of_character(text: str, begin: int) -> str:
    """What is told of a character that cannot stand where it does."""
    before, character = text[:begin].rstrip(), text[begin : begin + 1]
    if character in OTHER_QUOTES:
        around = "send the JSON without quotes around it"
        return f"got {character}; {around if not before else f'write {chr(34)} in its place'}"
    if character in OF_CHARACTERS:
        return OF_CHARACTERS[character]
    if not before:
        return f"got {_shown(text, begin)}; the JSON of a request begins with {{"
    word = WORD.match(text, begin)
    if word and word[0] in IN_JSON:
        return f"got {word[0]}; write {IN_JSON[word[0]]}"
    if before[-1] not in "{[:,":
        return f"got {_shown(text, begin)}; before it a comma, a colon or a closing bracket is missing"
    if word:
        return f'got {word[0]}; a name or a text stands in double quotes, as in "{word[0]}"'
    return f"got {_shown(text, begin)}"


def _shown(text: str, begin: int) -> str:
    """The word or the character that stands there."""
    word = WORD.match(text, begin)
    character = text[begin : begin + 1]
    return word[0] if word else character if character.isprintable() else repr(character)
