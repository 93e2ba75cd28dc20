"""A function: its configuration, state, code, role and logging.

- `configuration.py`: a function's configuration as AWS keeps and returns it
- `state.py`: Pending and Active, InProgress and Successful; revision ids
- `lifecycle.py`: packages are checked before they are stored; `code_in_s3.py`: those that a call names in S3
- `logging_config.py`: LoggingConfig; `snapstart.py`: SnapStart
- `execution_role.py`: whether Lambda can assume a function's role, and what that must allow
- `engine_function.py`: a function as moto stores it → a function as the engine runs it
"""
