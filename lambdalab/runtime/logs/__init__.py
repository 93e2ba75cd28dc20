"""What stands in a function's log: the lines that Lambda writes, and those of the function.

- `report.py`: START, END and REPORT in the text format; `system_log.py`: text or JSON, by LoggingConfig
- `log_level.py`: levels, and which of them a function wants
- `output.py`: bytes that a process writes → log records
"""
