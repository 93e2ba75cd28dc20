"""How far a reader walks: the files that one warm item passes through, for three items.

    python -m tools.journeys                 an Invoke, an SQS message, a request to an HTTP API
    python -m tools.journeys --verbose sqs   its files, in the order in which they come, and what is called there
    python -m tools.journeys --rev v1        the same in the code of another revision

- `recorder.py`: writes down each call into the lab's files and into moto, in all threads
- `journey.py`: what was written down → the numbers
- `walks.py`: the three items, warmed up
- `__main__.py`: the command
"""
