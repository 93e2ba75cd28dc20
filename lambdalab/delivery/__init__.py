"""Turns what happens in a service into invocations, and delivers them as AWS does.

- `asynchronous.py`: InvocationType=Event: the queue, the retries, and where events end
- `polled/`: event source mappings: what is read from queues and streams, in batches
- `settling.py`: waits for the two
- `records.py`: what is sent to destinations and dead-letter queues
- `http.py`: a request to a function URL → an event, an answer → a response
- `http_api/`: what an HTTP API decides by itself: routes, CORS, authorizers, parameter mapping
- `rest_api/`: what a REST API does, and mapping templates, validators, usage plans beside
- `patterns.py`: whether an event is of a pattern of EventBridge; `pattern_syntax.py` reads patterns
- `schedules.py`: when rate(…), cron(…) and at(…) are due; `input_transformer.py`: what a target gets of an event
- `filters.py`: which records an event source mapping lets pass
- `log_patterns.py`: filter patterns of CloudWatch Logs
- `filter_policies.py`: which messages of a topic a subscriber wants
- `payloads/`: what the event of each service looks like
- `recursion.py`: how often a function has run because of one first event, and when that is too often
- `events.py`: what happens to events on their way, for whoever wants to know

This package knows the engine's outcomes and the lab's clock. What moto keeps (functions, their configuration, queues
and topics) comes in through a small interface, which `lambdalab/services/lambda_/invoke/stored_functions.py` implements.
"""
