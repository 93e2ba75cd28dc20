"""Whether a log event matches a filter pattern of CloudWatch Logs: for subscriptions, and for FilterLogEvents.

    ERROR "out of memory" -debug ?a ?b %4\\d\\d%      terms, somewhere in the text
    [ip, user, ..., status = 4* || status = 500]      the fields of a line, between spaces
    { $.user.id = 1 && $.error IS NULL }              a document

Terms are found anywhere, even within words, and are case-sensitive. All must match; of those with "?" at least one, and
these count only if there are no other terms: AWS ignores them next to others. In [fields], text between brackets or
quotes is one field, and "..." stands for any number of fields. In {documents}, a line that is not JSON never matches,
nor does a field that is not there, except with NOT EXISTS.

Numbers are compared by their value, text character by character with "*" for any number of them. %…% is a regular
expression, with the few characters and operators that CloudWatch knows.

Pure functions. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
AWS does not document its answers to invalid patterns; only the message for a term with characters that must be quoted
is known. Not known either, and so decided here: `!=` does not match a field that is not there, and `[]` matches every
line.
"""

from __future__ import annotations

import functools
import json
import operator
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LONGEST = 1024
_MOST_EXPRESSIONS = 2
_DEEPEST = 50

_TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|%(?P<expression>[^%]+)%|(?P<word>\S+))(?=\s|$)')
_PLAIN = re.compile(r"\w+")
_EXPRESSION = re.compile(r"[A-Za-z0-9_:#=@/;,\-^$?\[\]{}|\\*+.]+")
_FIELD = re.compile(r'\[[^\]]*\]|"[^"]*"|\S+')
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<and>&&) | (?P<or>\|\|) | (?P<open>\() | (?P<close>\)) | (?P<comma>,) | (?P<rest>\.\.\.)
    | (?P<operator>!=|<=|>=|=|<|>)
    | "(?P<string>(?:[^"\\]|\\.)*)"
    | %(?P<expression>[^%]+)%
    | (?P<selector>\$(?:\.?\[[^\]]*\]|\.[\w:-]+)*)
    | (?P<word>[^\s,()=<>!&|"%$]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.?\[(?:(?P<index>\d+)|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\]|\.(?P<name>[\w:-]+)""")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NOTHING = object()


class InvalidPattern(ValueError):
    """The pattern is not valid."""


def matches(pattern: str, message: str) -> bool:
    """Whether a log event's message matches a pattern. InvalidPattern."""
    return compiled(pattern)(message)


@functools.lru_cache(maxsize=256)
def compiled(pattern: str) -> Callable[[str], bool]:
    """The test that a pattern stands for. InvalidPattern."""
    if len(pattern) > LONGEST:
        raise InvalidPattern(f"A filter pattern has at most {LONGEST} characters")
    text = pattern.strip()
    if text in ("", '""', '" "'):
        return lambda message: True
    if text.startswith("{"):
        return _document(text)
    if text.startswith("["):
        return _fields(text)
    return _terms(text)


# Terms -------------------------------------------------------------------------------------------------------------


def _terms(text: str) -> Callable[[str], bool]:
    wanted: list[Callable[[str], bool]] = []
    optional: list[Callable[[str], bool]] = []
    unwanted: list[Callable[[str], bool]] = []
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise InvalidPattern("Invalid filter pattern")
        {"?": optional, "-": unwanted}.get(found["sign"], wanted).append(_term(found))
        position = found.end()
        position += len(text) - position - len(text[position:].lstrip())
    if optional and not (wanted or unwanted):
        return lambda message: any(test(message) for test in optional)
    return lambda message: all(test(message) for test in wanted) and not any(test(message) for test in unwanted)


def _term(found: re.Match[str]) -> Callable[[str], bool]:
    if found["expression"] is not None:
        expression = _expression(found["expression"])
        return lambda message: expression.search(message) is not None
    if found["phrase"] is not None:
        phrase = _unescaped(found["phrase"])
    else:
        phrase = found["word"]
        if not _PLAIN.fullmatch(phrase):
            raise InvalidPattern(f"Invalid character(s) in term '{phrase}'")
    return lambda message: phrase in message


def _expression(text: str) -> re.Pattern[str]:
    """CloudWatch's regular expressions are some of Python's."""
    if not _EXPRESSION.fullmatch(text):
        raise InvalidPattern(f"Invalid regular expression '{text}'")
    try:
        return re.compile(text, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        raise InvalidPattern(f"Invalid regular expression '{text}'") from None


# Fields between spaces ---------------------------------------------------------------------------------------------


def _fields(text: str) -> Callable[[str], bool]:
    if not text.endswith("]"):
        raise InvalidPattern("Invalid filter pattern")
    reader = _Reader(text[1:-1])
    slots: list[Callable[[Any], bool] | None] = []
    rest = -1
    while not reader.at_end:
        if reader.take("rest"):
            if rest >= 0:
                reader.fail()
            rest = len(slots)
        else:
            slots.append(reader.field())
        if not reader.take("comma") and not reader.at_end:
            reader.fail()
    if not slots:
        return lambda message: True

    def test(message: str) -> bool:
        found = [_stripped(each) for each in _FIELD.findall(message)]
        if rest < 0:
            return len(found) == len(slots) and _all_pass(slots, found)
        if len(found) < len(slots):
            return False
        after = len(slots) - rest
        return _all_pass(slots[:rest], found[:rest]) and _all_pass(slots[rest:], found[len(found) - after :])

    return test


def _all_pass(slots: Sequence[Callable[[Any], bool] | None], found: Sequence[str]) -> bool:
    return all(slot is None or slot(value) for slot, value in zip(slots, found, strict=True))


def _stripped(field: str) -> str:
    """Without the brackets or quotes that held it together."""
    return field[1:-1] if len(field) > 1 and (field[0], field[-1]) in (("[", "]"), ('"', '"')) else field


# Documents ---------------------------------------------------------------------------------------------------------


def _document(text: str) -> Callable[[str], bool]:
    if not text.endswith("}"):
        raise InvalidPattern("Invalid filter pattern")
    reader = _Reader(text[1:-1])
    condition = reader.condition(reader.comparison)
    if not reader.at_end:
        reader.fail()

    def test(message: str) -> bool:
        try:
            document = json.loads(message, parse_float=Decimal, parse_constant=_no_number)
        except (ValueError, RecursionError):
            return False
        return isinstance(document, dict | list) and condition(document)

    return test


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _selected(document: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        in_list = isinstance(step, int) and isinstance(document, list) and step < len(document)
        if not in_list and not (isinstance(step, str) and isinstance(document, dict) and step in document):
            return _NOTHING
        document = document[step]
    return document


# What both have: conditions ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


class _Reader:
    """Goes through a pattern, token by token."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0
        self._expressions = 0

    @property
    def at_end(self) -> bool:
        return self._at == len(self._tokens)

    def fail(self) -> NoReturn:
        raise InvalidPattern("Invalid filter pattern")

    def take(self, kind: str) -> _Token | None:
        """The next token, if it is of this kind."""
        if not self.at_end and self._tokens[self._at].kind == kind:
            self._at += 1
            return self._tokens[self._at - 1]
        return None

    def need(self, kind: str) -> _Token:
        token = self.take(kind)
        return token if token is not None else self.fail()

    def condition(self, one: Callable[[], Callable[[Any], bool]]) -> Callable[[Any], bool]:
        """`a || b && c`: "and" binds closer."""
        either = [self._conjunction(one)]
        while self.take("or"):
            either.append(self._conjunction(one))
        return either[0] if len(either) == 1 else lambda value: any(test(value) for test in either)

    def _conjunction(self, one: Callable[[], Callable[[Any], bool]]) -> Callable[[Any], bool]:
        both = [self._single(one)]
        while self.take("and"):
            both.append(self._single(one))
        return both[0] if len(both) == 1 else lambda value: all(test(value) for test in both)

    def _single(self, one: Callable[[], Callable[[Any], bool]]) -> Callable[[Any], bool]:
        if not self.take("open"):
            return one()
        self._depth += 1
        if self._depth > _DEEPEST:
            self.fail()
        inside = self.condition(one)
        self.need("close")
        self._depth -= 1
        return inside

    def comparison(self) -> Callable[[Any], bool]:
        """`$.a.b = value`, `$.a IS TRUE`, `$.a NOT EXISTS`."""
        steps = _steps(self.need("selector").text)
        if steps is None:
            self.fail()
        if word := self.take("word"):
            test = self._said(word.text)
            return lambda document: test(_selected(document, steps))
        compare = self._compared(self.need("operator").text)
        return lambda document: (value := _selected(document, steps)) is not _NOTHING and compare(value)

    def _said(self, word: str) -> Callable[[Any], bool]:
        what = (word.upper(), self.need("word").text.upper())
        known: dict[tuple[str, str], Callable[[Any], bool]] = {
            ("IS", "TRUE"): lambda value: value is True,
            ("IS", "FALSE"): lambda value: value is False,
            ("IS", "NULL"): lambda value: value is None,
            ("NOT", "EXISTS"): lambda value: value is _NOTHING,
        }
        return known[what] if what in known else self.fail()

    def field(self) -> Callable[[Any], bool] | None:
        """`name`, `name = value && name != other`, `(name = a || name = b)`: the test of one field, if there is one."""
        start, names = self._at, set[str]()

        def one() -> Callable[[Any], bool]:
            names.add(self.need("word").text)
            return self._compared(self.need("operator").text)

        if self.take("word") and (self.at_end or self._tokens[self._at].kind == "comma"):
            return None
        self._at = start
        test = self.condition(one)
        if len(names) > 1:
            self.fail()
        return test

    def _compared(self, sign: str) -> Callable[[Any], bool]:
        """What stands after an operator, as a test of a value."""
        if token := self.take("expression"):
            self._expressions += 1
            if sign not in ("=", "!=") or self._expressions > _MOST_EXPRESSIONS:
                self.fail()
            expression = _expression(token.text)
            return lambda value: isinstance(value, str) and ((expression.search(value) is not None) is (sign == "="))
        if token := self.take("string"):
            return self._text(sign, _unescaped(token.text))
        word = self.need("word").text
        number = _number(word)
        if number is None:
            return self._text(sign, word)
        wanted, compare = number, _COMPARE[sign]

        def test(value: Any) -> bool:
            found = _number(value)
            if found is not None:
                return compare(found, wanted)
            return sign == "!=" and isinstance(value, str)

        return test

    def _text(self, sign: str, text: str) -> Callable[[Any], bool]:
        if sign not in ("=", "!="):
            self.fail()
        parts = text.split("*")
        return lambda value: isinstance(value, str) and _is_like(value, parts) is (sign == "=")


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise InvalidPattern("Invalid filter pattern")
        yield _Token(found.lastgroup, found[found.lastgroup])
        position = found.end()


def _steps(selector: str) -> tuple[str | int, ...] | None:
    """`$.a['b c'][0]` → ("a", "b c", 0); None if it is not a selector."""
    found: list[str | int] = []
    position = 1
    while position < len(selector):
        step = _STEP.match(selector, position)
        if step is None:
            return None
        name = next((step[kind] for kind in ("name", "single", "double") if step[kind] is not None), None)
        found.append(int(step["index"]) if name is None else name)
        position = step.end()
    return tuple(found)


def _number(value: Any) -> Decimal | None:
    """Its value, if it is a number, or text that reads as one."""
    if isinstance(value, bool) or value is None or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _is_like(text: str, parts: Sequence[str]) -> bool:
    """Whether text consists of these parts, with anything between them. Found from left to right: no way back."""
    first, *middle, last = parts if len(parts) > 1 else (parts[0], "")
    if len(parts) == 1:
        return text == first
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        position = text.find(part, position, end)
        if position < 0:
            return False
        position += len(part)
    return True


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
