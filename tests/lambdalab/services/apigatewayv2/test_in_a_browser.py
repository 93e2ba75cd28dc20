"""An HTTP API and pages of another site, in a real browser: its CORS configuration decides which may call it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdalab.services.apigateway.test_in_a_browser import FETCH, elsewhere

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from .conftest import Account, Api

__all__ = ["elsewhere"]
RUNS = """
def handler(event, context):
    print("ran", event["rawPath"])
    return "hello"
"""


@pytest.fixture
def running(server_only: Account) -> Account:
    """A browser needs a server: not the page's form of the lab."""
    return server_only


@pytest.fixture(scope="module")
def server_only() -> Any:
    import lambdalab

    from .conftest import Account

    account = Account(lambdalab.start(), "server")
    account.lab.queue.subscribe(account.events.append)
    yield account
    account.lab.stop()


@pytest.fixture
def shop(api: Callable[..., Api], elsewhere: Page) -> Api:
    """An API that lets that page send GET and PUT with a token."""
    cors = {
        "AllowOrigins": [elsewhere.url.rstrip("/")],
        "AllowMethods": ["GET", "PUT"],
        "AllowHeaders": ["x-token"],
    }
    made = api(RUNS, CorsConfiguration=cors)
    made.route("ANY /pets")
    return made


def fetch(page: Page, made: Api, **options: Any) -> str:
    return str(page.evaluate(FETCH, [made.account.lab.url(made.endpoint + "/pets"), options]))


@pytest.mark.source("API Gateway (HTTP)", "CORS: the API answers a preflight itself")
def test_a_page_that_the_configuration_allows_calls_the_api(shop: Api, elsewhere: Page) -> None:
    assert fetch(elsewhere, shop) == 'cors 200 "hello"'
    assert fetch(elsewhere, shop, method="PUT", headers={"X-Token": "1"}) == 'cors 200 "hello"'
    assert fetch(elsewhere, shop, method="DELETE") == "TypeError"
    assert fetch(elsewhere, shop, headers={"X-Other": "1"}) == "TypeError"
    assert shop.account.said() == ["ran /pets", "ran /pets"], "what was not allowed was not sent"


def test_a_page_that_it_does_not_allow_runs_nothing(shop: Api, elsewhere: Page) -> None:
    shop.client.update_api(ApiId=shop.id, CorsConfiguration={"AllowOrigins": ["https://shop.example.com"]})
    assert fetch(elsewhere, shop) == "TypeError"
    assert fetch(elsewhere, shop, method="POST", mode="no-cors", body="x") == "opaque 0 "
    assert shop.account.log() == []
