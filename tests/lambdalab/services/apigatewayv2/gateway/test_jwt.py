"""Tokens, made with joserfc (a widely used library) and validated by the lab."""

from __future__ import annotations

import base64
import hmac
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt as library
from joserfc.jwk import OctKey, RSAKey

from lambdalab.services.apigatewayv2.gateway.jwt import (
    InsufficientScope,
    InvalidToken,
    as_texts,
    check,
    check_scopes,
    read,
    verifies,
    without_bearer,
)

ISSUER, NOW = "https://issuer.example", 1_700_000_000.0
GOOD = {"iss": ISSUER, "aud": "orders", "exp": NOW + 60, "nbf": NOW - 60, "sub": "ada", "scope": "orders.read email"}


@cache
def key(name: str = "one") -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": name})


def token(claims: dict[str, Any], *, algorithm: str = "RS256", kid: str | None = "one", signer: Any = None) -> str:
    header = {"alg": algorithm, **({"kid": kid} if kid else {})}
    return library.encode(header, claims, signer or key(), algorithms=[algorithm])


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().strip("=")


def tried(text: str, *, audience: tuple[str, ...] = ("orders",), now: float = NOW) -> None:
    public = [key("other").as_dict(private=False), key().as_dict(private=False)]
    check(read(text), issuer=ISSUER, audience=audience, keys=lambda: public, now=now)


@pytest.mark.source("API Gateway (HTTP)", "JWT authorizer: signature, issuer, audience, times")
@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_valid_token(algorithm: str) -> None:
    tried(token(GOOD, algorithm=algorithm))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"iss": "https://evil.example"}, "the token does not have a valid issuer"),
        ({"aud": "others"}, "the token does not have a valid audience"),
        ({"aud": None}, "the token does not have a valid audience"),
        ({"exp": NOW}, "the token has expired"),
        ({"exp": None}, "the token has a time that is not a number"),
        ({"exp": "soon"}, "the token has a time that is not a number"),
        ({"nbf": NOW + 1}, "the token is not valid yet"),
        ({"iat": NOW + 1}, "the token is not valid yet"),
    ],
)
def test_claims_are_validated(change: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidToken, match=why):
        tried(token({**GOOD, **change}))


def test_a_token_without_exp_is_invalid() -> None:
    with pytest.raises(InvalidToken, match="expired"):
        tried(token({name: value for name, value in GOOD.items() if name != "exp"}))


def test_client_id_counts_where_there_is_no_aud() -> None:
    without = {name: value for name, value in GOOD.items() if name != "aud"}
    tried(token({**without, "client_id": "orders"}))
    tried(token({**GOOD, "aud": ["others", "orders"]}))
    with pytest.raises(InvalidToken):
        tried(token({**GOOD, "aud": "others", "client_id": "orders"}))


def test_keys_are_found_by_their_id() -> None:
    for kid in ("unknown", None):
        with pytest.raises(InvalidToken, match="kid"):
            tried(token(GOOD, kid=kid))
    with pytest.raises(InvalidToken, match="signature"):
        tried(token(GOOD, kid="other"))


def test_only_rsa_is_accepted() -> None:
    secret = OctKey.import_key("a secret of some length, long enough")
    with pytest.raises(InvalidToken, match="RSA"):
        tried(token(GOOD, algorithm="HS256", signer=secret))
    payload = token(GOOD).split(".")[1]
    # The classics: signed with the public key's text as a shared secret (libraries refuse to help), or with nothing.
    pem = key().as_pem(private=False)
    shared = f"{encoded({'alg': 'HS256', 'kid': 'one'})}.{payload}"
    signature = base64.urlsafe_b64encode(hmac.digest(pem, shared.encode(), "sha256")).decode().strip("=")
    for text in (f"{shared}.{signature}", f"{encoded({'alg': 'none', 'kid': 'one'})}.{payload}."):
        with pytest.raises(InvalidToken, match="RSA"):
            tried(text)


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "a.b.c.d", "e30.e30.", "W10.W10.x", "é.é.é", "e30.W10.AA"])
def test_malformed_tokens(text: str) -> None:
    with pytest.raises(InvalidToken):
        tried(text)


@settings(max_examples=60)
@given(st.integers(0, 255), st.integers(1, 255))
def test_one_changed_byte_makes_a_signature_invalid(position: int, by: int) -> None:
    good = read(token(GOOD))
    public = key().as_dict(private=False)
    assert verifies(public, "RS256", good.signed, good.signature)
    changed = bytearray(good.signature)
    changed[position] ^= by
    assert not verifies(public, "RS256", good.signed, bytes(changed))
    assert not verifies(public, "RS512", good.signed, good.signature)


def test_an_invalid_key_verifies_nothing() -> None:
    good = read(token(GOOD))
    public = key().as_dict(private=False)
    short = base64.urlsafe_b64encode((3 * 5).to_bytes(1, "big")).decode()
    for wrong in ({}, {"n": "", "e": ""}, {**public, "e": "AQ"}, {**public, "n": short}, {**public, "n": "***"}):
        assert not verifies(wrong, "RS256", good.signed, good.signature)
    for signature in (b"", b"\0" + good.signature, b"\xff" * 256):
        assert not verifies(public, "RS256", good.signed, signature)


@pytest.mark.source("API Gateway (HTTP)", "JWT authorizer: scopes of a route")
def test_one_of_the_routes_scopes_is_enough() -> None:
    good = read(token(GOOD))
    assert check_scopes(good, []) is None
    assert check_scopes(good, ["orders.write", "orders.read"]) == ["orders.read", "email"]
    assert check_scopes(read(token({"scp": ["a", "b"]})), ["b"]) == ["a", "b"]
    with pytest.raises(InsufficientScope):
        check_scopes(good, ["orders.write"])


def test_the_prefix_bearer_is_optional() -> None:
    assert [without_bearer(text) for text in ("Bearer x.y", "bearer  x.y ", "x.y", "Bearer")] == ["x.y"] * 3 + [
        "Bearer"
    ]


def test_claims_are_strings_in_the_event() -> None:
    claims = {"exp": 1, "ok": True, "groups": ["a", "b"], "none": None, "map": {"b": 1, "a": [2]}, "sub": "ada"}
    assert as_texts(json.loads(json.dumps(claims))) == {
        "exp": "1",
        "ok": "true",
        "groups": "[a b]",
        "none": "null",
        "map": "map[a:[2] b:1]",
        "sub": "ada",
    }
