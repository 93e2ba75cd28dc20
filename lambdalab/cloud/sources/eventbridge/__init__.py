"""Amazon EventBridge: buses, rules, targets, archives and replays. moto keeps them; the lab moves the events.

    PutEvents, S3 … ─▶ bus ─▶ rules: pattern ─▶ targets ─▶ Lambda's queue · SQS · SNS · Logs · Kinesis · another bus
                        │     rules: schedule ─▶    └─ not delivered ─▶ again, or the target's dead-letter queue
                        └─▶ archive ─▶ replay ─▶ bus

An event is at its targets when PutEvents answers; on AWS it takes about half a second.

- `buses.py`: events come in, and meet the rules of their bus
- `targets.py`: where they go, and whether EventBridge may
- `deliveries.py`: what becomes of those that do not arrive
- `rules.py`: what a rule may be
- `clockwork.py`: schedules on the lab's clock, of rules here and of EventBridge Scheduler
- `archives.py`: what is kept, and comes again
- `scheduler.py`: EventBridge Scheduler, which shares targets and clockwork; `universal.py`: its targets that are calls

Not here: API destinations, pipes, global endpoints, partner sources and schemas; other targets are refused in words. A
bus's own dead-letter queue and key are kept, and change nothing. Custom Event Bus, the kind with subscribers that AWS
added beside what it now calls Custom Event Bus - Classic, is another API and not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import archives, rules, scheduler
from .buses import Buses
from .clockwork import Clockwork
from .deliveries import Deliveries
from .targets import Targets

if TYPE_CHECKING:
    from lambdalab.cloud.seams import Change
    from lambdalab.cloud.sources.context import Sources


def seams(sources: Sources) -> tuple[Change, ...]:
    """Everything that moto's EventBridge does by itself, or does not do."""
    targets = Targets(sources)
    deliveries = Deliveries(sources.clock, targets)
    buses = Buses(sources, deliveries)
    targets.buses = buses
    sources.service_events.receive = buses.receive
    clockwork = Clockwork(sources.clock)
    return (
        *buses.seams(),
        *rules.seams(rules.Rules(sources.clock, deliveries, clockwork)),
        *scheduler.seams(scheduler.Scheduler(sources, targets, clockwork)),
        *archives.seams(archives.Replays(sources.clock, buses)),
    )
