"""An object that is overwritten or deleted while other requests read it.

S3 is strongly consistent: each of them gets one of the two contents, whole, with the ETag that belongs to it.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def keep_content(key: Any, garbage: bool = False) -> None:
    """In place of `dispose`: the content goes when the last request that reads it has gone, not before."""
    key.disposed = True


def one_reader(original: property) -> property:
    """The ETag, which is computed from the content when it is first asked for: one thread reads that at a time."""
    computed: Callable[[Any], str] = original.__get__

    def etag(key: Any) -> str:
        with key.lock:
            return computed(key)

    return original.getter(etag)
