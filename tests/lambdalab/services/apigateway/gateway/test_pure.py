"""Paths, quotas and media types, without a lab."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lambdalab.services.apigateway.gateway import media, paths
from lambdalab.services.apigateway.gateway.definition import Limit, Method, Resource
from lambdalab.services.apigateway.gateway.routes import Routes
from lambdalab.services.apigateway.gateway.usage import Meters, Quota

GET = {"GET": Method("GET")}


def at(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("period", "days", "allowed"),
    [
        ("DAY", ["2026-11-23", "2026-11-23", "2026-11-23", "2026-11-24"], [True, True, False, True]),
        ("WEEK", ["2026-11-22", "2026-11-27", "2026-11-28", "2026-11-29"], [True, True, False, True]),
        ("MONTH", ["2026-11-01", "2026-11-15", "2026-11-30", "2026-12-01"], [True, True, False, True]),
    ],
)
def test_a_quota_counts_in_its_period(period: str, days: list[str], allowed: list[bool]) -> None:
    meters, quota = Meters(), Quota(2, period)
    assert [meters.count("ada", quota, at(day)) for day in days] == allowed


def test_an_offset_counts_in_the_first_period_only() -> None:
    meters, quota = Meters(), Quota(3, "DAY", 2)
    days = ["2026-11-23", "2026-11-23", "2026-11-24", "2026-11-24", "2026-11-24", "2026-11-24"]
    assert [meters.count("ada", quota, at(day)) for day in days] == [True, False, True, True, True, False]


def test_usage_by_day() -> None:
    meters, quota = Meters(), Quota(5, "WEEK")
    for day in ("2026-11-23", "2026-11-23", "2026-11-25"):
        meters.count("ada", quota, at(day))
    days = [date(2026, 11, day) for day in (22, 23, 24, 25)]
    assert meters.used("ada", quota, days) == [(0, 5), (2, 3), (0, 3), (1, 2)]


def test_a_token_bucket_allows_a_burst_and_refills_at_its_rate() -> None:
    meters, limit = Meters(), Limit(2, 3)
    assert [meters.take("ada", limit, 0.0) for _ in range(4)] == [True, True, True, False]
    assert [meters.take("ada", limit, 0.5) for _ in range(2)] == [True, False]
    assert [meters.take("ada", limit, 100.0) for _ in range(4)] == [True, True, True, False]
    assert meters.take("grace", limit, 100.0)


def test_a_token_bucket_without_a_burst_allows_nothing() -> None:
    assert not Meters().take("ada", Limit(100, 0), 0.0)


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/", "/", {}),
        ("/a", "/a", {}),
        ("/a/", "/a", {}),
        ("/b", "/{one}", {"one": "b"}),
        ("/b/c", "/{one}/c", {"one": "b"}),
        ("/b/d", "/{rest+}", {"rest": "b/d"}),
        ("/a/x/y", "/a/{more+}", {"more": "x/y"}),
        ("/%7Bone%7D", "/{one}", {"one": "%7Bone%7D"}),
        ("/b//c", "/{rest+}", {"rest": "b//c"}),
    ],
)
def test_the_resource_of_a_path(path: str, resource: str, parameters: dict[str, str]) -> None:
    known = ["/", "/a", "/{one}", "/{one}/c", "/{rest+}", "/a/{more+}"]
    routes = Routes([Resource(each, each, GET) for each in known])
    found = routes.find(path)
    assert found is not None
    assert (found[0].path, found[1]) == (resource, parameters)


def test_a_resource_without_a_method_is_not_a_candidate() -> None:
    routes = Routes([Resource("1", "/a", {}), Resource("2", "/{rest+}", GET)])
    found = routes.find("/a")
    assert found is not None
    assert found[0].path == "/{rest+}"
    assert routes.find("/") is None


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", {"a": [1, {"b-c": 2}], "d": None}),
        ("$.a[1].b-c", 2),
        ("$['a'][0]", 1),
        ("$.a[-1]", {"b-c": 2}),
        ("$.d", None),
        ("$.a[7]", ""),
        ("$.a.b", ""),
        ("$.d.e", ""),
        ("a[0]", 1),
        ("$.a[*]", [1, {"b-c": 2}]),
        ("$..nothing", []),
    ],
)
def test_json_paths(path: str, found: Any) -> None:
    assert paths.find({"a": [1, {"b-c": 2}], "d": None}, path) == found


@pytest.mark.parametrize("path", ["$..[", "$.a[?(", "$[a"])
def test_malformed_json_paths(path: str) -> None:
    with pytest.raises(paths.MalformedPath):
        paths.find({}, path)


@pytest.mark.parametrize(
    ("header", "kinds", "binary"),
    [
        ("image/png", ["image/png"], True),
        ("IMAGE/PNG; q=1, text/html", ["image/png"], True),
        ("text/html, image/png", ["image/png"], False),
        ("image/gif", ["image/*"], True),
        ("anything", ["*/*"], True),
        (None, ["*/*"], True),
        (None, ["image/png"], False),
        ("image/png", [], False),
    ],
)
def test_binary_media_types(header: str | None, kinds: list[str], binary: bool) -> None:
    assert media.is_binary(header, kinds) is binary
