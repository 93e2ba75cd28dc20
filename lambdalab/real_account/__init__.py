"""A real account instead of the lab, by an explicit switch: LAMBDALAB_TARGET=aws.

The same cells, with the reader's own credentials. What stands between a cell and a mistake:

- `checks.py`: is this an account for experiments? Checked before the first call; `place.py` is the result
- `watch.py`: checks every boto3 call: where it goes, whose resources it changes, what it creates
- `calls.py`, `arns.py`: what a call does, and which resource an ARN names; `kinds.py`: the kinds of resources and how
  each is deleted, as the rooms of the services say in their `account.py`
- `ledger.py`: what was created, written down before it is requested; `ownership.py`: is it still that resource?
  `made_scope.py`: the resources that `lab.diagram()` reads
- `sweep.py`: finds and deletes what is left: `lambdalab clean`, whose output is written in `clean.py`
- `account.py`: what cells see as `lab`; `waiting.py`: its clock; `history.py`: its events, from CloudWatch
- `children.py`: the `aws` command and other Python children are watched as well
- `aws.py`: which addresses are AWS

Nothing here is imported, and nothing of it runs, unless the switch is set.
"""
