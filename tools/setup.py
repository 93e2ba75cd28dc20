"""`make setup`: everything the course needs, in .venv and node_modules. Runs under the system's own Python.

This file stays readable for an old Python, so that it can say what is wrong instead of failing with a SyntaxError.
The work is in tools/bootstrap/.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# As a script, sys.path starts with tools/, where a folder named like a module of the standard library would hide it.
sys.path[0] = str(ROOT)

from tools.bootstrap.python_version import complaint  # noqa: E402

if __name__ == "__main__":
    trouble = complaint(sys.version_info[:2], sys.executable)
    if trouble:
        sys.exit(trouble)
    from tools.bootstrap.main import main

    sys.exit(main(ROOT, sys.argv[1:]))
