"""What runs inside a Python execution environment's process, beside AWS's own runtime client.

- `main.py`: the program that is started
- `runtime_client.py`: a stand-in for awslambdaric's compiled transport
- `_lambdalab_guard.py`: no request leaves the machine
- `_lambdalab_snapshot.py`: snapshots of the process, for SnapStart
"""
