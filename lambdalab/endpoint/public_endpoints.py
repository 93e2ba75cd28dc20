"""Public endpoints: the addresses to which anybody may send a request without a signature.

    https://<url-id>.lambda-url.<region>.on.aws/path              a function URL
    https://<api-id>.execute-api.<region>.amazonaws.com/…/path    an API of API Gateway; … is a stage, if it has a name

Here they are http://127.0.0.1:PORT/_aws/lambda-url/<url-id>/path, and http://<url-id>.lambda-url.<region>.localhost:PORT
(likewise for execute-api). An `EndpointKind` is the form of such addresses. A service that has endpoints registers a
`Provider` when its room is opened; REST APIs and HTTP APIs share a kind. `unsigned.py` decides who may reach them.
"""

from __future__ import annotations

import functools
import hmac
import json
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lambdalab.http_payload import HttpResponse

from .response_streaming import Line

if TYPE_CHECKING:
    from lambdalab.http_payload import Caller, HttpRequest

Signer = Callable[[], "Caller | None"]
"""Who signed the request; None if nobody did. Raises `access.Refusal` for a wrong signature."""
Begin = Callable[[HttpResponse], Line]
"""Sends status and headers, for a response that is streamed."""


class Endpoint(Protocol):
    """One function URL, or one API."""

    def allows_origin(self, origin: str, request: HttpRequest) -> bool:
        """Whether a page of this origin may send the request: whether the endpoint's CORS answers allow it."""

    def answer(self, request: HttpRequest, signer: Signer, begin: Begin | None) -> HttpResponse | None:
        """The response. None: it was sent through `begin`, which is None where nothing can be streamed.

        The request's path is percent-encoded, without what leads to this endpoint: "/STAGE/pets", or "/". Its headers
        are as the client sent them, with this machine's Host: an endpoint shows functions its own name on AWS.
        """


class Provider(Protocol):
    """A service's endpoints of one kind."""

    def ids(self) -> Iterable[str]:
        """The ids of all that exist now, in all Regions.

        They are random, made with `secrets`, and as long as AWS's.
        """

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """The endpoint with one of these ids."""


@dataclass(frozen=True)
class EndpointKind:
    """A form of addresses."""

    name: str
    """As in AWS's host names: "lambda-url"."""
    id: str
    """What its ids look like, as a regular expression."""
    domain: str
    """How its host names on AWS end."""
    body_limit: int
    """Bytes of a request's body that are read; an endpoint refuses what is over its own limit, which is lower."""
    not_found: Callable[[], HttpResponse]
    """The response of an address that doesn't exist."""

    @property
    def prefix(self) -> str:
        """What comes before the id in a path."""
        return f"/_aws/{self.name}/"

    @functools.cached_property
    def path(self) -> re.Pattern[str]:
        """A path, at 127.0.0.1 or localhost."""
        return re.compile(rf"^{self.prefix}(?P<id>{self.id})(?P<path>/.*)?$")

    @functools.cached_property
    def host(self) -> re.Pattern[str]:
        """A Host of this machine, without the port."""
        return re.compile(rf"^(?P<id>{self.id})\.{self.name}\.[a-z0-9-]+\.localhost$")

    @functools.cached_property
    def host_on_aws(self) -> re.Pattern[str]:
        """The same on AWS."""
        return re.compile(rf"^(?P<id>{self.id})\.{self.name}\.[a-z0-9-]+\.{re.escape(self.domain)}$")

    @functools.cached_property
    def url_on_aws(self) -> re.Pattern[str]:
        """Any URL of this kind on AWS."""
        return re.compile(rf"^https://{self.id}\.{self.name}\.[a-z0-9-]+\.{re.escape(self.domain)}(/|\?|$)")


class PublicEndpoints:
    """Every function URL and every API of a lab."""

    def __init__(self) -> None:
        self._providers: dict[EndpointKind, list[Provider]] = {kind: [] for kind in KINDS}

    def register(self, kind: EndpointKind, provider: Provider) -> Callable[[], None]:
        """Endpoints of this provider are found from now on; call what is returned to end that."""
        providers = self._providers[kind]
        providers.append(provider)
        return lambda: providers.remove(provider)

    def find(self, kind: EndpointKind, endpoint_id: str) -> Endpoint | None:
        """The endpoint with this id. Takes as long for a wrong id as for a right one."""
        found = None
        for provider in self._providers[kind]:
            for each in provider.ids():
                if hmac.compare_digest(each.encode(), endpoint_id.encode()):
                    found = provider, each
        return found[0].endpoint(found[1]) if found else None


def no_such_url() -> HttpResponse:
    """There is no such function URL, or not for this caller."""
    headers = (
        ("content-type", "application/json"),
        ("x-amzn-ErrorType", "ResourceNotFoundException"),
        ("x-amzn-requestid", str(uuid.uuid4())),
    )
    return HttpResponse(404, headers, json.dumps({"Message": "Not Found"}, separators=(",", ":")).encode())


def no_such_api() -> HttpResponse:
    """There is no such API, or no such stage, or not for this caller."""
    headers = (("content-type", "application/json"), ("x-amzn-ErrorType", "ForbiddenException"))
    return HttpResponse(403, headers, b'{"message":"Forbidden"}')


URL_LIMIT = 6_291_456
"""Bytes of a request to a function URL: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
API_LIMIT = 10 << 20
"""Bytes of a request to API Gateway: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
FUNCTION_URL = EndpointKind("lambda-url", "[0-9a-z]{32}", "on.aws", URL_LIMIT + 1, no_such_url)
API = EndpointKind("execute-api", "[0-9a-z]{10}", "amazonaws.com", API_LIMIT + 1, no_such_api)
KINDS = (FUNCTION_URL, API)
