"""Execution environments made of processes.

- `environments.py`: makes them, and owns what they share
- `process.py`: one environment: a process that runs AWS's runtime client, and one for each extension
- `snapshots.py`: SnapStart: each environment is a fork of a snapshot
- `workspace.py`: the lab's folder on the machine; `folders.py`: where an environment's folders are in it; `links.py`;
  `stale_folders.py`: what killed labs left behind
- `namespace.py`: AWS's paths for real, by mount namespaces
- `parent_death.py`: processes that end with the lab; `graceful_exit.py`: SIGTERM in the Shutdown phase
- `memory.py`: how much memory an environment has held
"""
