"""Who is let in to a route of an HTTP API: everybody, who has a token, whom a function lets in, or who signs.

What a Lambda authorizer said is kept for AuthorizerResultTtlInSeconds of the lab's clock, for the same values of its
identity sources; without a time, or without identity sources, nothing is. AWS does not say that an authorizer that
fails answers anything but 500.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lambdalab.delivery.integration_timeout import TooLate
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.endpoint.access import Refusal
from lambdalab.services.apigateway.invocation import call

from .gateway import jwt
from .gateway.authorizers import MalformedAnswer, Verdict, identity, verdict
from .gateway.expressions import Values, fill
from .issuers import NoIssuer
from .payloads import Authorized, authorizer_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.http_payload import Caller
    from lambdalab.services.parts import LabParts

    from .issuers import Issuers
    from .payloads import Received

PATIENCE_S = 10.0
"""For an authorizer. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
_MOST_KEPT = 10_000
_INSIDE = re.compile(r"/functions/(arn:[^/]+)/invocations$")


class Unauthorized(Exception):
    """401, with what the header www-authenticate says, if anything."""

    def __init__(self, challenge: str | None = None) -> None:
        super().__init__(challenge)
        self.challenge = challenge


class Forbidden(Unauthorized):
    """403."""


class AuthorizerFailed(Exception):
    """500. The message is for the API's own log."""


def function_of(uri: str, values: Values) -> str:
    """The function's ARN in the URI of an integration or an authorizer, in which stage variables may stand."""
    filled = fill(uri, values)
    found = _INSIDE.search(filled)
    return found[1] if found else filled


class Authorization:
    """Of all HTTP APIs."""

    def __init__(self, lab: LabParts, issuers: Issuers) -> None:
        self._lab = lab
        self._issuers = issuers
        self._kept: dict[tuple[str, ...], tuple[float, Verdict]] = {}

    def check(
        self,
        route: dict[str, Any],
        authorizer: dict[str, Any] | None,
        received: Received,
        values: Values,
        signer: Callable[[], Caller | None],
    ) -> Authorized:
        """Who is let in. Raises Unauthorized, Forbidden, AuthorizerFailed."""
        kind = route.get("authorizationType") or "NONE"
        if kind == "NONE":
            return Authorized()
        if kind == "AWS_IAM":
            return self._signed(received, signer)
        if authorizer is None:
            raise AuthorizerFailed("the authorizer is not there any more")
        if kind == "JWT":
            return self._token(authorizer, route.get("authorizationScopes") or [], values)
        return self._asked(authorizer, received, values)

    def forget(self, api_id: str, stage: str) -> None:
        """Ask the authorizers of this stage anew."""
        for key in [each for each in list(self._kept) if each[:2] == (api_id, stage)]:
            self._kept.pop(key, None)

    def _signed(self, received: Received, signer: Callable[[], Caller | None]) -> Authorized:
        try:
            caller = signer()
        except Refusal:
            raise Forbidden from None
        if caller is None or not self._lab.enforcement.may_call_api(caller.access_key, received.arn):
            raise Forbidden
        return Authorized(caller=caller)

    def _token(self, authorizer: dict[str, Any], scopes: list[str], values: Values) -> Authorized:
        found = identity(authorizer.get("identitySource") or ["$request.header.Authorization"], values)
        if not found:
            raise Unauthorized("Bearer")
        config = authorizer["jwtConfiguration"] or {}
        issuer = config.get("issuer") or ""
        wanted = " ".join(scopes)
        try:
            token = jwt.read(jwt.without_bearer(found[0]))
            jwt.check(
                token,
                issuer=issuer,
                audience=config.get("audience") or [],
                keys=lambda: self._issuers.keys(issuer, token.key_id),
                now=self._lab.clock.time(),
            )
            had = jwt.check_scopes(token, scopes)
        except jwt.InvalidToken as problem:
            raise Unauthorized(_challenge(wanted, "invalid_token", str(problem))) from None
        except NoIssuer:
            raise Unauthorized(
                _challenge(wanted, "invalid_token", "OIDC discovery endpoint communication error")
            ) from None
        except jwt.InsufficientScope as problem:
            raise Forbidden(_challenge(wanted, "insufficient_scope", str(problem))) from None
        return Authorized(claims=jwt.as_texts(token.claims), scopes=had)

    def _asked(self, authorizer: dict[str, Any], received: Received, values: Values) -> Authorized:
        lab = authorizer.get("identitySource") or []
        found = identity(lab, values)
        if found is None:
            raise Unauthorized
        key = (received.api_id, received.stage, authorizer["authorizerId"], *found)
        kept_s = int(authorizer.get("authorizerResultTtlInSeconds") or 0) if lab else 0
        until, said = self._kept.get(key, (float("-inf"), Verdict()))
        now = self._lab.clock.time()
        if not kept_s or until <= now:
            said = self._ask(authorizer, received, values, found)
            if kept_s:
                self._keep(key, now, kept_s, said)
        if not said.allows(received.arn):
            raise Forbidden
        return Authorized(context=said.context, principal_id=said.principal_id)

    def _keep(self, key: tuple[str, ...], now: float, for_s: int, said: Verdict) -> None:
        if len(self._kept) >= _MOST_KEPT:  # who guesses tokens fills no memory
            for old in [each for each, (until, _) in list(self._kept.items()) if until <= now]:
                self._kept.pop(old, None)
        if len(self._kept) < _MOST_KEPT:
            self._kept[key] = now + for_s, said

    def _ask(self, authorizer: dict[str, Any], received: Received, values: Values, found: list[str]) -> Verdict:
        version = authorizer.get("authorizerPayloadFormatVersion") or "2.0"
        function = function_of(str(authorizer.get("authorizerUri")), values)
        source = f"{received.arn.split('/')[0]}/authorizers/{authorizer['authorizerId']}"
        event = authorizer_event(received, version, found or None)
        try:
            said = call(
                self._lab,
                function,
                event,
                source_arn=source,
                account=received.account,
                role=authorizer.get("authorizerCredentialsArn"),
                wait_s=PATIENCE_S,
            )
        except (NotAllowed, NoSuchFunction) as problem:
            raise AuthorizerFailed(str(problem)) from None
        except TooLate:
            raise AuthorizerFailed("the authorizer took too long") from None
        if said.status != 200 or said.failed or said.payload is None:
            raise AuthorizerFailed("the authorizer failed")
        try:
            simple = version == "2.0" and bool(authorizer.get("enableSimpleResponses"))
            return verdict(said.payload, simple=simple)
        except MalformedAnswer as problem:
            raise AuthorizerFailed(str(problem)) from None


def _challenge(scopes: str, error: str, description: str) -> str:
    return f'Bearer scope="{scopes}" error="{error}" error_description="{description}"'
