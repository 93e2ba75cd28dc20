"""Function URLs as public endpoints: what `lambdalab.endpoint.public_endpoints` asks of Lambda."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import cors as url_cors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambdalab.endpoint.public_endpoints import Begin, Signer
    from lambdalab.http_payload import HttpRequest, HttpResponse

    from .configuration import UrlConfig
    from .requests import FunctionUrls


class UrlEndpoints:
    """All function URLs (`lambdalab.endpoint.public_endpoints.Provider`)."""

    def __init__(self, urls: FunctionUrls) -> None:
        self._urls = urls

    def ids(self) -> Iterable[str]:
        """Of every account and Region."""
        return [config.id for config in self._urls.configurations()]

    def endpoint(self, endpoint_id: str) -> UrlEndpoint:
        """The URL with one of these ids."""
        config = next(config for config in self._urls.configurations() if config.id == endpoint_id)
        return UrlEndpoint(self._urls, config)


@dataclass(frozen=True)
class UrlEndpoint:
    """One function URL (`lambdalab.endpoint.public_endpoints.Endpoint`)."""

    urls: FunctionUrls
    config: UrlConfig

    def allows_origin(self, origin: str, request: HttpRequest) -> bool:
        """As the URL's CORS configuration says."""
        return url_cors.allows(self.config.cors, origin)

    def answer(self, request: HttpRequest, signer: Signer, begin: Begin | None) -> HttpResponse | None:
        """AuthType AWS_IAM needs a signature."""
        caller = signer() if self.config.auth_type == "AWS_IAM" else None
        return self.urls.answer(self.config, request, caller, begin)
