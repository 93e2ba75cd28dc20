"""`make bench [NAME…]`: measures, and prints one line a figure as it is known."""

from __future__ import annotations

import sys

from tools.bench import apis, course, engine, page, polled, scale, soak, sources
from tools.bench.figures import Measure, line

MEASURES: dict[str, Measure] = {
    "warm": engine.warm,
    "cold": engine.cold,
    "offline": engine.offline,
    "environments": scale.environments,
    "throughput": scale.throughput,
    "s3": sources.s3,
    "apis": apis.requests,
    "sqs": polled.messages,
    "soak": soak.soak,
    "page": page.first_visit,
    "site": course.site,
    "notebooks": course.notebooks,
    "kernel": course.kernel,
}


def main(names: list[str]) -> int:
    """Measure what is named, or everything. A figure past its limit makes the exit code 1."""
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        print(f"There is no measurement {unknown[0]}.\n  What to do: name one of {', '.join(MEASURES)}.")
        return 2
    over = 0
    for name in names or MEASURES:
        for figure in MEASURES[name]():
            print(line(figure), flush=True)
            over += figure.over
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
