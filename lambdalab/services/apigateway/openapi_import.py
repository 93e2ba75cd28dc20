"""APIs from an OpenAPI document, 2.0 (Swagger) or 3.0, with API Gateway's extensions (x-amazon-apigateway-…).

moto reads paths, methods and integrations of version 3 and drops the rest. The lab also reads the document's schemas,
parameters, security, validators, gateway responses, media types and policy. What it does not know it ignores, as AWS
does without failOnWarnings; the lab does so with failOnWarnings as well.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from . import state

_X = "x-amazon-apigateway-"
_VERBS = ("get", "put", "post", "delete", "options", "head", "patch")
MODES = ("merge", "overwrite")


def import_api(backend: state.Backend, document: state.Document) -> state.RestApi:
    """ImportRestApi: a new API."""
    info = document.get("info") or {}
    api = backend.create_rest_api(name=str(info.get("title") or "API"), description=info.get("description"))
    api.version = str(info.get("version") or api.version)
    _Import(backend, api, document).run()
    return api


def put_api(backend: state.Backend, api_id: str, document: state.Document, mode: str) -> state.RestApi:
    """PutRestApi: what the document describes is added to an API, or replaces everything in it."""
    api = backend.get_rest_api(api_id)
    if mode == "overwrite":
        parts: tuple[dict[str, Any], ...] = (
            api.resources,
            api.models,
            api.authorizers,
            api.request_validators,
            api.gateway_responses,
        )
        for part in parts:
            part.clear()
        api.default = api.add_child("/")
        api.root_resource_id = api.default.id
    _Import(backend, api, document).run()
    return api


@dataclass
class _Import:
    backend: state.Backend
    api: state.RestApi
    document: dict[str, Any]
    authorizers: dict[str, str] = field(default_factory=dict)
    """Ids, by the names of security schemes."""
    validators: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Create everything that the document describes."""
        self._settings()
        self._models()
        self._validators()
        self._authorizers()
        for path, item in (self.document.get("paths") or {}).items():
            resource = self._resource(path)
            for verb, operation in _operations(item or {}):
                self._method(resource, verb, operation, item.get("parameters") or [])

    def _settings(self) -> None:
        if kinds := self.document.get(f"{_X}binary-media-types"):
            self.api.binaryMediaTypes = [str(each) for each in kinds]
        if source := self.document.get(f"{_X}api-key-source"):
            self.api.api_key_source = str(source).upper()
        if policy := self.document.get(f"{_X}policy"):
            self.api.policy = policy if isinstance(policy, str) else json.dumps(policy)
        for kind, each in (self.document.get(f"{_X}gateway-responses") or {}).items():
            status = each.get("statusCode")
            self.backend.put_gateway_response(
                self.api.id,
                kind,
                str(status) if status is not None else None,
                each.get("responseParameters") or {},
                each.get("responseTemplates") or {},
            )

    def _models(self) -> None:
        components = self.document.get("components") or {}
        schemas = {**(self.document.get("definitions") or {}), **(components.get("schemas") or {})}
        for name, schema in schemas.items():
            text = json.dumps(self._schema(schema))
            self.backend.create_model(self.api.id, name, "application/json", schema.get("description"), text)

    def _schema(self, schema: Any) -> Any:
        """With references to the document's own schemas turned into references to models."""
        if isinstance(schema, list):
            return [self._schema(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            name = reference.rpartition("/")[2]
            return {"$ref": f"https://apigateway.amazonaws.com/restapis/{self.api.id}/models/{name}"}
        return {key: self._schema(value) for key, value in schema.items()}

    def _validators(self) -> None:
        for name, each in (self.document.get(f"{_X}request-validators") or {}).items():
            made = self.backend.create_request_validator(
                self.api.id, name, bool(each.get("validateRequestBody")), bool(each.get("validateRequestParameters"))
            )
            self.validators[name] = made.id

    def _authorizers(self) -> None:
        for name, scheme in self._schemes().items():
            described = scheme.get(f"{_X}authorizer") or {}
            if not described:
                continue
            source = described.get("identitySource") or (
                f"method.request.header.{scheme['name']}" if scheme.get("in") == "header" else None
            )
            made = self.backend.create_authorizer(
                self.api.id,
                name,
                str(described.get("type", "token")).upper(),
                provider_arns=described.get("providerARNs"),
                auth_type=scheme.get(f"{_X}authtype"),
                authorizer_uri=described.get("authorizerUri"),
                authorizer_credentials=described.get("authorizerCredentials"),
                identity_source=source,
                identiy_validation_expression=described.get("identityValidationExpression"),
                authorizer_result_ttl=described.get("authorizerResultTtlInSeconds", 300),
            )
            self.authorizers[name] = made.id

    def _schemes(self) -> dict[str, Any]:
        components = self.document.get("components") or {}
        return {**(self.document.get("securityDefinitions") or {}), **(components.get("securitySchemes") or {})}

    def _resource(self, path: str) -> state.Resource:
        """The resource of a path, created with all its parents if need be."""
        resource = next(each for each in self.api.resources.values() if each.parent_id is None)
        for part in filter(None, path.split("/")):
            below = (each for each in self.api.resources.values() if each.parent_id == resource.id)
            found = next((each for each in below if each.path_part == part), None)
            resource = found or self.backend.create_resource(self.api.id, resource.id, part)
        return resource

    def _method(self, resource: state.Resource, verb: str, operation: dict[str, Any], shared: list[Any]) -> None:
        kind, authorizer, key = self._security(operation)
        parameters, models = self._parameters([*shared, *(operation.get("parameters") or [])], operation)
        default = self.document.get(f"{_X}request-validator")
        self.backend.put_method(
            self.api.id,
            resource.id,
            verb,
            kind,
            api_key_required=key,
            request_parameters=parameters or None,
            request_models=models or None,
            operation_name=operation.get("operationId"),
            authorizer_id=authorizer,
            request_validator_id=self.validators.get(str(operation.get(f"{_X}request-validator") or default)),
        )
        for status, response in (operation.get("responses") or {}).items():
            if str(status).isdecimal():
                names = {f"method.response.header.{name}": False for name in (response or {}).get("headers") or {}}
                self.backend.put_method_response(
                    self.api.id, resource.id, verb, str(status), response_models=None, response_parameters=names
                )
        if described := operation.get(f"{_X}integration"):
            self._integration(resource, verb, described)

    def _security(self, operation: dict[str, Any]) -> tuple[str, str | None, bool]:
        """Authorization type, authorizer, and whether an API key is required."""
        kind, authorizer, key = "NONE", None, False
        schemes = self._schemes()
        wanted = operation.get("security", self.document.get("security")) or []
        for name in (each for requirement in wanted for each in requirement):
            scheme = schemes.get(name) or {}
            if name in self.authorizers:
                pool = str((scheme.get(f"{_X}authorizer") or {}).get("type", "")).lower() == "cognito_user_pools"
                kind, authorizer = ("COGNITO_USER_POOLS" if pool else "CUSTOM"), self.authorizers[name]
            elif str(scheme.get(f"{_X}authtype", "")).lower() == "awssigv4":
                kind = "AWS_IAM"
            elif str(scheme.get("name", "")).lower() == "x-api-key":
                key = True
        own = operation.get(f"{_X}auth") or {}
        return str(own.get("type") or kind).upper(), authorizer, key

    def _parameters(
        self, described: list[dict[str, Any]], operation: dict[str, Any]
    ) -> tuple[dict[str, bool], dict[str, str]]:
        parameters: dict[str, bool] = {}
        models: dict[str, str] = {}
        where = {"query": "querystring", "path": "path", "header": "header"}
        for each in described:
            if each.get("in") in where:
                parameters[f"method.request.{where[each['in']]}.{each['name']}"] = bool(each.get("required"))
            elif each.get("in") == "body":
                self._model(models, "application/json", each.get("schema") or {})
        for kind, each in ((operation.get("requestBody") or {}).get("content") or {}).items():
            self._model(models, kind, each.get("schema") or {})
        return parameters, models

    def _model(self, models: dict[str, str], kind: str, schema: dict[str, Any]) -> None:
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name:
            models[kind] = name

    def _integration(self, resource: state.Resource, verb: str, described: dict[str, Any]) -> None:
        kind = str(described.get("type", "")).upper()
        self.backend.put_integration(
            self.api.id,
            resource.id,
            verb,
            kind,
            described.get("uri") or "",
            described.get("httpMethod") or ("" if kind == "MOCK" else verb),
            credentials=described.get("credentials"),
            request_templates=described.get("requestTemplates"),
            passthrough_behavior=str(described.get("passthroughBehavior") or "").upper() or None,
            timeout_in_millis=described.get("timeoutInMillis"),
            request_parameters=described.get("requestParameters"),
            content_handling=described.get("contentHandling"),
        )
        for pattern, response in (described.get("responses") or {}).items():
            status = str(response.get("statusCode") or "200")
            self.backend.put_integration_response(
                self.api.id,
                resource.id,
                verb,
                status,
                "" if pattern == "default" else pattern,
                response.get("responseTemplates") or {},
                response.get("responseParameters") or {},
                response.get("contentHandling"),
            )


def _operations(item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for verb in _VERBS:
        if verb in item:
            yield verb.upper(), item[verb] or {}
    if f"{_X}any-method" in item:
        yield "ANY", item[f"{_X}any-method"] or {}
