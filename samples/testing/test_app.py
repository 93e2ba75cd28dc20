import boto3
import pytest

from lambdalab.testing import FunctionError


MAY_COUNT = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": "arn:aws:dynamodb:*:*:table/visits"}
    ],
}


@pytest.fixture
def visits(lab, lab_function):
    """The function, with the table that it needs."""
    boto3.client("dynamodb").create_table(
        TableName="visits",
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return lab_function("app.py", policy=MAY_COUNT, Environment={"Variables": {"TABLE": "visits"}}, Timeout=10)


def test_each_visit_counts(visits):
    assert visits({"name": "Ada"}) == {"name": "Ada", "visits": 1}
    assert visits({"name": "Ada"}) == {"name": "Ada", "visits": 2}


def test_people_are_counted_apart(visits):
    visits({"name": "Ada"})
    assert visits({"name": "Grace"})["visits"] == 1


def test_an_event_without_a_name_is_an_error(visits):
    with pytest.raises(FunctionError) as caught:
        visits({})
    assert caught.value.error_type == "KeyError"
    assert "[ERROR] KeyError: 'name'" in caught.value.log
