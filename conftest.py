"""For every test run, also of one notebook: notebooks are tests, and no test is skipped silently."""

pytest_plugins = ["tests.chromium", "tests.loud_skips", "tests.notebooks.plugin", "pytester"]
