"""Set-up from a bare Python to a machine on which every command of the Makefile works. Standard library only.

    setup.py ─► python_version     is this Python new enough?
        └────► main ─► plan       which steps there are, and what each depends on
                 │       ├─ pip        the locked Python packages
                 │       ├─ node       Node.js, npm and the page's packages
                 │       ├─ chromium   the browser for the tests
                 │       └─ jupyter    kernels that start the lab
                 ├──► stamps     which steps are done already, and with which inputs
                 ├──► progress   runs a command and shows how far it is
                 └──► trouble    what happened, why, what to do

A step runs when its inputs (lock files, Python version, place of the checkout) differ from those of its last success.
"""
