"""PurgeQueue: everything goes, and a minute must pass before the next one.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab


def test_a_queue_is_purged_once_a_minute_on_the_labs_clock(lab: Lab, client: Callable[[str], Any]) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="order")
    sqs.purge_queue(QueueUrl=url)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    with pytest.raises(ClientError, match="Only one PurgeQueue operation on orders is allowed every 60 seconds") as no:
        sqs.purge_queue(QueueUrl=url)
    assert no.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert no.value.response["Error"]["Code"] == "AWS.SimpleQueueService.PurgeQueueInProgress"
    lab.clock.advance(seconds=60)
    sqs.purge_queue(QueueUrl=url)
