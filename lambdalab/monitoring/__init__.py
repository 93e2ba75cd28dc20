"""Subscribers of the engine: they keep what happened, or tell it to AWS's monitoring services.

- `logs.py`: what functions log, in CloudWatch Logs
- `recorder.py`: what happened, for `lab.events()` and pictures
"""
