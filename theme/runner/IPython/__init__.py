"""A stand-in for IPython in the page: `IPython.display`, so that a notebook's cells run unchanged.

The real package needs processes, threads and sockets. `IPython.lib.pretty` is the real one (it decides how a dict is
laid out), put beside this file by the bundle.
"""


def get_ipython() -> None:
    """Return None, as IPython does where no shell runs."""
