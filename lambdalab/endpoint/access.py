"""Who may talk to the lab's server: those who hold its credentials, and nobody through a browser.

The lab can run code, and every user of a machine can reach its loopback addresses. So each request must be signed,
as on AWS, with credentials that the lab knows: its own (random for each start) or ones made in it (access keys of
IAM users, sessions of assumed roles). A web page cannot sign, but it can try: requests that carry an Origin, come
from another site, or name a Host that is not this machine's loopback (DNS rebinding) are refused before that.

One kind of request needs no signature: those to function URLs, which `unsigned.py` answers before they come here.

Signatures are computed by botocore, the library that made them. Presigned URLs count as signed.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Environ = dict[str, Any]
    StartResponse = Callable[[str, list[tuple[str, str]]], Any]
    WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]

_XML_SERVICES = {"s3", "iam", "sts", "sns", "ec2", "cloudformation", "monitoring", "autoscaling", "rds", "route53"}
_BODY_LIMIT = 256 << 20
_SKEW_S = 15 * 60
"""How far a client's clock may be off. AWS says 15 minutes for S3, 5 for most others."""
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
    "Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Refusal(Exception):
    """Why a request is not let in. `service` is the signing name, if the request told it."""

    code: str
    message: str
    service: str = ""


@dataclass(frozen=True)
class Key:
    """What belongs to an access key id: its secret and, if it is a session's, the token."""

    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


class AccessControl:
    """WSGI middleware in front of moto."""

    def __init__(
        self,
        app: WsgiApp,
        *,
        keys: Callable[[str], Key | None],
        port: Callable[[], int],
        any_credentials: bool = False,
    ) -> None:
        """`keys` gives what belongs to an access key id, or None; `port` is where the server listens."""
        self._app = app
        self._keys = keys
        self._port = port
        self._any_credentials = any_credentials

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on to moto, or refuse it."""
        try:
            self._check_origin(environ)
            if not self._any_credentials:
                check_signature(environ, self._keys)
            self._check_path(environ)
        except Refusal as refusal:
            return refuse(refusal, environ, start_response)
        return self._app(environ, start_response)

    def _check_origin(self, environ: Environ) -> None:
        target = str(environ.get("REQUEST_URI", ""))
        if environ["REQUEST_METHOD"] == "CONNECT" or target.startswith(("http://", "https://")):
            raise Refusal(
                "LabBlockedRequest",
                f"The lab blocked a request to {target}. In local mode nothing leaves this machine: "
                "processes that the lab starts are pointed here instead of at the network.",
            )
        host = environ.get("HTTP_HOST", "")
        name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        if not _is_ours(name) or port != str(self._port()):
            raise Refusal(
                "AccessDeniedException",
                f"The lab answers at http://127.0.0.1:{self._port()} only; this request was sent to Host {host!r}.",
            )
        if "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none") not in ("none", "same-origin"):
            raise Refusal("AccessDeniedException", "The lab does not answer web pages.")

    @staticmethod
    def _check_path(environ: Environ) -> None:
        """moto's own pages can reset and read everything; they are no part of AWS."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(("/moto-api", "/latest/")):
            raise Refusal("AccessDeniedException", f"{path} is not part of the lab.")


def check_signature(environ: Environ, keys: Callable[[str], Key | None]) -> str:
    """The access key that signed the request. Raises Refusal unless `keys` knows it and the signature is right."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    if authorization.startswith("AWS4-HMAC-SHA256 "):
        fields = dict(
            field.strip().split("=", 1) for field in authorization.partition(" ")[2].split(",") if "=" in field
        )
        date = environ.get("HTTP_X_AMZ_DATE", "")
        return _check_v4(environ, keys, fields, date, presigned=False)
    if "X-Amz-Signature" in query:
        fields = {
            "Credential": query.get("X-Amz-Credential", ""),
            "SignedHeaders": query.get("X-Amz-SignedHeaders", ""),
            "Signature": query["X-Amz-Signature"],
            "Expires": query.get("X-Amz-Expires", ""),
        }
        return _check_v4(environ, keys, fields, query.get("X-Amz-Date", ""), presigned=True)
    if "AWSAccessKeyId" in query and "Signature" in query:
        return _check_s3_v2(environ, keys, query)
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        # An operation of STS that nobody signs: what vouches for the caller is in the body, which is not read here.
        message = (
            "Request is missing Authentication Token. (Sessions by web identity or SAML are not part of this lab.)"
        )
        raise Refusal("MissingAuthenticationToken", message, "sts")
    raise Refusal("MissingAuthenticationTokenException", "Missing Authentication Token")


def _check_v4(
    environ: Environ, keys: Callable[[str], Key | None], fields: dict[str, str], date: str, *, presigned: bool
) -> str:
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    try:
        key, _day, region, service, _ = fields["Credential"].split("/")
        names, signature = fields["SignedHeaders"].split(";"), fields["Signature"]
    except (KeyError, ValueError):
        raise Refusal("IncompleteSignatureException", "Authorization header is not in the expected form.") from None
    secret = _secret(key, keys, service, environ)
    headers = {name: _header(environ, name) for name in names}
    url = f"http://{environ['HTTP_HOST']}{_raw_path(environ)}"
    query = environ.get("QUERY_STRING", "")
    if presigned:
        pairs = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != "X-Amz-Signature"]
        query = urlencode(pairs, quote_via=quote, safe="-_.~")
    content = "UNSIGNED-PAYLOAD" if presigned and service == "s3" else _content_hash(environ, service)
    request = AWSRequest(
        method=environ["REQUEST_METHOD"],
        url=url + (f"?{query}" if query else ""),
        headers=headers,
    )
    request.headers["X-Amz-Content-SHA256"] = content
    request.context["timestamp"] = date
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials(key, secret), service, region)
    signer.headers_to_sign = lambda _request: _message({name: headers[name] for name in names})
    canonical = signer.canonical_request(request)
    expected = signer.signature(signer.string_to_sign(request, canonical), request)
    if not _same(expected, signature):
        raise _mismatch(service)
    _check_time(date, service, fields.get("Expires"))
    return key


def _check_s3_v2(environ: Environ, keys: Callable[[str], Key | None], query: dict[str, str]) -> str:
    """Presigned URLs of S3's older kind, which boto3 still makes by default in us-east-1."""
    from urllib.parse import urlsplit

    from botocore.auth import HmacV1Auth
    from botocore.credentials import Credentials

    key = query["AWSAccessKeyId"]
    signer = HmacV1Auth(Credentials(key, _secret(key, keys, "s3", environ)))
    signer._get_date = lambda: query.get("Expires", "")  # what a presigned URL carries in the date's place
    rest = [(k, v) for k, v in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)]
    rest = [(k, v) for k, v in rest if k not in ("AWSAccessKeyId", "Signature", "Expires")]
    split = urlsplit(_raw_path(environ) + (f"?{urlencode(rest, quote_via=quote)}" if rest else ""))
    # A session's token, for instance: signed as a header, sent in the query.
    headers = {name: value for name, value in rest if name.lower().startswith("x-amz-")}
    for name in ("content-type", "content-md5"):
        if value := _header(environ, name):
            headers[name] = value
    expected = signer.get_signature(environ["REQUEST_METHOD"], split, _message(headers), expires=query.get("Expires"))
    if not _same(expected, query["Signature"]):
        raise _mismatch("s3")
    if time.time() > float(query["Expires"]):  # a number: what is signed was written by an SDK
        raise Refusal("AccessDenied", "Request has expired", "s3")
    return key


def _content_hash(environ: Environ, service: str) -> str:
    """The hash of the body, as the signature covers it. S3 may leave it out; else what is declared must be true."""
    declared = str(environ.get("HTTP_X_AMZ_CONTENT_SHA256", ""))
    if service == "s3" and (declared == "UNSIGNED-PAYLOAD" or declared.startswith("STREAMING-")):
        return declared
    computed = hashlib.sha256(_body(environ)).hexdigest()
    if declared and not _same(declared, computed):
        if service == "s3":
            message = "The provided 'x-amz-content-sha256' header does not match what was computed."
            raise Refusal("XAmzContentSHA256Mismatch", message, service)
        raise _mismatch(service)
    return computed


def _check_time(date: str, service: str, expires: str | None) -> None:
    """Refuse a presigned URL that has expired (after `expires` seconds), or a signature that was made long ago."""
    try:
        age_s = time.time() - datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Refusal("IncompleteSignatureException", f"Date {date!r} is not in the expected form.", service) from None
    if expires is not None:
        if not expires.isdigit() or age_s > int(expires):
            raise Refusal("AccessDenied", "Request has expired", service)
    elif abs(age_s) > _SKEW_S:
        if service == "s3":
            message = "The difference between the request time and the current time is too large."
            raise Refusal("RequestTimeTooSkewed", message, service)
        raise Refusal(_mismatch(service).code, f"Signature expired: {date} is not within the last minutes.", service)


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())


def _mismatch(service: str) -> Refusal:
    code = "SignatureDoesNotMatch" if service in _XML_SERVICES else "InvalidSignatureException"
    return Refusal(code, _MISMATCH, service)


def _secret(access_key_id: str, keys: Callable[[str], Key | None], service: str, environ: Environ) -> str:
    """The secret that the request must be signed with. A session's key counts only together with its token."""
    key = keys(access_key_id)
    if key is None:
        if service == "s3":
            raise Refusal(
                "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", service
            )
        code = "InvalidClientTokenId" if service in _XML_SERVICES else "UnrecognizedClientException"
        raise Refusal(code, "The security token included in the request is invalid.", service)
    query = {name.lower(): value for name, value in parse_qsl(environ.get("QUERY_STRING", ""))}
    token = _header(environ, "X-Amz-Security-Token") or query.get("x-amz-security-token", "")
    if not _same(key.token, token):
        if service == "s3":
            raise Refusal("InvalidToken", "The provided token is malformed or otherwise invalid.", service)
        code = "InvalidClientTokenId" if service in _XML_SERVICES else "UnrecognizedClientException"
        raise Refusal(code, "The security token included in the request is invalid.", service)
    return key.secret


def _is_ours(name: str) -> bool:
    return name in ("127.0.0.1", "localhost", "[::1]") or name.endswith(".localhost")


def _raw_path(environ: Environ) -> str:
    """The path as it was sent: signatures are over that, not over its decoded form."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI") or quote(environ.get("PATH_INFO", "/"))
    return str(raw).split("?", 1)[0]


def _header(environ: Environ, name: str) -> str:
    key = name.upper().replace("-", "_")
    return str(environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", ""))


def _message(headers: dict[str, str]) -> Any:
    from botocore.compat import HTTPHeaders

    message = HTTPHeaders()
    for name, value in headers.items():
        message[name] = value
    return message


def _body(environ: Environ) -> bytes:
    """Read the body, and put it back for moto."""
    if environ.get("wsgi.input_terminated"):  # sent in chunks
        body: bytes = environ["wsgi.input"].read(_BODY_LIMIT + 1)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
    else:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit():
            raise Refusal("IncompleteSignatureException", f"Content-Length {length!r} is not a number.")
        body = environ["wsgi.input"].read(min(int(length), _BODY_LIMIT + 1))
    if len(body) > _BODY_LIMIT:
        raise Refusal("RequestEntityTooLargeException", f"The request body is larger than {_BODY_LIMIT} bytes.")
    environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(len(body)), io.BytesIO(body)
    return body


def refuse(refusal: Refusal, environ: Environ, start_response: StartResponse) -> list[bytes]:
    """403, in the form that the service's clients can read."""
    if refusal.service == "s3":
        text = f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error>"
        content_type = "application/xml"
    elif refusal.service in _XML_SERVICES:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{refusal.code}</Code>"
            f"<Message>{escape(refusal.message)}</Message></Error></ErrorResponse>"
        )
        content_type = "text/xml"
    else:
        text = json.dumps({"__type": refusal.code, "message": refusal.message})
        content_type = "application/x-amz-json-1.1"
    body = text.encode()
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("x-amzn-ErrorType", refusal.code),
    ]
    start_response("403 Forbidden", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
