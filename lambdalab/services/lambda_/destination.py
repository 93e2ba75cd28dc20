"""Functions as destinations and targets: a message is an event for the function, as with InvocationType=Event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import Access
from lambdalab.delivery.asynchronous import qualified

from .backend import find_function

if TYPE_CHECKING:
    from lambdalab.delivery.destinations import Sender
    from lambdalab.delivery.records import Message

KIND = "function"


def exists(arn: str, account: str) -> bool:
    """Whether there is this function, with the version or alias that the ARN names."""
    return find_function(arn) is not None


def missing(arn: str) -> str:
    """As Lambda answers Invoke."""
    return f"Function not found: {arn}"


def required_access(arn: str) -> Access:
    """InvokeFunction."""
    return Access("lambda:InvokeFunction", arn)


def send(arn: str, message: Message, sender: Sender) -> None:
    """Queue an event. From here on, retries and what follows them are Lambda's."""
    sender.queue.put(qualified(arn), message.body.encode("utf-8", "surrogatepass"), message.trace)
