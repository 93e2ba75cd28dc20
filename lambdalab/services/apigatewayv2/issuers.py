"""Issuers of JSON Web Tokens: the discovery document and the key set of a JWT authorizer's issuer.

AWS fetches `ISSUER/.well-known/openid-configuration` from the internet, and the key set from the `jwks_uri` in that
document. Here an issuer must be part of the lab, under the name that it would have on AWS: a function with a URL, a
route of an API without an authorizer, or two public objects in a bucket. The same cells then work on AWS.

A key set is cached for two hours, as AWS documents. A token whose `kid` is not in it makes the lab fetch it again, at
most once a minute; AWS does not document that. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.runtime.json_text import parse

if TYPE_CHECKING:
    from lambdalab.clock import Clock
    from lambdalab.endpoint.fetch import Web

_DISCOVERY = "/.well-known/openid-configuration"
_KEPT_S = 2 * 3600
_AGAIN_S = 60
_MOST_BYTES = 150_000
"""Of a key set. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""

Keys = list[dict[str, Any]]


class NoIssuer(LookupError):
    """The issuer's documents cannot be fetched."""


class Issuers:
    """Fetches and caches key sets. Safe to use from any thread: at worst one is fetched twice."""

    def __init__(self, web: Web, clock: Clock) -> None:
        self._web = web
        self._clock = clock
        self._kept: dict[str, tuple[float, Keys]] = {}

    def check(self, issuer: str) -> None:
        """Raise NoIssuer, with AWS's message, if there is no such issuer."""
        try:
            self._fetch(f"{issuer.rstrip('/')}{_DISCOVERY}")
        except NoIssuer as problem:
            address = f"{issuer.rstrip('/')}{_DISCOVERY}"
            raise NoIssuer(
                f"Caught exception when connecting to {address} for issuer {issuer}. Please try again later. "
                f"Error: Invalid issuer: {issuer}. Issuer must have a valid discovery endpoint ended with "
                f"'{_DISCOVERY}'. ({problem})"
            ) from None

    def keys(self, issuer: str, key_id: str | None) -> Keys:
        """The issuer's keys."""
        now = self._clock.time()
        fetched, keys = self._kept.get(issuer, (float("-inf"), []))
        known = any(key.get("kid") == key_id for key in keys)
        if now - fetched < (_KEPT_S if known else _AGAIN_S):
            return keys
        document = self._fetch(f"{issuer.rstrip('/')}{_DISCOVERY}")
        listed = self._fetch(str(document.get("jwks_uri"))).get("keys")
        keys = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
        self._kept[issuer] = now, keys
        return keys

    def forget(self) -> None:
        """Fetch everything anew."""
        self._kept.clear()

    def _fetch(self, url: str) -> dict[str, Any]:
        answer = self._web.get(url)
        if answer is None:
            raise NoIssuer(
                f"The lab sends nothing to {url}: no request leaves this machine. Here an issuer is a function URL, "
                "an API or a public object of the lab"
            )
        if answer.status != 200:
            raise NoIssuer(f"{url} answers {answer.status}")
        try:
            document = parse(answer.body) if len(answer.body) <= _MOST_BYTES else None
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise NoIssuer(f"{url} answers no JSON document of at most {_MOST_BYTES} bytes")
        return document
