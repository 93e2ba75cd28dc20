"""Amazon EventBridge: buses, rules, targets, archives and replays. moto keeps them; the lab moves the events.

    PutEvents, S3 … ─▶ bus ─▶ rules: pattern ─▶ targets ─▶ Lambda's queue · SQS · SNS · Logs · Kinesis · another bus
                        │     rules: schedule ─▶    └─ not delivered ─▶ again, or the target's dead-letter queue
                        └─▶ archive ─▶ replay ─▶ bus

An event has reached its targets when PutEvents answers; on AWS it takes about half a second.

- `backend.py`: buses, rules, archives and replays, as moto keeps them; `patches.py`: every change to moto's EventBridge
- `buses.py`: events arrive, and are matched against the rules of their bus; `patterns.py`: their event patterns
- `targets.py`: where events go, and whether EventBridge may send them there
- `deliveries.py`: retries and dead-letter queues
- `rules.py`: which rules and targets EventBridge accepts, and rules with a schedule
- `schedule_timers.py`: schedules on the lab's clock, of rules here and of EventBridge Scheduler;
  `schedule_expressions.py` reads them
- `archives.py`, `replays.py`: which events are kept, and how they are sent again
- `operations.py`: UpdateEventBus, TestEventPattern
- `input_transformer.py`: what a target gets of an event
- `payloads.py`: the events
- `service_events.py`: events of AWS services, on the default bus
- `permissions.py`: the permissions that its calls need, and the policies of buses
- `destination.py`: buses as destinations
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted

Not in the lab: API destinations, pipes, global endpoints, partner sources and schemas; other targets are refused with a
message. A bus's own dead-letter queue and key are kept, and have no effect. Custom Event Bus, the kind with subscribers
that AWS added beside what it now calls Custom Event Bus - Classic, is another API and not in the lab.
"""

from lambdalab.rooms import Room

ROOM = Room("events", services=("events",), moto=("events",))
