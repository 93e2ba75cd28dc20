"""What all operations of Lambda share.

- `validation.py`: every request is checked against AWS's model (`constraints.py`) and Lambda's quotas (`quotas.py`,
  `runtimes.py`)
- `names.py`: how a function is named
- `operation.py`: how an operation of moto's is replaced, what it is asked, how it answers; `errors.py`: errors
- `paging.py`: lists in pages
- `unsupported.py`: what is not part of this lab says so
"""
