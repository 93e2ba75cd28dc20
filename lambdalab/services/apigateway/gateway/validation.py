"""Request validators: required parameters must be present, and the body must match the model of its content type.

Models are JSON Schema (draft 4), so the jsonschema library validates bodies. Only the owner sees what is wrong with a
body: $context.error.validationErrorString. For the most common errors it is worded as by the library that API Gateway
uses, for others as by jsonschema.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from lambdalab.runtime.json_text import parse

from . import gateway_responses as responses
from .gateway_responses import GatewayError
from .media import media_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .request import ApiRequest

_MODEL_REFERENCE = "/models/"


def check(received: ApiRequest) -> None:
    """Validate a request. Raises GatewayError."""
    method = received.method
    assert method is not None
    if method.validates_parameters and (missing := _missing(received)):
        raise GatewayError(
            responses.BAD_REQUEST_PARAMETERS, f"Missing required request parameters: [{', '.join(missing)}]"
        )
    if not method.validates_body:
        return
    name = method.models.get(media_type(received.header("content-type")) or "application/json")
    schema = received.stage.definition.models.get(name) if name else None
    if schema is None:
        return
    try:
        document = parse(received.request.body or b"{}")
    except ValueError:
        raise GatewayError(responses.BAD_REQUEST_BODY) from None
    wrong = problems(document, schema, received.stage.definition.models)
    if wrong:
        raise GatewayError(responses.BAD_REQUEST_BODY, why=f"[{', '.join(wrong)}]")


def problems(document: Any, schema: Any, models: Mapping[str, Any]) -> list[str]:
    """What is wrong with a document."""
    resolved = json.dumps(_resolved(schema, models, ()))
    try:
        found = list(_validator(resolved).iter_errors(document))
    except Exception:  # jsonschema raises exceptions of many kinds for a model that is not a schema
        return ["the model is not a JSON Schema"]
    return [_words(each) for each in found]


@functools.lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    from jsonschema import Draft4Validator

    return Draft4Validator(json.loads(schema))


def _missing(received: ApiRequest) -> list[str]:
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
    """The message of API Gateway's validator."""
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
