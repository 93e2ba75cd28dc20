"""What builds, checks and serves the course. The Makefile runs all of it, but for models and the pictures.

setup.py, bootstrap/    make setup
browser/, site/         make site; site/ is what MkDocs calls
serve.py                make serve
lab.py                  make lab
notebooks/              make notebooks
check.py                make check, and with it check_commit_hygiene.py
bench/                  make bench
models/                 what is new in AWS's models: the text of an issue, every week
house/                  the picture of the packages, and what the tests know of who imports whom
journeys/               how many files one Invoke, one message and one request pass through
sam_wheel.py            what make bench and make test compare with
picture.py              the README's picture
"""
