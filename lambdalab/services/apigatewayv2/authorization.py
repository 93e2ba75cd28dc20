"""Who may call a route of an HTTP API: anybody, or by a JWT, a Lambda authorizer or a signature (AWS_IAM).

The output of a Lambda authorizer is cached for AuthorizerResultTtlInSeconds of the lab's clock, by the values of its
identity sources; without that time, or without identity sources, it is not cached. An authorizer that fails makes the
response a 500; AWS documents no other status.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.delivery.event_json import document
from lambdalab.delivery.integration_timeout import TooLate
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.endpoint.access import Refusal
from lambdalab.services.apigateway.invocation import invoke

from .gateway import jwt
from .gateway.authorizers import MalformedOutput, Output, identity, read_output
from .gateway.expressions import Values, fill, function_arn
from .issuers import NoIssuer
from .payloads import Authorized, authorizer_event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdalab.http_payload import Caller
    from lambdalab.services.parts import LabParts

    from .deployments import Authorizer, Route
    from .issuers import Issuers
    from .payloads import ApiRequest

_TIMEOUT_S = 10.0
"""Of an authorizer. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
_MOST_CACHED = 10_000
_DEFAULT_SOURCES = ("$request.header.Authorization",)


class Unauthorized(Exception):
    """401, with a challenge for the header www-authenticate, if there is one."""

    def __init__(self, challenge: str | None = None) -> None:
        super().__init__(challenge)
        self.challenge = challenge


class Forbidden(Unauthorized):
    """403."""


class AuthorizerFailed(Exception):
    """500. The message is for the API's own log."""


class Authorization:
    """The authorization of all HTTP APIs."""

    def __init__(self, lab: LabParts, issuers: Issuers) -> None:
        self._lab = lab
        self._issuers = issuers
        self._cache: dict[tuple[str, ...], tuple[float, Output]] = {}

    def check(
        self, route: Route, received: ApiRequest, values: Values, signer: Callable[[], Caller | None]
    ) -> Authorized:
        """Who may call the route with this request. Raises Unauthorized, Forbidden, AuthorizerFailed."""
        if route.authorization == "AWS_IAM":
            return self._signed(received, signer)
        if route.authorizer is None:
            raise AuthorizerFailed("the authorizer does not exist any more")
        if route.authorization == "JWT":
            return self._token(route.authorizer, route.scopes, values)
        return self._lambda(route.authorizer, received, values)

    def reset_cache(self, api_id: str, stage: str) -> None:
        """Drop what the authorizers of this stage returned."""
        for key in [each for each in list(self._cache) if each[:2] == (api_id, stage)]:
            self._cache.pop(key, None)

    def _signed(self, received: ApiRequest, signer: Callable[[], Caller | None]) -> Authorized:
        try:
            caller = signer()
        except Refusal:
            raise Forbidden from None
        if caller is None or not self._lab.enforcement.may_call_api(caller.access_key, received.arn):
            raise Forbidden
        return Authorized(caller=caller)

    def _token(self, authorizer: Authorizer, scopes: Sequence[str], values: Values) -> Authorized:
        found = identity(authorizer.identity_sources or _DEFAULT_SOURCES, values)
        if not found:
            raise Unauthorized("Bearer")
        required = " ".join(scopes)
        try:
            token = jwt.read(jwt.without_bearer(found[0]))
            jwt.check(
                token,
                issuer=authorizer.issuer,
                audience=authorizer.audience,
                keys=lambda: self._issuers.keys(authorizer.issuer, token.key_id),
                now=self._lab.clock.time(),
            )
            granted = jwt.check_scopes(token, scopes)
        except jwt.InvalidToken as problem:
            raise Unauthorized(_challenge(required, "invalid_token", str(problem))) from None
        except NoIssuer:
            raise Unauthorized(
                _challenge(required, "invalid_token", "OIDC discovery endpoint communication error")
            ) from None
        except jwt.InsufficientScope as problem:
            raise Forbidden(_challenge(required, "insufficient_scope", str(problem))) from None
        return Authorized(claims=jwt.as_texts(token.claims), scopes=granted)

    def _lambda(self, authorizer: Authorizer, received: ApiRequest, values: Values) -> Authorized:
        found = identity(authorizer.identity_sources, values)
        if found is None:
            raise Unauthorized
        key = (received.api_id, received.stage, authorizer.id, *found)
        ttl_s = authorizer.ttl_s if authorizer.identity_sources else 0
        expires, output = self._cache.get(key, (float("-inf"), Output()))
        now = self._lab.clock.time()
        if not ttl_s or expires <= now:
            output = self._invoke(authorizer, received, values, found)
            if ttl_s:
                self._add_to_cache(key, now, ttl_s, output)
        if not output.allows(received.arn):
            raise Forbidden
        return Authorized(context=output.context, principal_id=output.principal_id)

    def _add_to_cache(self, key: tuple[str, ...], now: float, ttl_s: int, output: Output) -> None:
        if len(self._cache) >= _MOST_CACHED:  # Somebody who guesses tokens must not fill the memory.
            for old in [each for each, (expires, _) in list(self._cache.items()) if expires <= now]:
                self._cache.pop(old, None)
        if len(self._cache) < _MOST_CACHED:
            self._cache[key] = now + ttl_s, output

    def _invoke(self, authorizer: Authorizer, received: ApiRequest, values: Values, found: list[str]) -> Output:
        try:
            attempt = invoke(
                self._lab,
                function_arn(fill(authorizer.uri, values)),
                document(authorizer_event(received, authorizer.payload_format, found or None)),
                source_arn=f"{received.arn.split('/')[0]}/authorizers/{authorizer.id}",
                account=received.account,
                role=authorizer.credentials,
                timeout_s=_TIMEOUT_S,
            )
        except (NotAllowed, NoSuchFunction) as problem:
            raise AuthorizerFailed(str(problem)) from None
        except TooLate:
            raise AuthorizerFailed("the authorizer took too long") from None
        if attempt.status != 200 or attempt.failed or attempt.payload is None:
            raise AuthorizerFailed("the authorizer failed")
        try:
            return read_output(attempt.payload, simple=authorizer.simple_responses)
        except MalformedOutput as problem:
            raise AuthorizerFailed(str(problem)) from None


def _challenge(scopes: str, error: str, description: str) -> str:
    return f'Bearer scope="{scopes}" error="{error}" error_description="{description}"'
