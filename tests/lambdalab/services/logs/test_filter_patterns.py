"""Filter patterns of CloudWatch Logs, by what its documentation shows."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from lambdalab.services.logs.filter_patterns import LONGEST, InvalidPattern, compiled, matches

ACCESS = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 404 1534'
DOCUMENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "ThisFlag": True,
        "thatFlag": False,
        "errorCode": 400,
        "latency": 0.5,
        "cluster.name": "c",
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "text": "404",
    }
)


@pytest.mark.source("CloudWatch Logs", "filter patterns: terms")
@pytest.mark.parametrize(
    ("pattern", "message", "found"),
    [
        ("", "anything", True),
        ('""', "", True),
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("ERROR", "[error] bad", False),
        ("ERROR", "MYERRORS", True),
        ("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", True),
        ("ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", False),
        ("?ERROR ?ARGUMENTS", "ARGUMENTS", True),
        ("?ERROR ?ARGUMENTS", "nothing", False),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "INTERNAL  SERVER ERROR", False),
        ("ERROR -ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", True),
        ("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", False),
        ('ERROR -"MISSING ARGUMENTS"', "[ERROR 419] MISSING ARGUMENTS", False),
        ("-ERROR", "fine", True),
        ("?ERROR REQUEST", "INFO REQUEST", True),
        (r'"a \"b\""', 'x a "b" y', True),
        ("%AUTHORIZED%", "UNAUTHORIZED REQUEST", True),
        ("%^AUTHORIZED%", "UNAUTHORIZED REQUEST", False),
        (r"%4\d\d%", "status 404", True),
        ("%[hc]at$%", "a hat", True),
        ("%colou?r%", "color", True),
        ("%a{3,5}%", "aa", False),
        ("%gra|e%", "hey", True),
        ("grün", "es ist grün", True),
    ],
)
def test_terms(pattern: str, message: str, found: bool) -> None:
    assert matches(pattern, message) is found


@pytest.mark.source("CloudWatch Logs", "filter patterns: JSON")
@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.eventType = UpdateTrail }", True),
        ('{$.eventType="UpdateTrail"}', True),
        ('{ $.eventType = "Update*" }', True),
        ('{ $.eventType = "*dateT*" }', True),
        ('{ $.eventType = "update*" }', False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = 111.111.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[1] = "value" }', False),
        ('{ $.arrayKey[9] = "value" }', False),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.eventType IS NULL }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.thatFlag IS FALSE }", True),
        ("{ $.errorCode = 400 }", True),
        ("{ $.errorCode = 4e2 }", True),
        ("{ $.errorCode >= 400 && $.errorCode < 500 }", True),
        ("{ $.latency > 0.4 }", True),
        ("{ $.latency > .5 }", False),
        ("{ $.user.id = 1 && $.user.email = John.Stiles@example.com }", True),
        ('{ $.user.id = 2 || $.user.email = "*@example.com" }', True),
        ("{ ($.user.id = 2 || $.errorCode = 400) && $.latency < 1 }", True),
        ("{ $.user.id = 2 || $.errorCode = 400 && $.latency > 1 }", False),
        ("{ $.eventType = %Trail$% }", True),
        ("{ $.eventType != %Trail$% }", False),
        ("{ $.['cluster.name'] = \"c\" }", True),
        ('{ $["eventType"] = "UpdateTrail" }', True),
        ("{ $.nothing != 1 }", False),
        ("{ $.errorCode = 40* }", False),
        ("{ $.text = 404 }", True),
        ("{ $.user = 1 }", False),
        ("{ $.ThisFlag = 1 }", False),
    ],
)
def test_documents(pattern: str, found: bool) -> None:
    assert matches(pattern, DOCUMENT) is found
    assert not matches(pattern, f"INFO {DOCUMENT}"), "a line that is no JSON is never found"


@pytest.mark.source("CloudWatch Logs", "filter patterns: fields between spaces")
@pytest.mark.parametrize(
    ("pattern", "message", "found"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", ACCESS, True),
        ("[ip, user, username, timestamp, request, status_code]", ACCESS, False),
        ("[ip, user, username, timestamp, request =*.gif*, status_code = 4*, bytes]", ACCESS, True),
        ("[ip, user, username, timestamp, request, status_code = 5*, bytes]", ACCESS, False),
        ("[ip, user, username, timestamp, request, status_code = 404 || status_code = 410, bytes]", ACCESS, True),
        ("[..., bytes > 1000]", ACCESS, True),
        ("[..., bytes >= 1535]", ACCESS, False),
        ('[ip = "127.0.0.*", ...]', ACCESS, True),
        (r"[ip=%127\.0\.0\.[1-9]%, ..., status_code, bytes]", ACCESS, True),
        ("[..., status = 404, bytes]", ACCESS, True),
        ('[..., time = "10/Oct*", ...]', ACCESS, None),
        ("[w1=ERROR, w2]", "ERROR x", True),
        ("[w1=ERROR, w2]", "ERROR", False),
        ("[w1!=ERROR&&w1!=WARN, w2]", "INFO x", True),
        ("[w1!=ERROR&&w1!=WARN, w2]", "WARN x", False),
        ("[(w1=a || w1=b) && w1!=c, ...]", "b", True),
        ("[...]", "", True),
        ("[]", "anything", True),
        ("[a, ..., b]", "one", False),
    ],
)
def test_fields(pattern: str, message: str, found: bool | None) -> None:
    if found is None:
        with pytest.raises(InvalidPattern):
            compiled(pattern)
    else:
        assert matches(pattern, message) is found


@pytest.mark.source("CloudWatch Logs", "filter patterns are checked")
@pytest.mark.parametrize(
    "pattern",
    [
        *("a:b", "user@example.com", "http://x", "(a)", "a,b", '"open', '"a"b'),
        *("%a(b)%", "%ä%", "%[%", "%a!%", "%a", "%x{99999999999999999999}%"),
        *("{", "{}", "{ $.a }", "{ $.a = }", "{ a = 1 }", "{ $.a == 1 }", "{ $.a = 1 && }", "{ ($.a = 1 }"),
        *("{ $.a IS NOTHING }", '{ $.a > "text" }', "{ $.a[x] = 1 }", "{ $.a = %x% && $.b = %y% && $.c = %z% }"),
        *("[", "[a b]", "[a = ]", "[a = 1 && b = 2]", "[..., a, ...]", "[a", "[= 1]", "[a,, b]"),
        "x" * (LONGEST + 1),
        "{ " + "(" * 200 + "$.a = 1" + ")" * 200 + " }",
    ],
)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        compiled(pattern)


def test_a_term_with_other_characters_must_be_quoted() -> None:
    with pytest.raises(InvalidPattern, match=r"^Invalid character\(s\) in term 'a:b'$"):
        compiled("a:b")
    assert matches('"a:b"', "x a:b")


def test_wildcards_do_not_take_for_ever() -> None:
    assert not matches("{ $.a = " + "*a" * 400 + "b }", json.dumps({"a": "a" * 5000}))


WORDS = some.text("aE1 _", min_size=1, max_size=12)


@given(WORDS, WORDS, WORDS)
def test_a_phrase_is_found_where_it_is(before: str, phrase: str, after: str) -> None:
    assert matches(f'"{phrase}"', before + phrase + after) is True
    assert matches(f'-"{phrase}"', before + phrase + after) is False


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inside: some.lists(inside, max_size=3) | some.dictionaries(some.text(max_size=4), inside, max_size=3),
    max_leaves=8,
)


@given(some.from_regex(r"[a-z]{1,6}", fullmatch=True), some.integers(-(10**12), 10**12), JSON)
def test_a_number_is_found_by_its_value(name: str, number: int, other: object) -> None:
    message = json.dumps({"x-other": other, name: number})
    assert matches(f"{{ $.{name} = {number} }}", message)
    assert matches(f"{{ $.{name} >= {number}.0 && $.{name} < {number + 1} }}", message)
    assert not matches(f"{{ $.{name} != {number} }}", message)


@given(some.text(max_size=60), some.text(max_size=60))
@example("{ $ = 1 }", "1")
@example("{ $[0] = 1 }", "[1]")
@example("[", "]")
@example("%%", "%")
def test_no_pattern_and_no_message_breaks_it(pattern: str, message: str) -> None:
    try:
        found = compiled(pattern)
    except InvalidPattern:
        return
    assert found(message) in (True, False)


@given(
    some.lists(
        some.sampled_from(
            [
                *("{", "}", "[", "]", "(", ")", "...", ",", "&&", "||", "=", "!=", "<", "?", "-", " "),
                *("$.a", "$.b[0]", "x", "1", '"s*"', "%r%", "IS", "NOT", "NULL", "EXISTS"),
            ]
        ),
        max_size=14,
    ).map(" ".join),
    JSON,
)
def test_nor_does_what_looks_like_one(pattern: str, document: object) -> None:
    try:
        found = compiled(pattern)
    except InvalidPattern:
        return
    assert found(json.dumps(document)) in (True, False)
