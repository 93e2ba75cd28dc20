"""Who may call a function URL: the attacker's view. Another user of the machine, and a page in the owner's browser."""

from __future__ import annotations

import string
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from lambdalab.services.lambda_.urls.configuration import UrlConfig

from ..services.lambda_.test_urls import open_up
from .test_access import LIST_FUNCTIONS, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Maker = Callable[..., Any]

EVIL = "https://evil.example"


@pytest.fixture
def path(lab: Lab, create: Maker, aws_lambda: Any) -> Maker:
    """Makes a public function, and answers the path of its URL at the lab's address."""

    def make(**config: Any) -> str:
        create("def handler(event, context): return 'ran'")
        open_up(aws_lambda)
        made = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE", **config)
        return urlsplit(lab.url(made["FunctionUrl"])).path

    return make


# Another user of the machine --------------------------------------------------------------------------------------


def test_an_id_cannot_be_guessed() -> None:
    made = {UrlConfig("f", "arn", "us-east-1", None, "NONE").id for _ in range(100)}
    assert len(made) == 100
    assert all(len(each) == 32 for each in made)
    assert set("".join(made)) == set(string.ascii_lowercase + string.digits), "each character is one of 36"


def test_who_does_not_know_the_id_learns_nothing(lab: Lab, path: Maker, aws_lambda: Any) -> None:
    there = path()
    aws_lambda.delete_function_url_config(FunctionName="hello")
    gone = send(lab, "GET", there)
    wrong = send(lab, "GET", f"/_aws/lambda-url/{'a' * 32}/")
    assert gone.status == wrong.status == 404
    assert gone.body == wrong.body == b'{"Message":"Not Found"}'


@pytest.mark.parametrize(
    "guess", ["/_aws/lambda-url/", "/_aws/lambda-url/hello/", "/_aws/lambda-url", "/_aws/lambda-url/..%2f..%2f/"]
)
def test_what_is_no_url_id_needs_a_signature(guess: str, lab: Lab, path: Maker) -> None:
    path()
    assert send(lab, "GET", guess).kind == "MissingAuthenticationTokenException"


def test_the_url_opens_nothing_but_itself(lab: Lab, path: Maker) -> None:
    there = path()
    assert send(lab, "GET", f"{there}../../..{LIST_FUNCTIONS}").body == b'"ran"', "it is all the function's"
    assert send(lab, "GET", LIST_FUNCTIONS).kind == "MissingAuthenticationTokenException"
    host = there.strip("/").rpartition("/")[2] + ".lambda-url.us-east-1.localhost"
    port = urlsplit(lab.endpoint_url or "").port
    assert send(lab, "GET", LIST_FUNCTIONS, host=f"{host}:{port}").body == b'"ran"'


def test_the_url_is_told_only_to_who_signs(lab: Lab, path: Maker) -> None:
    path()
    answer = send(lab, "GET", "/2021-10-31/functions/hello/url")
    assert answer.kind == "MissingAuthenticationTokenException"


# A page in the owner's browser ------------------------------------------------------------------------------------


def test_the_owner_types_the_address(lab: Lab, path: Maker) -> None:
    headers = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-User": "?1"}
    assert send(lab, "GET", path(), headers).status == 200


def test_the_owner_follows_a_link_from_a_notebook(lab: Lab, path: Maker) -> None:
    headers = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-User": "?1",
        "Sec-Fetch-Dest": "document",
    }
    assert send(lab, "GET", path(), headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-User": "?1",
            "Sec-Fetch-Dest": "iframe",
        },
    ],
)
@pytest.mark.parametrize("cors", [{}, {"Cors": {"AllowOrigins": ["https://example.com"]}}])
def test_a_page_of_another_site_is_refused_though_it_knows_the_id(
    headers: dict[str, str], cors: dict[str, Any], lab: Lab, path: Maker
) -> None:
    answer = send(lab, "GET", path(**cors), headers)
    assert (answer.status, answer.kind) == (403, "AccessDeniedException")
    assert "access-control-allow-origin" not in answer.headers


def test_a_form_of_another_site_is_refused(lab: Lab, path: Maker) -> None:
    headers = {
        "Origin": EVIL,
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-User": "?1",
        "Sec-Fetch-Dest": "document",
    }
    assert send(lab, "POST", path(), headers, b"a=1").status == 403


@pytest.mark.parametrize("origins", [[EVIL], ["*"]])
def test_a_page_is_let_in_when_the_owner_allows_its_origin(origins: list[str], lab: Lab, path: Maker) -> None:
    answer = send(lab, "GET", path(Cors={"AllowOrigins": origins}), {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"})
    assert (answer.status, answer.body) == (200, b'"ran"')
    assert answer.headers["access-control-allow-origin"] in (EVIL, "*")


def test_an_allowed_origin_gets_no_further_than_the_function(lab: Lab, path: Maker) -> None:
    path(Cors={"AllowOrigins": ["*"]})
    assert send(lab, "GET", LIST_FUNCTIONS, {"Origin": EVIL}).status == 403


def test_a_page_that_the_function_serves_may_call_it(lab: Lab, path: Maker) -> None:
    headers = {"Origin": str(lab.endpoint_url), "Sec-Fetch-Site": "same-origin"}
    assert send(lab, "POST", path(), headers).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", ""])
def test_a_name_that_was_bound_to_this_machine_is_refused(host: str, lab: Lab, path: Maker) -> None:
    port = urlsplit(lab.endpoint_url or "").port
    assert send(lab, "GET", path(), host=host.format(port=port)).status == 403


def test_the_url_of_aws_leads_nowhere_here(lab: Lab, path: Maker) -> None:
    url_id = path().strip("/").rpartition("/")[2]
    assert send(lab, "GET", "/", host=f"{url_id}.lambda-url.us-east-1.on.aws").status == 403


# In the page, where there are no sockets --------------------------------------------------------------------------

IN_PAGE = """
import boto3, requests
import lambdalab.lab
from tests.lambdalab.packages import zipped
from tests.lambdalab.services.lambda_.test_urls import open_up

lambdalab.lab.IN_BROWSER = True
lab = lambdalab.lab.Lab()
aws_lambda = boto3.client("lambda", aws_access_key_id="x", aws_secret_access_key="x")
code = zipped({"app.py": "def handler(event, context): return {'statusCode': 201, 'body': event['rawPath']}"})
boto3.setup_default_session(aws_access_key_id="x", aws_secret_access_key="x")
aws_lambda.create_function(
    FunctionName="hello", Runtime="python3.13", Role=lab.role("r"), Handler="app.handler", Code={"ZipFile": code}
)
open_up(aws_lambda)
url = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE")["FunctionUrl"]
assert lab.url(url) == url
answer = requests.get(lab.url(url) + "path")
print(answer.status_code, answer.text)
"""


def test_in_the_page_requests_finds_the_url_itself() -> None:
    done = subprocess.run([sys.executable, "-c", IN_PAGE], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "201 /path\n", done.stderr
