"""A real account instead of the lab, by an explicit switch: LAMBDALAB_TARGET=aws.

The same cells, with the reader's own credentials. What stands between a cell and a mistake:

- `checks.py`: is this an account for trying things out? Asked before the first call; `place.py` is the answer
- `watch.py`: looks at every call of boto3: where it goes, whose things it changes, what it creates
- `calls.py`, `arns.py`: what a call or an ARN means; `kinds/`: the kinds of things, and how each is deleted
- `ledger.py`: what was created, on the disk before it is asked for; `ownership.py`: is it still that? `made.py`: the
  things that `lab.diagram()` looks at
- `sweep.py`: finds and deletes what is left: `lambdalab clean`, whose words are in `clean.py`
- `account.py`: what cells see as `lab`; `waiting.py` its clock, `history.py` its events, from CloudWatch
- `children.py`: the `aws` command and other Python children are watched as well
- `aws.py`: which addresses are AWS

Nothing here is imported, and nothing of it runs, as long as the switch is not set.
"""
