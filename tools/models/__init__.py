"""What is new at AWS for Lambda and its neighbours: botocore's models that the lab uses, beside the newest on PyPI.

    python -m tools.models                               what the locked version lacks, as the text of an issue
    python -m tools.models --from 1.44.5 --to 1.44.8     what came between two releases

__main__.py   the command
releases.py   where models come from: the environment, or a wheel from PyPI
trees.py      a folder of models, and what one service's model says
changes.py    what is in one model and not in the other
sentences.py  numbers in AWS's documentation: some limits stand nowhere else
issue.py      all that as Markdown
"""
