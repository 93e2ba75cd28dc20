"""What stands behind the front door: the addresses at which requests come in that nobody signs.

    https://<url-id>.lambda-url.<region>.on.aws/path              a function URL
    https://<api-id>.execute-api.<region>.amazonaws.com/…/path    an API of API Gateway; … is a stage, if it has a name

Here they are http://127.0.0.1:PORT/_aws/lambda-url/<url-id>/path, and http://<url-id>.lambda-url.<region>.localhost:PORT
(likewise for execute-api). A `Kind` is the form of such addresses, a `Door` finds the `Place` that an id leads to, and
`front_door.py` decides who gets there. REST APIs and HTTP APIs share a kind of address, and meet in `Apis`.
"""

from __future__ import annotations

import functools
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lambdalab.http_payload import HttpResponse
from lambdalab.services.lambda_.invoke.payload import REQUEST_LIMIT
from lambdalab.services.lambda_.urls import cors as url_cors
from lambdalab.services.lambda_.urls.requests import no_such_url

from .response_streaming import Line

if TYPE_CHECKING:
    from lambdalab.http_payload import Caller, HttpRequest
    from lambdalab.services.lambda_.urls.configuration import UrlConfig
    from lambdalab.services.lambda_.urls.requests import FunctionUrls

Signer = Callable[[], "Caller | None"]
"""Who signed the request; None if nobody did. Raises `access.Refusal` for a signature that is wrong."""
Begin = Callable[[HttpResponse], Line]
"""Sends status and headers, for an answer that comes in pieces."""


class Place(Protocol):
    """One function URL, or one API."""

    def allows_origin(self, origin: str, request: HttpRequest) -> bool:
        """Whether a page of this origin may send the request: if the CORS answers of the place say so."""

    def answer(self, request: HttpRequest, signer: Signer, begin: Begin | None) -> HttpResponse | None:
        """The answer. None says that it was sent through `begin`; `begin` is None where nothing can be sent early.

        The request's path is percent-encoded, and without what leads to this place: "/STAGE/pets", or "/". Its headers
        are as the client sent them, with the Host of this machine: a place tells functions its own name on AWS.
        """


@dataclass(frozen=True)
class Kind:
    """A form of addresses."""

    name: str
    """As in the names of AWS: "lambda-url"."""
    id: str
    """What its ids look like, as a regular expression."""
    domain: str
    """How its names on AWS end."""
    body_limit: int
    """Bytes of a request's body that are read; a place refuses what is longer than its own limit, which is below."""

    @property
    def prefix(self) -> str:
        """What stands before the id in a path."""
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


FUNCTION_URL = Kind("lambda-url", "[0-9a-z]{32}", "on.aws", REQUEST_LIMIT + 1)
API_LIMIT = 10 << 20
"""Bytes of a request to API Gateway: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
API = Kind("execute-api", "[0-9a-z]{10}", "amazonaws.com", API_LIMIT + 1)
KINDS = (FUNCTION_URL, API)


@dataclass(frozen=True)
class Door:
    """One kind of addresses, and what is there."""

    kind: Kind
    find: Callable[[str], Place | None]
    """The place with this id. Takes as long for a wrong id as for a right one."""
    nowhere: Callable[[], HttpResponse]
    """What is answered where there is none."""


# Function URLs ----------------------------------------------------------------------------------------------------


def door_to_functions(urls: FunctionUrls) -> Door:
    """The door of all function URLs."""

    def find(url_id: str) -> Place | None:
        config = urls.find(url_id)
        return None if config is None else _FunctionUrl(urls, config)

    return Door(FUNCTION_URL, find, no_such_url)


@dataclass(frozen=True)
class _FunctionUrl:
    urls: FunctionUrls
    config: UrlConfig

    def allows_origin(self, origin: str, request: HttpRequest) -> bool:
        return url_cors.allows(self.config.cors, origin)

    def answer(self, request: HttpRequest, signer: Signer, begin: Begin | None) -> HttpResponse | None:
        caller = signer() if self.config.auth_type == "AWS_IAM" else None
        return self.urls.answer(self.config, request, caller, begin)


# APIs -------------------------------------------------------------------------------------------------------------


class ApiKind(Protocol):
    """REST APIs, or HTTP APIs: all of them."""

    def ids(self) -> Iterable[str]:
        """Of all APIs there are now, in all regions."""

    def place(self, api_id: str) -> Place:
        """The API with one of these ids."""


class Apis:
    """Where each kind of API Gateway's APIs plugs in, so that the front door finds them.

    A module of `cloud/sources/` does it in its `seams()`: `sources.apis.register(HttpApis(sources))`. The ids must be
    random, from `secrets`, 10 characters [0-9a-z] as AWS's are: a Seam on moto's making of them. (51 bits: who tries a
    thousand a second needs some fifty thousand years.) `lab.url()` and the `requests` library in the page need nothing
    more.
    """

    def __init__(self) -> None:
        self._kinds: list[ApiKind] = []

    def register(self, kind: ApiKind) -> None:
        """Add a kind."""
        self._kinds.append(kind)

    def find(self, api_id: str) -> Place | None:
        """The API with this id."""
        found = None
        for kind in self._kinds:
            for each in kind.ids():
                if hmac.compare_digest(each.encode(), api_id.encode()):
                    found = kind, each
        return found[0].place(found[1]) if found else None


def door_to_apis(apis: Apis) -> Door:
    """The door of all APIs."""
    return Door(API, apis.find, no_such_api)


def no_such_api() -> HttpResponse:
    """There is no such API, or no such stage, or not for you."""
    headers = (("content-type", "application/json"), ("x-amzn-ErrorType", "ForbiddenException"))
    return HttpResponse(403, headers, b'{"message":"Forbidden"}')
