"""For children of the driver: the tests' server stands for AWS there as well."""

import os

if os.environ.get("_LAMBDALAB_PLACE"):
    from lambdalab.real_account import aws

    aws.pretend(os.environ["AWS_ENDPOINT_URL"])
