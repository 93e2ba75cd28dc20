"""Amazon EventBridge: buses, rules, targets, archives and replays. moto keeps them; the lab moves the events.

    PutEvents, S3 … ─▶ bus ─▶ rules: pattern ─▶ targets ─▶ Lambda's queue · SQS · SNS · Logs · Kinesis · another bus
                        │     rules: schedule ─▶    └─ not delivered ─▶ again, or the target's dead-letter queue
                        └─▶ archive ─▶ replay ─▶ bus

An event is at its targets when PutEvents answers; on AWS it takes about half a second.

- `buses.py`: events come in, and meet the rules of their bus
- `targets.py`: where they go, and whether EventBridge may
- `deliveries.py`: what becomes of those that do not arrive
- `rules.py`: what a rule may be
- `schedule_timers.py`: schedules on the lab's clock, of rules here and of EventBridge Scheduler; `schedule_expressions.py`
  reads them
- `archives.py`: what is kept, and comes again
- `input_transformer.py`: what a target gets of an event
- `payloads.py`: the events
- `service_events.py`: what services say on the default bus
- `backend.py`: the door into moto

Not here: API destinations, pipes, global endpoints, partner sources and schemas; other targets are refused in words. A
bus's own dead-letter queue and key are kept, and change nothing. Custom Event Bus, the kind with subscribers that AWS
added beside what it now calls Custom Event Bus - Classic, is another API and not here.
- `permissions.py`: the permissions that its calls need, and the policies of buses
"""

from lambdalab.rooms import Room

ROOM = Room("events", services=("events",), moto=("events",))
