"""Which route a request takes, compared with AWS's documentation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdalab.services.apigatewayv2.gateway.routes import InvalidRouteKey, Match, Router, read

# The example of AWS's page on routes.
DOCUMENTED = ("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")


def route(keys: tuple[str, ...], method: str, path: str) -> Match | None:
    return Router([read(key) for key in keys]).choose(method, path)


def taken(keys: tuple[str, ...], method: str, path: str) -> str | None:
    found = route(keys, method, path)
    return found.key.text if found else None


@pytest.mark.source("API Gateway (HTTP)", "the most specific route wins")
@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("GET /pets/dog/1", "GET /pets/dog/1"),
        ("GET /pets/dog/2", "GET /pets/dog/{id}"),
        ("GET /pets/cat/1", "GET /pets/{proxy+}"),
        ("POST /test/5", "ANY /{proxy+}"),
        ("POST /", "$default"),
    ],
)
def test_the_documented_example(request_line: str, expected: str) -> None:
    for keys in (DOCUMENTED, DOCUMENTED[::-1]):
        assert taken(keys, *request_line.split()) == expected


@pytest.mark.source("API Gateway (HTTP)", "routes for any method, {proxy+} and $default")
def test_a_specific_method_wins_over_any() -> None:
    keys = ("ANY /pets", "GET /pets")
    assert taken(keys, "GET", "/pets") == "GET /pets"
    assert taken(keys, "PUT", "/pets") == "ANY /pets"


def test_a_literal_part_wins_over_a_variable_from_the_left() -> None:
    keys = ("GET /{a}/x", "GET /pets/{b}", "ANY /pets/x/{rest+}")
    assert taken(keys, "GET", "/pets/x") == "GET /pets/{b}"
    assert taken(keys, "GET", "/other/x") == "GET /{a}/x"
    assert taken(("GET /a/{x+}", "GET /a/b/{x+}"), "GET", "/a/b/c/d") == "GET /a/b/{x+}"


@pytest.mark.source("API Gateway (HTTP)", "path parameters, decoded")
def test_parameters_are_decoded_after_the_path_is_split() -> None:
    found = route(("GET /pets/{pet}/{rest+}",), "GET", "/pets/a%2Fb%20c/d/e%25")
    assert found is not None
    assert found.parameters == {"pet": "a/b c", "rest": "d/e%"}


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("GET /pets", "/pets/"),
        ("GET /pets", "/Pets"),
        ("GET /pets/{id}", "/pets/"),
        ("GET /pets/{id}", "/pets/1/2"),
        ("GET /pets/{proxy+}", "/pets"),
        ("GET /pets/{proxy+}", "/pets/"),
        ("GET /{proxy+}", "/"),
        ("POST /pets", "/pets"),
    ],
)
def test_paths_that_do_not_match(key: str, path: str) -> None:
    assert taken((key,), "GET", path) is None
    assert taken((key, "$default"), "GET", path) == "$default"


@pytest.mark.parametrize(
    "text",
    ["pets", "/pets", "GET", "GET pets", "get /pets", "TRACE /pets", "GET /{proxy+}/x", "GET /{a}/{a}", "GET /{"],
)
def test_invalid_route_keys(text: str) -> None:
    with pytest.raises(InvalidRouteKey):
        read(text)


PART = st.sampled_from(["a", "b", "{x}", "{y}"])
KEYS = st.lists(
    st.builds(
        lambda method, parts, end: f"{method} /{'/'.join([*dict.fromkeys(parts), *end])}",
        st.sampled_from(["GET", "ANY", "POST"]),
        st.lists(PART, max_size=3),
        st.sampled_from([[], ["{rest+}"]]),
    ),
    unique=True,
    max_size=6,
)


@given(KEYS, st.lists(st.text("ab/%2", max_size=3), max_size=4))
def test_any_path_finds_the_same_route_whatever_the_order(keys: list[str], parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    found, again = (Router([read(key) for key in order]).choose("GET", path) for order in (keys, keys[::-1]))
    if found is None:
        assert again is None
    else:
        assert again is not None
        # Two keys that differ in the names of their variables only are one: either may win.
        assert _shape(found.key.text) == _shape(again.key.text)
        assert found.key.method in ("GET", "ANY")


def _shape(key: str) -> str:
    return key.replace("{x}", "{}").replace("{y}", "{}")
