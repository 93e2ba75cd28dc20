"""API Gateway is used without the library that validates API definitions, which is imported when it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lambdalab.services.apigateway import lazy_imports

PETS = {"openapi": "3.0.1", "info": {"title": "pets", "version": "1"}, "paths": {}}
PROGRAM = """
import sys
import boto3
import lambdalab
lambdalab.start()
boto3.client("apigateway").create_rest_api(name="pets")
print(*(name in sys.modules for name in ("moto.apigateway.models", "openapi_spec_validator", "jsonschema")))
from openapi_spec_validator import validate
print(validate.__module__.partition(".")[0])
"""


def test_a_rest_api_is_created_without_the_validator_and_nothing_stays_in_its_place() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["True False False", "openapi_spec_validator"], done.stderr


def test_the_validator_is_imported_when_it_is_needed() -> None:
    lazy_imports.validate(PETS)
    with pytest.raises(lazy_imports.OpenAPIValidationError) as caught:
        lazy_imports.validate({**PETS, "info": {"title": "pets"}})
    assert "'version' is a required property" in caught.value.message
