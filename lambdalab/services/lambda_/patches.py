"""The door into moto's Lambda: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.endpoint.public_endpoints import FUNCTION_URL

from . import resource_policy
from .api import validation
from .api.unsupported import refuse_the_rest
from .concurrency import operations as concurrency
from .functions import code_in_s3, configuration, execution_role, lifecycle, logging_config, snapstart
from .invoke import asynchronous, dead_letter, event_configuration, invoke, recursion, streaming
from .layers import operations as layers
from .mappings import operations as mappings
from .urls import configuration as urls
from .urls.endpoint import UrlEndpoints
from .urls.requests import FunctionUrls
from .versions import aliases, versions

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

# Of two changes to one method, the later is asked first.
_MODULES = (
    configuration,
    versions,
    aliases,
    invoke,
    asynchronous,
    event_configuration,
    dead_letter,
    code_in_s3,
    lifecycle,
    layers,
    concurrency,
    resource_policy,
    recursion,
    snapstart,
    logging_config,
    execution_role,
    streaming,
    urls,
    validation,
)


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Every change to moto's Lambda. Requests to function URLs are answered from now on."""
    lab.public_endpoints.register(FUNCTION_URL, UrlEndpoints(FunctionUrls(lab)))
    changes = tuple(change for module in _MODULES for change in module.patches(lab))
    return (*changes, *refuse_the_rest(changes), *mappings.patches(lab))
