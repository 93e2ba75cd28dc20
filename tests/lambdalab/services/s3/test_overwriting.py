"""S3 is strongly consistent: whoever reads an object while it is written gets one content, whole, with its ETag.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

BODIES = [bytes([number]) * 300_000 for number in range(4)]


@pytest.mark.parametrize("versioning", ["Suspended", "Enabled"])
def test_an_object_is_read_whole_while_it_is_overwritten(
    lab: Lab, client: Callable[[str], Any], versioning: str
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": versioning})
    s3.put_object(Bucket="photos", Key="cat.jpg", Body=BODIES[0])

    def use(number: int) -> None:
        body = BODIES[number % len(BODIES)]
        written = s3.put_object(Bucket="photos", Key="cat.jpg", Body=body)
        assert written["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
        read = s3.get_object(Bucket="photos", Key="cat.jpg")
        assert read["ETag"] == f'"{hashlib.md5(read["Body"].read()).hexdigest()}"'

    with ThreadPoolExecutor(8) as several:
        list(several.map(use, range(80)))


def test_what_a_request_holds_is_there_after_another_one_has_overwritten_it(
    lab: Lab, client: Callable[[str], Any]
) -> None:
    from moto.s3.models import s3_backends

    s3 = client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="cat.jpg", Body=BODIES[1])
    held = s3_backends["123456789012"]["aws"].get_object("photos", "cat.jpg")
    s3.put_object(Bucket="photos", Key="cat.jpg", Body=BODIES[2])
    s3.delete_object(Bucket="photos", Key="cat.jpg")
    assert held is not None
    assert held.value == BODIES[1]
