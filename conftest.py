"""For every test run, also of one notebook: notebooks are tests, and no test is skipped silently."""

from hypothesis import settings

# What an example takes on a busy machine says nothing. The profile is otherwise the one that Hypothesis has chosen.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")

pytest_plugins = ["tests.chromium", "tests.loud_skips", "tests.models", "tests.notebooks.plugin", "pytester"]
