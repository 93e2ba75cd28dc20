"""moto as a WSGI application. It brings Flask, so this module is imported with the first request and not at start."""

from __future__ import annotations

from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app


class MotoApplication(DomainDispatcherApplication):
    """moto's own dispatcher, which remembers which service a host stands for.

    moto lists its folders and tries its patterns anew for each request, under a lock that all requests share. The
    answer depends on nothing but the host, and there are as many of those as services and Regions that are used.
    """

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._services: dict[str, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The service of a host; None if it is none of AWS's."""
        if host is None:
            return None
        found = self._services.get(host)
        if found is None and (found := super().get_backend_for_host(host)) is not None:
            self._services[host] = found
        return found
