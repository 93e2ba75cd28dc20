"""KMS's permissions: they are about a key, however a call names it: by its id, by an alias, or by what it encrypted.

An alias is a resource of its own where it is created, changed and deleted.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access, access_to
from lambdalab.authorization.service_permissions import ServicePermissions

from . import backend

if TYPE_CHECKING:
    from lambdalab.authorization.access import Call


def _required(call: Call) -> list[Access]:
    if call.operation == "ListAliases":
        return access_to(call, None)
    blob, action = call.get("CiphertextBlob"), f"kms:{call.operation}"
    if call.operation == "ReEncrypt":
        source = call.get("SourceKeyId") or _that_encrypted(blob)
        return [
            Access("kms:ReEncryptFrom", _key_arn(call, source)),
            Access("kms:ReEncryptTo", _key_arn(call, call.get("DestinationKeyId"))),
        ]
    alias = call.get("AliasName")
    required = []
    if alias:
        required.append(Access(action, call.named(alias, "" if str(alias).startswith("alias/") else "alias/")))
    named = [call.get("KeyId"), call.get("TargetKeyId"), alias if call.operation != "CreateAlias" else None]
    if blob and not any(named):
        named = [_that_encrypted(blob)]
    required += [Access(action, _key_arn(call, key)) for key in named if key]
    return required or access_to(call, None)


def _key_arn(call: Call, named: Any) -> str:
    """The ARN of the key that is named by its id, its ARN, or an alias; an alias of no key keeps its own."""
    text = str(named)
    name = text.rpartition(":")[2]
    if not name.startswith("alias/"):
        return call.named(text, "key/")
    key = backend.key_with_alias(call.region, call.account, name)
    return call.arn(f"key/{key}") if key else call.named(text, "")


def _that_encrypted(blob: Any) -> str:
    """The id of the key that encrypted this; "*" if no key did. moto puts the id in front."""
    try:
        data = base64.b64decode(blob, validate=True) if isinstance(blob, str) else bytes(blob)
        return data[: backend.KEY_ID_LEN].decode("ascii") if len(data) > backend.KEY_ID_LEN else "*"
    except (binascii.Error, UnicodeDecodeError, TypeError):
        return "*"


def _policy(region: str, account: str, resource: str) -> str | None:
    kind, _, key = resource.partition("/")
    return backend.policy_of(region, account, key) if kind == "key" else None


PERMISSIONS = ServicePermissions(
    required_access=_required, tagging_actions={"CreateKey": "TagResource"}, resource_policy=_policy
)
