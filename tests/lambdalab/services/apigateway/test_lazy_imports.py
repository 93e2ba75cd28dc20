"""A lab starts without the library that checks definitions of APIs, and has it when it is wanted."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lambdalab.services.apigateway import lazy_imports as late

PETS = {"openapi": "3.0.1", "info": {"title": "pets", "version": "1"}, "paths": {}}
PROGRAM = """
import sys
import lambdalab
lambdalab.start()
print(*(name in sys.modules for name in ("moto.apigateway.models", "openapi_spec_validator", "jsonschema")))
from openapi_spec_validator import validate
print(validate.__module__.partition(".")[0])
"""


def test_a_lab_starts_without_it_and_leaves_nothing_in_its_place() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["True False False", "openapi_spec_validator"], done.stderr


def test_what_is_checked_late_is_checked() -> None:
    late.validate(PETS)
    with pytest.raises(late.OpenAPIValidationError) as caught:
        late.validate({**PETS, "info": {"title": "pets"}})
    assert "'version' is a required property" in caught.value.message
