"""Request validators: required parameters are there, and the body is what the model of its content type says.

Bodies are checked with the jsonschema library, as models are JSON Schema (draft 4). What is wrong with a body is told
to the owner only, in $context.error.validationErrorString, in the words of the library that API Gateway uses for the
commonest faults and in jsonschema's for others.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from lambdalab.runtime.json_text import parse

from . import gateway_responses as refusals
from .gateway_responses import Refused
from .media import media_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .request import Received

_MODEL_REFERENCE = "/models/"


def check(received: Received) -> None:
    """Raises Refused."""
    method = received.method
    assert method is not None
    if method.validates_parameters and (missing := _missing(received)):
        raise Refused(refusals.BAD_REQUEST_PARAMETERS, f"Missing required request parameters: [{', '.join(missing)}]")
    if not method.validates_body:
        return
    name = method.models.get(media_type(received.header("content-type")) or "application/json")
    schema = received.stage.definition.models.get(name) if name else None
    if schema is None:
        return
    try:
        document = parse(received.request.body or b"{}")
    except ValueError:
        raise Refused(refusals.BAD_REQUEST_BODY) from None
    wrong = problems(document, schema, received.stage.definition.models)
    if wrong:
        raise Refused(refusals.BAD_REQUEST_BODY, why=f"[{', '.join(wrong)}]")


def problems(document: Any, schema: Any, models: Mapping[str, Any]) -> list[str]:
    """What is wrong with a document."""
    try:
        validator = _validator(json.dumps(_resolved(schema, models, ())))
        return [_words(each) for each in validator.iter_errors(document)]
    except Exception:  # a model that is no schema makes the library raise what it likes
        return ["the model is no JSON Schema"]


@functools.lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    from jsonschema import Draft4Validator

    return Draft4Validator(json.loads(schema))


def _missing(received: Received) -> list[str]:
    assert received.method is not None
    missing = []
    for source, required in received.method.parameters.items():
        where, _, name = source.removeprefix("method.request.").partition(".")
        if required and not received.parameter(where, name):
            missing.append(name)
    return sorted(missing)


def _resolved(schema: Any, models: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    """With references to other models ("…/restapis/…/models/Pet") replaced by these."""
    if isinstance(schema, list):
        return [_resolved(each, models, inside) for each in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and _MODEL_REFERENCE in reference:
        name = reference.rpartition(_MODEL_REFERENCE)[2]
        if name in inside or name not in models:
            return {}
        return _resolved(models[name], models, (*inside, name))
    return {key: _resolved(value, models, inside) for key, value in schema.items() if key != "$schema"}


_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def _words(error: Any) -> str:
    """As the validator of API Gateway says it."""
    if error.validator == "required":
        missing = [each for each in error.validator_value if each not in error.instance]
        return f"object has missing required properties ({json.dumps(missing, separators=(',', ':'))})"
    if error.validator == "type":
        wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        wanted = sorted({*wanted, *(("integer",) if "number" in wanted else ())})
        found = _TYPES.get(type(error.instance), "null")
        allowed = json.dumps(wanted, separators=(",", ":"))
        return f"instance type ({found}) does not match any allowed primitive type (allowed: {allowed})"
    if error.validator == "enum":
        shown = json.dumps(error.instance), json.dumps(error.validator_value, separators=(",", ":"))
        return f"instance value ({shown[0]}) not found in enum (possible values: {shown[1]})"
    return str(error.message)
