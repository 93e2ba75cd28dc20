"""Parses an EventBridge pattern: JSON text → branches of field → tests, or AWS's message for what is wrong with it.

AWS's messages name a position in the text, so this parses JSON itself, and stops where Jackson, AWS's parser, stops:
after a field's name it has consumed the colon and the start of the value (a bracket, the quote of a string, a whole
number), and a string is read to its end only when its value is needed.

Messages and positions are those of published answers of AWS, and of EventBridge's open-source library
(https://github.com/aws/event-ruler). Of JSON's own errors, the most frequent ones have AWS's messages.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BRANCHES = 1000
"""EventBridge: combinations of `$or`."""
LARGEST_NUMBER = Decimal("5e9")
_REPETITIONS = 4

_RESERVED = frozenset(
    {
        *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"),
        *("=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"),
        *("date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    }
)
"""Names that a field inside `$or` cannot have."""

_IPV4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")


class InvalidPattern(ValueError):
    """The pattern is not valid. The message is AWS's, that of InvalidEventPatternException."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Event pattern is not valid. Reason: {reason}")
        self.reason = reason


class Kind(Enum):
    """How a test compares."""

    EXACTLY = "exactly"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    IGNORE_CASE = "equals-ignore-case"
    PREFIX_IGNORE_CASE = "prefix, equals-ignore-case"
    SUFFIX_IGNORE_CASE = "suffix, equals-ignore-case"
    WILDCARD = "wildcard"
    NUMERIC = "numeric"
    ADDRESS = "an IP address, however it is written"
    NETWORK = "cidr"
    EXISTS = "exists"


@dataclass(frozen=True)
class Test:
    """One value that a field may have. `negated`: anything but that."""

    __test__ = False  # for pytest: it tests fields

    kind: Kind
    values: tuple[Any, ...]
    negated: bool = False


Branch = dict[str, tuple[Test, ...]]
"""Field, with dots, → tests. An event matches if, of every field, one test passes."""


def read(text: str) -> list[Branch]:
    """The branches of a pattern: an event must match one. There are several with `$or`. Raises InvalidPattern."""
    return _Reader(text).pattern()


def number(text: str | float) -> Decimal | None:
    """A number as patterns compare it: within five billion, to six decimal places; None if it is out of range."""
    try:
        value = Decimal(str(text))
    except ArithmeticError:
        return None
    if not value.is_finite() or abs(value) > LARGEST_NUMBER:
        return None
    # Shifted before it is truncated, as AWS does: negative numbers are rounded down too.
    return Decimal(int((value + LARGEST_NUMBER) * 1_000_000))


def address(text: str) -> tuple[int, int] | None:
    """Version and number of an IP address, if the text is one."""
    if not (_IPV4.fullmatch(text) or _IPV6.fullmatch(text)):
        return None
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return found.version, int(found)


def wildcard(text: str) -> str:
    """The regular expression for a wildcard pattern whose form has been checked."""
    parts = re.split(r"(\\[\\*]|\*)", text)
    return "".join(".*" if part == "*" else re.escape(part[-1:] if part[:1] == "\\" else part) for part in parts)


_VALUES = frozenset({"string", "number", "true", "false", "null"})
_EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_WORD = re.compile(r"\w*")
_SPACE = re.compile(r"[ \t\r\n]*")


class _Reader:
    """Reads the text once, token by token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._held: str | None = None
        """The value's token, which was read together with its field's name."""
        self._first = False
        """Nothing has been read in this object or array yet."""
        self._inside: list[str] = []
        self._string_at: int | None = None
        """Where a string begins that has not been read to its end."""
        self._after_name: tuple[Any, str, int | None] = (None, "", None)
        self.value: Any = None
        self.raw = ""

    # Tokens ---------------------------------------------------------------------------------------------------

    def next(self) -> str:
        """One of `{ } [ ] name string number true false null end`."""
        self._finish_string()
        if self._held is not None:
            token, self._held = self._held, None
            return self._opened(token)
        self._skip()
        if not self._inside:
            return self._opened(self._start_value())
        closing = "}" if self._inside[-1] == "{" else "]"
        if self._peek() == closing:
            self._at += 1
            self._inside.pop()
            self._first = False
            return closing
        if not self._first:
            if self._peek() != ",":
                self._unexpected(
                    "was expecting comma to separate " + ("Object" if closing == "}" else "Array") + " entries"
                )
            self._at += 1
            self._skip()
        self._first = False
        if closing == "]":
            return self._opened(self._start_value())
        if self._peek() != '"':
            self._unexpected("was expecting double-quote to start field name")
        self._string_at = self._at
        self._finish_string()
        name, raw = self.value, self.raw
        self._skip()
        if self._peek() != ":":
            self._unexpected("was expecting a colon to separate field name and value")
        self._at += 1
        self._skip()
        self._held = self._start_value()
        self._after_name = (self.value, self.raw, self._string_at)
        self._string_at = None
        self.value, self.raw = name, raw
        return "name"

    def _opened(self, token: str) -> str:
        """Take a value's token: go into what it opens."""
        if token in "{[":
            self._inside.append(token)
            self._first = True
        return token

    def _start_value(self) -> str:
        character = self._peek()
        if character in ("{", "["):
            self._at += 1
            self.raw = character
            return character
        if character == '"':
            self._string_at = self._at
            self._at += 1
            return "string"
        if found := _NUMBER.match(self._text, self._at):
            self._at = found.end()
            self.raw, self.value = found[0], Decimal(found[0])
            return "number"
        word = _WORD.match(self._text, self._at)
        self.raw = word[0] if word else ""
        if self.raw in ("true", "false", "null"):
            self._at += len(self.raw)
            self.value = json.loads(self.raw)
            return self.raw
        if self.raw:
            self._at += len(self.raw)
            self._fail(f"Unrecognized token '{self.raw}': was expecting {_EXPECTED}", self._at)
        self._unexpected(f"expected a valid value {_EXPECTED}")

    def take_value(self) -> str:
        """The value's token, after its field's name."""
        token = self.next()
        self.value, self.raw, self._string_at = self._after_name
        return token

    def string(self) -> str:
        """The current string, read to its end."""
        self._finish_string()
        return str(self.value)

    def _finish_string(self) -> None:
        if self._string_at is None:
            return
        found = _STRING.match(self._text, self._string_at)
        if not found:
            self._fail("Unexpected end-of-input: was expecting closing quote for a string value", len(self._text))
        self._string_at = None
        self._at = found.end()
        self.raw = found[0]
        self.value = json.loads(found[0])

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _unexpected(self, expected: str) -> NoReturn:
        character = self._peek()
        if not character:
            within = "Object" if self._inside and self._inside[-1] == "{" else "Array"
            self._fail(f"Unexpected end-of-input: expected close marker for {within}", self._at)
        self._fail(f"Unexpected character ('{character}' (code {ord(character)})): {expected}", self._at)

    def _fail(self, reason: str, at: int) -> NoReturn:
        raise InvalidPattern(reason + self._position(at))

    def _position(self, at: int) -> str:
        line = self._text.count("\n", 0, at) + 1
        column = at - (self._text.rfind("\n", 0, at) + 1) + 1
        shown = self._text[:500]
        if len(self._text) > 500:
            shown += f'"[truncated {len(self._text) - 500} chars]'
        else:
            shown += '"'
        return f'\n at [Source: (String)"{shown}; line: {line}, column: {column}]'

    def refuse(self, reason: str, *, twice: bool = False) -> NoReturn:
        """At the current position. `twice`: AWS repeats the position of some errors."""
        position = self._position(self._at)
        raise InvalidPattern(reason + (position * 2 if twice else position))

    # The pattern ----------------------------------------------------------------------------------------------

    def pattern(self) -> list[Branch]:
        if not self._text.strip():
            self._fail("Filter is not an object", 0)
        if self.next() != "{":
            self.refuse("Filter is not an object")
        return self._object([{}], "", in_or=False)

    def _object(self, branches: list[Branch], path: str, *, in_or: bool) -> list[Branch]:
        empty = True
        while (token := self.next()) == "name":
            empty = False
            name = str(self.value)
            if name == "$or":
                branches = self._or(branches, path)
                continue
            if in_or and name in _RESERVED:
                self.refuse(f"{name} is Ruler reserved fieldName which cannot be used inside $or.")
            token = self.take_value()
            field = f"{path}.{name}" if path else name
            if token == "{":
                branches = self._object(branches, field, in_or=in_or)
            elif token == "[":
                tests = self._tests()
                for branch in branches:
                    branch[field] = tests
            else:
                self.refuse(f'"{name}" must be an object or an array')
        if empty:
            self.refuse("Empty objects are not allowed")
        return branches

    def _or(self, branches: list[Branch], path: str) -> list[Branch]:
        if self.take_value() != "[":
            self.refuse("It must be an Array followed with $or.")
        made: list[Branch] = []
        alternatives = 0
        while (token := self.next()) != "]":
            alternatives += 1
            if token != "{":
                self.refuse("Only JSON object is allowed in array of $or relationship.")
            made += self._object([dict(branch) for branch in branches], path, in_or=True)
            if len(made) > MOST_BRANCHES:
                # The limit is documented, its message is not.
                raise InvalidPattern(f"Rule is too complex - $or makes more than {MOST_BRANCHES} combinations")
        if alternatives < 2:
            self.refuse("There must have at least 2 Objects in $or relationship.")
        return made

    def _tests(self) -> tuple[Test, ...]:
        tests = []
        while (token := self.next()) != "]":
            if token == "{":
                tests.append(self._expression())
            elif token == "string":
                text = self.string()
                found = address(text)
                tests.append(Test(Kind.ADDRESS, (found, found)) if found else Test(Kind.EXACTLY, (text,)))
            elif token in _VALUES:
                tests.append(Test(Kind.EXACTLY, (self.value,)))
            else:
                self.refuse("Match value must be String, number, true, false, or null")
        if not tests:
            self.refuse("Empty arrays are not allowed")
        return tuple(tests)

    def _expression(self) -> Test:
        if self.next() != "name":
            self.refuse("Match expression name not found")
        name = str(self.value)
        made: Callable[[], Test] | None = {
            "exactly": lambda: Test(Kind.EXACTLY, (self._text_of("exact"),)),
            "prefix": lambda: self._affix(Kind.PREFIX, Kind.PREFIX_IGNORE_CASE),
            "suffix": lambda: self._affix(Kind.SUFFIX, Kind.SUFFIX_IGNORE_CASE),
            "equals-ignore-case": lambda: Test(Kind.IGNORE_CASE, (self._text_of("equals-ignore-case").lower(),)),
            "wildcard": lambda: Test(Kind.WILDCARD, (self._wildcard(self._text_of("wildcard")),)),
            "cidr": lambda: Test(Kind.NETWORK, self._network(self._text_of("prefix"))),
            "exists": self._exists,
        }.get(name)
        if made is not None:
            test = made()
            self._close("Only one key allowed in match expression")
            return test
        if name == "numeric":
            if self.take_value() != "[":
                self.refuse("Value of numeric must be an array.")
            test = self._numeric()
            self._close("Too many elements in numeric expression")
            return test
        if name == "anything-but":
            return self._anything_but()
        self.refuse(f"Unrecognized match type {name}")

    def _close(self, otherwise: str) -> None:
        if self.next() != "}":
            self.refuse(otherwise)

    def _text_of(self, what: str) -> str:
        if self.take_value() != "string":
            self.refuse(f"{what} match pattern must be a string")
        return self.string()

    def _affix(self, kind: Kind, ignoring_case: Kind) -> Test:
        token = self.take_value()
        if token == "string":
            return Test(kind, (self.string(),))
        if token != "{":
            self.refuse(f"{kind.value} match pattern must be a string")
        if self.next() != "name":
            self.refuse(f"{kind.value.capitalize()} expression name not found")
        if self.value != "equals-ignore-case":
            self.refuse(f"Unsupported {kind.value} pattern: {self.value}")
        test = Test(ignoring_case, (self._text_of("equals-ignore-case").lower(),))
        self._close("Only one key allowed in match expression")
        return test

    def _exists(self) -> Test:
        token = self.take_value()
        if token not in ("true", "false"):
            self.refuse("exists match pattern must be either true or false.")
        return Test(Kind.EXISTS, (), negated=token == "false")

    def _anything_but(self) -> Test:
        token = self.take_value()
        kind = None
        if token == "{":
            if self.next() != "name":
                self.refuse("Anything-But expression name not found")
            name = str(self.value)
            kind = {
                "equals-ignore-case": Kind.IGNORE_CASE,
                "prefix": Kind.PREFIX,
                "suffix": Kind.SUFFIX,
                "wildcard": Kind.WILDCARD,
            }.get(name)
            if kind is None:
                self.refuse(f"Unsupported anything-but pattern: {name}")
            token = self.take_value()
        if token not in ("[", "string", "number"):
            self.refuse("Value of anything-but must be an array or single string/number value.")
        several = token == "["
        values: list[Any] = []
        while not several or (token := self.next()) != "]":
            values.append(self._not_this(token, kind, several))
            if not several:
                break
        numbers = sum(isinstance(value, Decimal) for value in values)
        if kind is None and (not values or 0 < numbers < len(values)):
            self.refuse("Inside anything but list, either all values are number or string, mixed type is not supported")
        self._close("Too many elements in numeric expression")
        if kind is not None:
            self._close("Too many elements in numeric expression")
        return Test(kind or Kind.EXACTLY, tuple(values), negated=True)

    def _not_this(self, token: str, kind: Kind | None, several: bool) -> Any:
        if kind is None:
            if token == "string":
                return self.string()
            if token != "number":
                self.refuse("Inside anything but list, start|null|boolean is not supported.", twice=several)
            if number(self.raw) is None:
                self._out_of_range(several)
            return self.value
        if token != "string":
            message = {
                Kind.IGNORE_CASE: "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not "
                "supported.",
                Kind.WILDCARD: "wildcard match pattern must be a string",
            }
            self.refuse(message.get(kind, "prefix/suffix match pattern must be a string"), twice=several)
        text = self.string()
        if kind in (Kind.PREFIX, Kind.SUFFIX) and not text:
            self.refuse("Null prefix/suffix not allowed", twice=several)
        if kind is Kind.WILDCARD:
            return self._wildcard(text)
        return text.lower() if kind is Kind.IGNORE_CASE else text

    def _out_of_range(self, wrapped: bool = True) -> NoReturn:
        reason = f"Value must be between {-5.0e9:.1E} and {5.0e9:.1E}, inclusive".replace("E+09", "E9")
        if wrapped:
            self.refuse(reason)
        raise InvalidPattern(reason)

    def _numeric(self) -> Test:
        if self.next() != "string":
            self.refuse(f"Invalid member in numeric match: {self.raw}")
        operator = self.string()
        token = self.next()
        if operator not in ("=", "<", "<=", ">", ">="):
            self.refuse(f"Unrecognized numeric range operator: {operator}")
        first = self._limit(token, "equals" if operator == "=" else operator)
        bounds = [(operator, first)]
        token = self.next()
        if token != "]":
            if operator not in (">", ">="):
                self.refuse("Too many elements in numeric expression")
            if token != "string":
                self.refuse(f"Bad value in numeric range: {self.raw}")
            upper = self.string()
            if upper not in ("<", "<="):
                self.refuse(f"Bad numeric range operator: {upper}")
            last = self._limit(self.next(), upper)
            if self.next() != "]":
                self.refuse("Too many terms in numeric range expression")
            if last <= first:
                self.refuse("Bottom must be less than top")
            bounds.append((upper, last))
        return Test(Kind.NUMERIC, tuple(bounds))

    def _limit(self, token: str, operator: str) -> Decimal:
        if token != "number":
            self.refuse(f"Value of {operator} must be numeric")
        value = number(self.raw)
        if value is None:
            self._out_of_range()
        return value

    def _wildcard(self, text: str) -> str:
        """A wildcard pattern, checked as AWS does. Positions count bytes, from the quote before the text."""
        data = f'"{text}"'.encode()
        at = 0
        while at < len(data):
            pair = data[at : at + 2]
            if pair == b"**":
                self.refuse(f"Consecutive wildcard characters at pos {at}")
            if pair[:1] == b"\\":
                if pair not in (b"\\*", b"\\\\"):
                    self.refuse(f"Invalid escape character at pos {at}")
                at += 1
            at += 1
        # AWS estimates the number of ways through the pattern, and has not published its limit. It rejects
        # "*:*:*:*:*:event-bus/*".
        follows = [part[:1] for part in re.sub(r"\\.", "\0", text).split("*")[1:-1]]
        if any(follows.count(part) > _REPETITIONS for part in set(follows)):
            raise InvalidPattern(
                "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences "
                "after a wildcard character"
            )
        return text

    def _network(self, text: str) -> tuple[tuple[int, int], tuple[int, int]]:
        """First and last address."""
        parts = text.split("/")
        if len(parts) != 2:
            raise InvalidPattern("Malformed CIDR, one '/' required")
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", parts[1]):
            raise InvalidPattern("Malformed CIDR, mask bits must be an integer")
        bits = int(parts[1])
        if bits < 0:
            raise InvalidPattern("Malformed CIDR, mask bits must not be negative")
        found = address(parts[0])
        if found is None:
            raise InvalidPattern(f"Nonstandard IP address: {parts[0]}")
        version, first = found
        size = 32 if version == 4 else 128
        if bits >= size:
            raise InvalidPattern(f"IPv{version} mask bits must be < {size}")
        rest = (1 << (size - bits)) - 1
        return (version, first & ~rest), (version, first | rest)
