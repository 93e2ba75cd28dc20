"""Keys of KMS: which one a call means. Policies name it by its ARN, which ends with its id."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lambdalab.authorization.actions import Call


def arn(call: Call, named: Any) -> str:
    """The ARN of the key that is named by its id, its ARN, or an alias; an alias of no key keeps its own."""
    from moto.kms.models import kms_backends

    text = str(named)
    name = text.rpartition(":")[2]
    if not name.startswith("alias/"):
        return call.named(text, "key/")
    aliased = kms_backends[call.account][call.region].get_key_id_from_alias(name)
    return call.arn(f"key/{aliased}") if aliased else call.named(text, "")


def that_encrypted(blob: Any) -> str:
    """The id of the key that made this; "*" if it is nothing that a key has made. moto puts the id in front of it."""
    from moto.kms.utils import KEY_ID_LEN

    try:
        data = base64.b64decode(blob, validate=True) if isinstance(blob, str) else bytes(blob)
        return data[:KEY_ID_LEN].decode("ascii") if len(data) > KEY_ID_LEN else "*"
    except (binascii.Error, UnicodeDecodeError, TypeError):
        return "*"
