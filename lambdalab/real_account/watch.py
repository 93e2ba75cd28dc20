"""Stands between the SDK and a real account, in the one method that every boto3 call goes through.

Before a call is sent: does it go to AWS, to the right region, with credentials of the account that passed the checks?
If it changes a resource, is that the course's own? If it creates one, is the name free, and is it written down? Cells
notice nothing unless an answer is no: then the call raises an error that says why.

Names stay as they are in the cells. A name is also in a handler, in a policy's ARNs, in an `aws` command and in a
function's response: a prefix that is added here would be missing there, and one half of a lab would not find the other.
So a name that somebody else uses already is refused, and resources are marked by tags (and IAM's paths) instead.

A new role takes some seconds to reach all of AWS. The wait for it is here: `create_function` is retried as long as its
role may be too new.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from . import aws
from .arns import key_for
from .calls import marked, understand
from .kinds import KINDS
from .ownership import is_ours

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.account_resources import Creation

    from .calls import Call
    from .ledger import Key, Ledger
    from .place import Place

ROLE_IS_NEW_S = 24
_TRY_AGAIN_S = 2
_SAY_THAT_IT_EXISTS = ("dynamodb", "iam", "lambda")
_NOT_YET = ("cannot be assumed by Lambda", "The provided execution role does not have permissions")


class NotYours(RuntimeError):
    """A call would change a resource that the course did not create."""


class WrongPlace(RuntimeError):
    """A call would have gone to another account, to another region, or not to AWS."""


class Watch:
    """The watch over one account. `on()` and `off()` change what all clients do, including those created before."""

    def __init__(
        self,
        place: Place,
        ledger: Ledger,
        *,
        sleep: Callable[[float], None] = time.sleep,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._place = place
        self._ledger = ledger
        self._sleep = sleep
        self._say = say
        self._local = threading.local()
        self._known: dict[str, str] = {}
        self._costs_said: set[str] = set()
        self._original: Any = None

    def on(self) -> None:
        """From here on, every call is checked."""
        from botocore.client import BaseClient

        if self._original is not None:
            return
        standing = BaseClient._make_api_call
        original = self._original = getattr(standing, "original", standing)  # of two watches the newer one counts
        watch = self

        def call_watched(client: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
            return watch.call(original, client, operation_name, api_params)

        call_watched.original = original  # type: ignore[attr-defined]
        BaseClient._make_api_call = call_watched

    def off(self) -> None:
        """From here on, calls are not checked."""
        from botocore.client import BaseClient

        if self._original is not None:
            BaseClient._make_api_call = self._original
            self._original = None

    def own_client(self, service: str, region: str | None = None) -> Any:
        """A client for the course's own calls; use it inside `aside()`."""
        return aws.client(service, region or self._place.region)

    def call(self, original: Any, client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        """Check a call of a cell, and make it."""
        if getattr(self._local, "aside", False):
            return original(client, operation, parameters)
        service = client.meta.service_model.service_name
        self._refuse_other_places(client, service, operation)
        call = understand(service, operation, parameters, self._place.region)
        if call.looks:
            return original(client, operation, parameters)
        self._refuse_others_resources(call, service, operation)
        if call.ends is not None:
            self._refuse_to_end_what_came_after(call.ends, service, operation)
        if call.creates is None:
            parameters = self._keep_marks(service, operation, parameters)
            answer = self._ask(original, client, operation, parameters)
            if call.ends is not None:
                self._ledger.gone(call.ends)
            return answer
        return self._create(call.creates, original, client, service, operation, parameters)

    # Where it goes ------------------------------------------------------------------------------------------------

    def _refuse_other_places(self, client: Any, service: str, operation: str) -> None:
        url = client.meta.endpoint_url
        if not aws.is_aws(url):
            raise WrongPlace(
                f"{service}:{operation} was not called: its client sends calls to {url}, and that is not AWS. "
                "A client of a local lab ends with the lab. Make a new one: boto3.client(…)."
            )
        region = client.meta.region_name
        if region not in (self._place.region, "aws-global"):
            raise WrongPlace(
                f"{service}:{operation} was not called: its client is for {region}, and the course works in "
                f"{self._place.region}, so that everything is found again. Make the client without region_name, or "
                f"restart with LAMBDALAB_REGION={region}."
            )
        account, caller = self._whose(client)
        if account != self._place.account:
            raise WrongPlace(
                f"{service}:{operation} was not called: its credentials belong to the account {account}, and the one "
                f"that was checked is {self._place.account} ({self._place.alias})."
            )
        if caller.endswith(":root"):
            raise WrongPlace(f"{service}:{operation} was not called: its credentials are the root user's.")

    def _whose(self, client: Any) -> tuple[str, str]:
        """The account and the ARN of a client's credentials, looked up once for each access key."""
        credentials = client._request_signer._credentials
        if credentials is None:
            return "nobody", ""
        frozen = credentials.get_frozen_credentials()
        if frozen.access_key not in self._known:
            with self.aside():
                identity = aws.client_as(frozen, "sts", self._place.region).get_caller_identity()
            self._known[frozen.access_key] = f"{identity['Account']} {identity['Arn']}"
        account, _, caller = self._known[frozen.access_key].partition(" ")
        return account, caller

    # Whose it is --------------------------------------------------------------------------------------------------

    def _refuse_others_resources(self, call: Call, service: str, operation: str) -> None:
        for key in call.touches:
            if self._ledger.owns(key) or self._is_marked(key):
                continue
            with self.aside():
                exists = KINDS[key.kind].exists(self._aws, key.name)
            if exists:
                raise NotYours(
                    f"{service}:{operation} was not called: the {key.kind} {key.name!r} in the account "
                    f"{self._place.account} was not made by you in this course, so the course does not touch it. "
                    "Take another name for yours, or another account."
                )
            # It does not exist: AWS answers with its own error.

    def _refuse_to_end_what_came_after(self, key: Key, service: str, operation: str) -> None:
        """The ledger says that it was ours. Before it is deleted: is it still the same resource, or a new one?"""
        kind = KINDS[key.kind]
        entry = next((entry for entry in self._ledger.standing() if entry.key == key), None)
        if entry is None or entry.follows:
            return
        with self.aside():
            if not kind.exists(self._aws, key.name) or is_ours(kind, self._aws, key.name, self._place, entry.time):
                return
        raise NotYours(
            f"{service}:{operation} was not called: you made the {key.kind} {key.name!r}, but the one that is there "
            "now does not carry your tags. Somebody may have deleted yours and made another."
        )

    def _is_marked(self, key: Key) -> bool:
        """Whether it has this learner's tags: created in the course, on another machine, or by a function of it."""
        kind = KINDS[key.kind]
        if kind.tags is None:
            return False
        with self.aside():
            return kind.exists(self._aws, key.name) and self._place.is_ours(kind.tags(self._aws, key.name))

    # What it creates ----------------------------------------------------------------------------------------------

    def _create(
        self, creation: Creation, original: Any, client: Any, service: str, operation: str, parameters: dict[str, Any]
    ) -> Any:
        from botocore.exceptions import ClientError

        region = self._place.region
        name = creation.name(parameters)
        key = key_for(creation.kind, name or "", region)
        if name and (
            self._ledger.owns(key) or self._is_marked(key)
        ):  # AWS decides: the name is taken, or this is a new version
            if service in _SAY_THAT_IT_EXISTS:  # a learner's policy may allow only calls with the tags
                parameters = marked(parameters, creation, self._place.tags, self._place.boundary)
            return self._ask(original, client, operation, parameters)
        follows = [key_for(each.kind, each.name, region) for each in creation.follows(name)] if name else []
        follows = [each for each in follows if not self._ledger.owns(each)]
        if name:
            for each in (key, *follows):
                self._refuse_taken(each, service, operation)
        self._say_cost(creation.kind)
        number = self._ledger.asked(key if name else key._replace(name=_unnamed(parameters)))
        companions = [self._ledger.asked(each, follows=True) for each in follows]
        parameters = marked(parameters, creation, self._place.tags, self._place.boundary)
        parameters = _in_region(service, operation, parameters, region)
        try:
            answer = self._ask(original, client, operation, parameters)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) < 500:
                for written in (number, *companions):
                    self._ledger.refused(written)
            raise
        named = creation.generated(answer) if creation.generated else name
        self._ledger.made(number, str(named))
        if creation.kind == "bucket":  # it can be tagged only when it exists
            with self.aside():
                original(client, "PutBucketTagging", {"Bucket": name, "Tagging": {"TagSet": self._tag_list()}})
        return answer

    def _refuse_taken(self, key: Key, service: str, operation: str) -> None:
        with self.aside():
            exists = KINDS[key.kind].exists(self._aws, key.name)
        if exists:
            raise NotYours(
                f"{service}:{operation} was not called: there is a {key.kind} {key.name!r} in the account "
                f"{self._place.account}{f' ({key.region})' if key.region else ''} already, and the course has not "
                "written down that you made it. It would be overwritten now and deleted at the end. If nobody needs "
                "it, delete it yourself; else use another account or, for what is in a region, LAMBDALAB_REGION."
            )

    def _keep_marks(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """PutBucketTagging replaces all tags: keep the course's."""
        if (service, operation) != ("s3", "PutBucketTagging"):
            return parameters
        own = [tag for tag in parameters["Tagging"]["TagSet"] if tag["Key"] not in self._place.tags]
        return {**parameters, "Tagging": {"TagSet": [*own, *self._tag_list()]}}

    def _tag_list(self) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self._place.tags.items()]

    def _say_cost(self, kind: str) -> None:
        if kind not in self._costs_said:
            self._costs_said.add(kind)
            article = "an" if kind[0] in "aeio" else "a"
            self._say(f"{article} {kind} is created; it costs {KINDS[kind].cost}.")

    # The call -----------------------------------------------------------------------------------------------------

    def _ask(self, original: Any, client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        """Make the call; retry it while the role may be too new for Lambda."""
        from botocore.exceptions import ClientError

        waited = 0.0
        while True:
            try:
                return original(client, operation, parameters)
            except ClientError as error:
                left = self._newness(str(parameters.get("Role", ""))) - waited
                if left <= 0 or not any(said in str(error) for said in _NOT_YET):
                    raise
                if not waited:
                    self._say(f"the role is new, and Lambda may not know it yet: trying for {left:.0f} s.")
                self._sleep(_TRY_AGAIN_S)
                waited += _TRY_AGAIN_S

    def _newness(self, role_arn: str) -> float:
        """For how many more seconds Lambda may refuse this role because it is new."""
        role = role_arn.rpartition("/")[2]
        ages = [
            time.time() - entry.time
            for entry in self._ledger.standing()
            if role and entry.key.kind == "role" and entry.key.name == role
        ]
        return ROLE_IS_NEW_S - min(ages, default=ROLE_IS_NEW_S)

    def _aws(self, service: str) -> Any:
        return aws.client(service, self._place.region)

    def aside(self) -> _Aside:
        """In this block, this thread's calls are the course's own and are not checked."""
        return _Aside(self._local)


class _Aside:
    def __init__(self, local: threading.local) -> None:
        self._local = local

    def __enter__(self) -> None:
        self._before = getattr(self._local, "aside", False)
        self._local.aside = True

    def __exit__(self, *_: object) -> None:
        self._local.aside = self._before


def _unnamed(parameters: dict[str, Any]) -> str:
    """The name in the ledger until AWS has generated an id."""
    given = parameters.get("Name") or parameters.get("name") or parameters.get("FunctionName") or ""
    return f"?{given}"


def _in_region(service: str, operation: str, parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """S3 creates buckets in us-east-1 unless the call says otherwise, and cells do not."""
    if (service, operation) != ("s3", "CreateBucket") or region == "us-east-1":
        return parameters
    where = {"LocationConstraint": region, **parameters.get("CreateBucketConfiguration", {})}
    return {**parameters, "CreateBucketConfiguration": where}
