"""JSON Web Tokens, as a JWT authorizer of an HTTP API validates them.

API Gateway accepts tokens that are signed with RSA, by a key of the issuer's key set. Verifying such a signature takes
one exponentiation and a comparison of bytes, which is done here: the libraries (joserfc, PyJWT) need `cryptography`,
a large package to load in the page. (0.2 ms for a key of 2,048 bits. The tests compare with joserfc.)

Of the texts of `error_description`, AWS documents "the token does not have a valid audience"; the others are the lab's.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdalab.runtime.json_text import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Key = dict[str, Any]
    """A key of a key set, as RFC 7517 writes it."""

_HASHES = {"RS256": hashlib.sha256, "RS384": hashlib.sha384, "RS512": hashlib.sha512}
# What precedes the hash in a signature: its algorithm, in DER (RFC 8017, 9.2).
_PREFIXES = {
    "RS256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "RS384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "RS512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
_LEAST_BITS, _MOST_BITS = 1024, 8192


class InvalidToken(Exception):
    """Why a token is not valid: 401."""


class InsufficientScope(Exception):
    """The token is valid, but lacks the scopes of this route: 403."""


@dataclass(frozen=True)
class Token:
    """A token whose signature has not been verified yet."""

    algorithm: str
    key_id: str | None
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def without_bearer(value: str) -> str:
    """The token in a header's value, which may begin with "Bearer "."""
    kind, _, rest = value.strip().partition(" ")
    return rest.strip() if kind.lower() == "bearer" and rest else value.strip()


def read(text: str) -> Token:
    """Decode a token."""
    parts = text.split(".")
    if len(parts) != 3:
        raise InvalidToken("the token has an invalid number of segments")
    try:
        header, claims = (parse(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except ValueError:
        raise InvalidToken("the token cannot be decoded") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidToken("the token cannot be decoded")
    key_id = header.get("kid")
    return Token(
        str(header.get("alg")),
        key_id if isinstance(key_id, str) else None,
        claims,
        f"{parts[0]}.{parts[1]}".encode(),
        signature,
    )


def check(token: Token, *, issuer: str, audience: Sequence[str], keys: Callable[[], Iterable[Key]], now: float) -> None:
    """Raise InvalidToken unless the token is valid now. `keys` fetches the issuer's key set."""
    if token.algorithm not in _HASHES:
        raise InvalidToken("the token is not signed with an RSA-based algorithm")
    if token.claims.get("iss") != issuer:
        raise InvalidToken("the token does not have a valid issuer")
    key = next((key for key in keys() if key.get("kid") == token.key_id and key.get("kty") == "RSA"), None)
    if token.key_id is None or key is None:
        raise InvalidToken("the token's kid is not in the issuer's key set")
    if not verifies(key, token.algorithm, token.signed, token.signature):
        raise InvalidToken("the token's signature is invalid")
    if not _is_for(token.claims, audience):
        raise InvalidToken("the token does not have a valid audience")
    if not now < _time(token.claims.get("exp", 0)):
        raise InvalidToken("the token has expired")
    if any(now < _time(token.claims[name]) for name in ("nbf", "iat") if name in token.claims):
        raise InvalidToken("the token is not valid yet")


def check_scopes(token: Token, required: Sequence[str]) -> list[str] | None:
    """The token's scopes, if the route requires any. Raises InsufficientScope unless it has one of them."""
    if not required:
        return None
    value = token.claims.get("scope", token.claims.get("scp")) or ""
    scopes = [str(each) for each in value] if isinstance(value, list) else str(value).split()
    if not set(scopes) & set(required):
        raise InsufficientScope("the token does not have any of the route's scopes")
    return scopes


def verifies(key: Key, algorithm: str, signed: bytes, signature: bytes) -> bool:
    """Whether the signature is by this key (RSASSA-PKCS1-v1_5, RFC 8017, 8.2.2)."""
    try:
        modulus, exponent = (int.from_bytes(_decoded(str(key[name])), "big") for name in ("n", "e"))
    except (KeyError, ValueError):
        return False
    size = (modulus.bit_length() + 7) // 8
    if not _LEAST_BITS <= modulus.bit_length() <= _MOST_BITS or exponent < 3 or exponent.bit_length() > 32:
        return False
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= modulus:
        return False
    # The whole block is built and compared, never parsed: a parser could be tricked by bytes that it skips.
    ending = _PREFIXES[algorithm] + _HASHES[algorithm](signed).digest()
    expected = b"\0\1" + b"\xff" * (size - len(ending) - 3) + b"\0" + ending
    return hmac.compare_digest(pow(number, exponent, modulus).to_bytes(size, "big"), expected)


def as_texts(claims: dict[str, Any]) -> dict[str, str]:
    """Claims as a function gets them: all are strings, a list is "[a b]"."""
    return {name: _text(value) for name, value in claims.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(_text(each) for each in value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{_text(each)}' for name, each in sorted(value.items()))}]"
    if value is None:
        return "null"
    return str(value)


def _is_for(claims: dict[str, Any], audience: Sequence[str]) -> bool:
    """Without `aud`, `client_id` counts."""
    value = claims["aud"] if "aud" in claims else claims.get("client_id")
    return bool(
        set(audience) & {each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)}
    )


def _time(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken("the token has a time that is not a number")
    return float(value)


def _decoded(text: str) -> bytes:
    """Base64 as tokens write it: for URLs, without padding. Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from None
