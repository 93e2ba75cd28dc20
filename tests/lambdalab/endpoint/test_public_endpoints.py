"""The addresses of APIs: where they are on this machine, and that who may come in is decided as for function URLs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from lambdalab.endpoint.public_endpoints import API, API_LIMIT
from lambdalab.http_payload import HttpResponse

from .test_access import LIST_FUNCTIONS, send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambdalab import Lab
    from lambdalab.endpoint.public_endpoints import Begin, Signer
    from lambdalab.http_payload import HttpRequest

EVIL = "https://evil.example"
ID = "a1b2c3d4e5"
HERE = f"/_aws/execute-api/{ID}"


@dataclass
class Echo:
    """A provider of one API, which remembers its requests."""

    seen: list[HttpRequest] = field(default_factory=list)
    origins: tuple[str, ...] = ()
    asks_who: bool = False

    def ids(self) -> Iterable[str]:
        return (ID,)

    def endpoint(self, endpoint_id: str) -> Echo:
        return self

    def allows_origin(self, origin: str, request: HttpRequest) -> bool:
        return origin in self.origins

    def answer(self, request: HttpRequest, signer: Signer, begin: Begin | None) -> HttpResponse:
        self.seen.append(request)
        caller = signer() if self.asks_who else None
        return HttpResponse(200, (("content-type", "text/plain"),), str(caller and caller.account_id).encode())


@pytest.fixture
def echo(lab: Lab) -> Iterator[Echo]:
    made = Echo()
    forget = lab._parts.public_endpoints.register(API, made)
    yield made
    forget()


@pytest.mark.parametrize("rest", ["/prod/pets?a=1&a=2", "/prod/", ""])
def test_the_address_of_an_api_leads_to_this_machine(rest: str, lab: Lab) -> None:
    local = lab.url(f"https://{ID}.execute-api.us-east-1.amazonaws.com{rest}")
    assert local == f"{lab.endpoint_url}{HERE}{rest}"


@pytest.mark.parametrize(
    "url",
    [
        f"http://{ID}.execute-api.us-east-1.amazonaws.com/",
        f"https://{ID}.execute-api.us-east-1.amazonaws.com.evil.example/",
        f"https://{ID}.execute-api.us-east-1.on.aws/",
        "https://short.execute-api.us-east-1.amazonaws.com/",
        "https://example.com/",
    ],
)
def test_other_addresses_stay_as_they_are(url: str, lab: Lab) -> None:
    assert lab.url(url) == url


@pytest.mark.parametrize("path", ["/prod/a%20b/%C3%A4", "/", "/prod/../x//"])
def test_by_path_and_by_host_the_api_sees_the_same(path: str, lab: Lab, echo: Echo) -> None:
    port = urlsplit(lab.endpoint_url or "").port
    assert send(lab, "GET", f"{HERE}{path}?q=%20").status == 200
    assert send(lab, "GET", f"{path}?q=%20", host=f"{ID}.execute-api.us-east-1.localhost:{port}").status == 200
    assert [(each.path, each.query) for each in echo.seen] == [(path, "q=%20")] * 2


def test_the_api_sees_header_lines_as_they_were_written(lab: Lab, echo: Echo) -> None:
    send(lab, "GET", f"{HERE}/", {"X-Mixed-Case": "1"})
    assert ("X-Mixed-Case", "1") in echo.seen[0].lines
    assert echo.seen[0].headers["x-mixed-case"] == "1"


def test_a_body_is_read_as_far_as_it_takes_to_see_that_it_is_too_long(lab: Lab, echo: Echo) -> None:
    send(lab, "POST", f"{HERE}/", body=b"x" * (API_LIMIT + 10))
    assert len(echo.seen[0].body) == API_LIMIT + 1


def test_where_there_is_no_api_the_answer_is_forbidden(lab: Lab, echo: Echo) -> None:
    answer = send(lab, "GET", "/_aws/execute-api/zzzzzzzzzz/prod/")
    assert (answer.status, answer.kind, answer.body) == (403, "ForbiddenException", b'{"message":"Forbidden"}')
    assert echo.seen == []


@pytest.mark.parametrize("guess", ["/_aws/execute-api/", "/_aws/execute-api", f"{HERE}x/", "/_aws/execute-api/..%2f/"])
def test_what_is_no_id_needs_a_signature(guess: str, lab: Lab, echo: Echo) -> None:
    assert send(lab, "GET", guess).kind == "MissingAuthenticationTokenException"
    assert echo.seen == []


def test_the_api_opens_nothing_but_itself(lab: Lab, echo: Echo) -> None:
    assert send(lab, "GET", f"{HERE}/../../..{LIST_FUNCTIONS}").body == b"None"
    assert send(lab, "GET", LIST_FUNCTIONS).kind == "MissingAuthenticationTokenException"


def test_a_signature_that_is_wrong_is_refused_where_the_api_asks_for_it_only(lab: Lab, echo: Echo) -> None:
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/execute-api/aws4_request, "
        "SignedHeaders=host, Signature=00"
    }
    assert send(lab, "GET", f"{HERE}/", headers).status == 200
    echo.asks_who = True
    assert send(lab, "GET", f"{HERE}/", headers).kind == "UnrecognizedClientException"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
)
def test_a_page_of_another_site_is_refused_though_it_knows_the_id(
    headers: dict[str, str], lab: Lab, echo: Echo
) -> None:
    answer = send(lab, "GET", f"{HERE}/", headers)
    assert (answer.status, answer.kind) == (403, "AccessDeniedException")
    assert echo.seen == []


def test_a_page_is_let_in_when_the_cors_answers_of_the_api_name_its_origin(lab: Lab, echo: Echo) -> None:
    echo.origins = (EVIL,)
    assert send(lab, "GET", f"{HERE}/", {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}).status == 200
    assert send(lab, "GET", LIST_FUNCTIONS, {"Origin": EVIL}).status == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", ""])
def test_a_name_that_was_bound_to_this_machine_is_refused(host: str, lab: Lab, echo: Echo) -> None:
    port = urlsplit(lab.endpoint_url or "").port
    assert send(lab, "GET", f"{HERE}/", host=host.format(port=port)).status == 403
    assert echo.seen == []
