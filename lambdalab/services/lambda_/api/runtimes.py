"""Until when AWS lets functions be created and updated on a runtime.

The table is dated and held against cfn-lint's by a test. Source:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, checked 2026-11-23.
Which day it is says the lab's clock: moved into 2027, it refuses what AWS has announced to refuse then.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from .errors import error

CHECKED = date(2026, 11, 23)

_BLOCKED = {
    # Runtime: no new functions from, no updates from.
    "nodejs24.x": ("2028-06-01", "2028-07-01"),
    "nodejs22.x": ("2027-06-01", "2027-07-01"),
    "nodejs20.x": ("2027-02-01", "2027-03-03"),
    "nodejs18.x": ("2027-02-01", "2027-03-03"),
    "nodejs16.x": ("2027-02-01", "2027-03-03"),
    "nodejs14.x": ("2024-01-09", "2027-03-03"),
    "nodejs12.x": ("2023-03-31", "2023-04-30"),
    "nodejs10.x": ("2021-07-30", "2022-02-14"),
    "nodejs8.10": ("2020-02-04", "2020-03-06"),
    "nodejs6.10": ("2019-07-12", "2019-08-12"),
    "nodejs4.3": ("2020-02-03", "2020-03-05"),
    "nodejs4.3-edge": ("2019-03-31", "2019-04-30"),
    "nodejs": ("2016-09-30", "2016-10-31"),
    "python3.14": ("2029-07-31", "2029-08-31"),
    "python3.13": ("2029-07-31", "2029-08-31"),
    "python3.12": ("2028-11-30", "2029-01-10"),
    "python3.11": ("2027-07-31", "2027-08-31"),
    "python3.10": ("2027-02-01", "2027-03-03"),
    "python3.9": ("2027-02-01", "2027-03-03"),
    "python3.8": ("2027-02-01", "2027-03-03"),
    "python3.7": ("2024-01-09", "2027-03-03"),
    "python3.6": ("2022-07-18", "2022-08-29"),
    "python2.7": ("2021-07-15", "2022-05-30"),
    "java25": ("2029-07-31", "2029-08-31"),
    "java21": ("2029-07-31", "2029-08-31"),
    "java17": ("2027-07-31", "2027-08-31"),
    "java11": ("2027-07-31", "2027-08-31"),
    "java8.al2": ("2027-07-31", "2027-08-31"),
    "java8": ("2024-02-08", "2027-03-03"),
    "dotnet10": ("2028-12-14", "2029-01-15"),
    "dotnet8": ("2027-02-01", "2027-03-03"),
    "dotnet6": ("2027-02-01", "2027-03-03"),
    "dotnetcore3.1": ("2023-04-03", "2023-05-03"),
    "dotnetcore2.1": ("2022-01-05", "2022-04-13"),
    "dotnetcore2.0": ("2019-04-30", "2019-05-30"),
    "dotnetcore1.0": ("2019-06-30", "2019-07-30"),
    "ruby4.0": ("2029-04-30", "2029-05-31"),
    "ruby3.4": ("2028-04-30", "2028-05-31"),
    "ruby3.3": ("2027-04-30", "2027-05-31"),
    "ruby3.2": ("2027-02-01", "2027-03-03"),
    "ruby2.7": ("2024-01-09", "2027-03-03"),
    "ruby2.5": ("2021-07-30", "2022-03-31"),
    "provided.al2023": ("2029-07-31", "2029-08-31"),
    "provided.al2": ("2027-02-01", "2027-03-03"),
    "provided": ("2024-02-08", "2027-03-03"),
    "go1.x": ("2024-02-08", "2027-03-03"),
}
"""Names in AWS's model that are not here have no announced life (python3.15, custom): they count as unknown."""


def check(runtime: str, now: float, *, update: bool) -> None:
    """Refuse a runtime that AWS does not know, or no longer takes. `now` is in seconds since the epoch."""
    if runtime not in _BLOCKED:
        known = ", ".join(name for name in _BLOCKED if not _is_blocked(name, now, update=False))
        raise error(
            "InvalidParameterValueException",
            f"Value {runtime} at 'runtime' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{known}] or be a valid ARN",
        )
    if _is_blocked(runtime, now, update=update):
        raise error(
            "InvalidParameterValueException",
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions.",
        )


def _is_blocked(runtime: str, now: float, *, update: bool) -> bool:
    return datetime.fromtimestamp(now, UTC).date() >= date.fromisoformat(_BLOCKED[runtime][update])
