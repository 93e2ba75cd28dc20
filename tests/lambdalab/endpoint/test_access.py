"""Who may talk to the lab: the attacker's view, and that of those who may."""

from __future__ import annotations

import datetime
import http.client
import json
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

import lambdalab
from lambdalab.lab import Lab
from tests.lambdalab.conftest import IMPATIENT
from tests.lambdalab.packages import MY_ACCOUNT, allowing, trusting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIST_FUNCTIONS = "/2015-03-31/functions/"


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The error's code, as a client finds it."""
        return self.headers.get("x-amzn-errortype", "")


def send(
    lab: Lab, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", host: str | None = None
) -> Answer:
    """A request as any program on the machine can make it."""
    url = urlsplit(lab.endpoint_url or "")
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 0, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    sent = {"Host": url.netloc if host is None else host, "Content-Length": str(len(body)), **(headers or {})}
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    answer = Answer(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})
    connection.close()
    return answer


def signature(
    lab: Lab,
    method: str = "GET",
    path: str = LIST_FUNCTIONS,
    body: bytes = b"",
    *,
    service: str = "lambda",
    key: str | None = None,
    secret: str | None = None,
    host: str | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, str]:
    """The headers that sign such a request, with the lab's own credentials unless others are given."""
    url = (lab.endpoint_url or "") if host is None else f"http://{host}"
    request = AWSRequest(method=method, url=url + path, data=body, headers=headers or {})
    known = lab.variables
    credentials = Credentials(key or known["AWS_ACCESS_KEY_ID"], secret or known["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return dict(request.headers)


def raw(lab: Lab, data: bytes) -> bytes:
    """Send bytes, read what comes until the lab hangs up."""
    url = urlsplit(lab.endpoint_url or "")
    with socket.create_connection((url.hostname, url.port), timeout=20) as sock:
        received = b""
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while chunk := sock.recv(65536):
                received += chunk
        except OSError:  # it hung up abruptly, with what it had not read still on the way
            pass
        return received


# Signatures -------------------------------------------------------------------------------------------------------


def test_a_signed_request_is_answered(lab: Lab) -> None:
    answer = send(lab, "GET", LIST_FUNCTIONS, signature(lab))
    assert (answer.status, json.loads(answer.body)["Functions"]) == (200, [])


def test_a_request_without_credentials_is_refused(lab: Lab) -> None:
    answer = send(lab, "GET", LIST_FUNCTIONS)
    assert (answer.status, answer.kind) == (403, "MissingAuthenticationTokenException")


def test_each_request_on_a_connection_is_signed_for_itself(lab: Lab) -> None:
    """Who was let in once is asked again, and who was refused may go on."""
    url = urlsplit(lab.endpoint_url or "")
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 0, timeout=20)
    connection.connect()
    first = connection.sock
    for headers, expected in [
        (signature(lab), 200),
        ({}, 403),
        (signature(lab), 200),
        (signature(lab, secret="x"), 403),
    ]:
        connection.request("GET", LIST_FUNCTIONS, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == expected
        assert connection.sock is first
    connection.close()


def test_boto3_asks_over_one_connection(lab: Lab, client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    connect = socket.socket.connect

    def counted(sock: socket.socket, address: Any) -> None:
        made.append(address)
        connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", counted)
    sts = client("sts")
    for _ in range(5):
        sts.get_caller_identity()
    assert len(made) == 1


WRONG = {
    "an unknown key": ({"key": "AKIAIOSFODNN7EXAMPLE"}, "UnrecognizedClientException"),
    "a wrong secret": ({"secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, "InvalidSignatureException"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_credentials_are_refused(lab: Lab, case: str) -> None:
    given, kind = WRONG[case]
    answer = send(lab, "GET", LIST_FUNCTIONS, signature(lab, **given))
    assert (answer.status, answer.kind) == (403, kind)


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("sts", "InvalidClientTokenId"),
        ("s3", "InvalidAccessKeyId"),
        ("dynamodb", "UnrecognizedClientException"),
        ("sqs", "UnrecognizedClientException"),
        ("logs", "UnrecognizedClientException"),
    ],
)
def test_each_protocol_reads_the_refusal_of_an_unknown_key(lab: Lab, service: str, code: str) -> None:
    operations = {
        "sts": "get_caller_identity",
        "s3": "list_buckets",
        "dynamodb": "list_tables",
        "sqs": "list_queues",
        "logs": "describe_log_groups",
    }
    client = boto3.client(service, aws_access_key_id="AKIAX", aws_secret_access_key="x", config=IMPATIENT)
    with pytest.raises(ClientError) as caught:
        getattr(client, operations[service])()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_body_that_was_changed_is_refused(lab: Lab) -> None:
    path = "/2015-03-31/functions/hello/invocations"
    headers = signature(lab, "POST", path, b'{"amount": 1}')
    answer = send(lab, "POST", path, headers, b'{"amount": 9}')
    assert (answer.status, answer.kind) == (403, "InvalidSignatureException")


def test_a_body_that_was_changed_is_refused_though_its_hash_is_declared(lab: Lab) -> None:
    """The hash of the true body, in a header that is not signed: what counts is the body that came."""
    import hashlib

    path = "/2015-03-31/functions/hello/invocations"
    headers = signature(lab, "POST", path, b'{"amount": 1}')
    headers["X-Amz-Content-SHA256"] = hashlib.sha256(b'{"amount": 1}').hexdigest()
    answer = send(lab, "POST", path, headers, b'{"amount": 9}')
    assert (answer.status, answer.kind) == (403, "InvalidSignatureException")


@pytest.mark.parametrize("declared", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_only_s3_takes_a_body_that_is_not_signed(lab: Lab, declared: str) -> None:
    path = "/2015-03-31/functions/hello/invocations"
    headers = signature(lab, "POST", path, headers={"X-Amz-Content-SHA256": declared})
    assert send(lab, "POST", path, headers, b"{}").kind == "InvalidSignatureException"


def test_a_signature_does_not_hold_for_another_path_query_or_method(lab: Lab) -> None:
    headers = signature(lab)
    for method, path in (
        ("DELETE", LIST_FUNCTIONS),
        ("GET", LIST_FUNCTIONS + "?Marker=1"),
        ("GET", "/2015-03-31/functions/x"),
    ):
        assert send(lab, method, path, headers).kind == "InvalidSignatureException"


def test_an_old_signature_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=20)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: long_ago.replace(tzinfo=None))
    headers = signature(lab)
    assert headers["X-Amz-Date"] == long_ago.strftime("%Y%m%dT%H%M%SZ")
    answer = send(lab, "GET", LIST_FUNCTIONS, headers)
    assert (answer.status, answer.kind) == (403, "InvalidSignatureException")


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=" + "é",
        "AWS4-HMAC-SHA256 garbage garbage garbage",
        "AWS AKIA:signature",
        "Basic dXNlcjpwYXNz",
        "Bearer token",
    ],
)
def test_garbage_for_a_signature_is_refused(lab: Lab, authorization: str) -> None:
    assert send(lab, "GET", LIST_FUNCTIONS, {"Authorization": authorization}).status == 403


def test_a_signature_that_is_no_ascii_is_refused(lab: Lab) -> None:
    headers = signature(lab)
    head, _, _ = headers["Authorization"].rpartition("=")
    headers["Authorization"] = head + "=é"
    assert send(lab, "GET", LIST_FUNCTIONS, headers).kind == "InvalidSignatureException"


@pytest.mark.parametrize("length", ["-1", "five", "1e3"])
def test_a_length_that_is_no_length_is_refused(lab: Lab, length: str) -> None:
    headers = {**signature(lab), "Content-Length": length}
    assert 400 <= send(lab, "GET", LIST_FUNCTIONS, headers).status < 500


# Browsers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil.example:{port}",
        "localhost.evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:{port}:80",
        "user@127.0.0.1:{port}",
        "0.0.0.0:{port}",
        "192.0.2.1:{port}",
        "",
    ],
)
def test_a_request_for_another_host_is_refused_even_when_signed(lab: Lab, host: str) -> None:
    """DNS rebinding: the attacker's name leads to this machine, but the browser sends the name."""
    name = host.format(port=urlsplit(lab.endpoint_url or "").port)
    signs_for_it = name and name.count(":") < 2
    answer = send(lab, "GET", LIST_FUNCTIONS, signature(lab, host=name if signs_for_it else None), host=name)
    assert answer.status == 403
    assert f"The lab answers at {lab.endpoint_url} only".encode() in answer.body


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "s3.localhost"])
def test_names_of_this_machine_are_answered(lab: Lab, name: str) -> None:
    host = f"{name}:{urlsplit(lab.endpoint_url or '').port}"
    assert send(lab, "GET", LIST_FUNCTIONS, signature(lab, host=host), host=host).status == 200


WEB = {
    "Origin": {"Origin": "https://evil.example"},
    "a null Origin": {"Origin": "null"},
    "the lab's own Origin": {"Origin": "http://127.0.0.1:1"},
    "Sec-Fetch-Site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
}


@pytest.mark.parametrize("case", WEB)
def test_a_request_of_a_web_page_is_refused_even_when_signed(lab: Lab, case: str) -> None:
    answer = send(lab, "GET", LIST_FUNCTIONS, {**signature(lab), **WEB[case]})
    assert (answer.status, answer.kind) == (403, "AccessDeniedException")
    assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_is_refused(lab: Lab) -> None:
    answer = send(
        lab,
        "OPTIONS",
        LIST_FUNCTIONS,
        {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]


# Doors that are none ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/moto-api/reset", "/moto-api/data.json", "/moto-api/", "/latest/meta-data/", "/latest/api/token"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_motos_own_pages_are_closed_even_when_signed(lab: Lab, path: str, method: str) -> None:
    answer = send(lab, method, path, signature(lab, method, path, service="s3"))
    assert answer.status == 403
    assert send(lab, method, path).status == 403


def test_reset_over_http_resets_nothing(lab: Lab, client: Callable[..., Any]) -> None:
    client("s3").create_bucket(Bucket="stays")
    send(lab, "POST", "/moto-api/reset", signature(lab, "POST", "/moto-api/reset"))
    assert [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]] == ["stays"]


@pytest.mark.parametrize("target", ["http://example.com/", "https://example.com/x", "HTTP://example.com/"])
def test_a_proxy_request_is_refused_in_words(lab: Lab, target: str) -> None:
    port = urlsplit(lab.endpoint_url or "").port
    received = raw(lab, f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    assert received.startswith(b"HTTP/1.1 403 ")


def test_connect_is_refused_in_words(lab: Lab) -> None:
    received = raw(lab, b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 403 ")
    assert b"The lab blocked a request to example.com:443. In local mode nothing leaves this machine" in received


@pytest.mark.parametrize(
    "data",
    [
        b"GET /2015-03-31/functions/\r\n",
        b"GET /\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"GET " + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    ],
)
def test_garbage_is_never_answered_with_success(lab: Lab, data: bytes) -> None:
    received = raw(lab, data)
    assert b"200 OK" not in received
    assert b"Functions" not in received
    assert send(lab, "GET", LIST_FUNCTIONS, signature(lab)).status == 200  # and the lab goes on


def test_the_lab_listens_on_loopback_only(lab: Lab) -> None:
    port = urlsplit(lab.endpoint_url or "").port
    listening = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            if state == "0A" and int(address.rpartition(":")[2], 16) == port:
                listening.append(address.rpartition(":")[0])
    assert listening == ["0100007F"]  # 127.0.0.1, bytes reversed


def test_the_secret_is_not_shown(lab: Lab) -> None:
    secret = lab.variables["AWS_SECRET_ACCESS_KEY"]
    assert secret not in repr(lab)
    assert secret not in repr(lab._credentials)
    assert len(secret) == 40


# Others who may ---------------------------------------------------------------------------------------------------


def test_an_access_key_of_an_iam_user_works_until_it_is_deactivated(lab: Lab, client: Callable[..., Any]) -> None:
    iam = client("iam")
    iam.create_user(UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    sts = boto3.client(
        "sts",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=IMPATIENT,
    )
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/ada"
    iam.update_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        sts.get_caller_identity()


def role(lab: Lab, client: Callable[..., Any], policy: dict[str, Any] | None = None) -> str:
    """A role that trusts this account."""
    arn = lab.role("worker", policy)
    trust = json.dumps(trusting(MY_ACCOUNT))
    client("iam").update_assume_role_policy(RoleName="worker", PolicyDocument=trust)
    return arn


def test_credentials_of_an_assumed_role_work(lab: Lab, client: Callable[..., Any]) -> None:
    session = client("sts").assume_role(RoleArn=role(lab, client), RoleSessionName="me")["Credentials"]
    given = {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }
    sts = boto3.client("sts", **given, config=IMPATIENT)
    assert sts.get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:assumed-role/worker/me"
    given["aws_secret_access_key"] = "wrong"
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        boto3.client("sts", **given, config=IMPATIENT).get_caller_identity()


@pytest.mark.parametrize("token", [None, "another"])
@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("s3", "list_buckets", "InvalidToken"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
    ],
)
def test_a_sessions_key_without_its_token_is_refused(
    lab: Lab, client: Callable[..., Any], service: str, operation: str, code: str, token: str | None
) -> None:
    session = client("sts").assume_role(RoleArn=role(lab, client), RoleSessionName="me")["Credentials"]
    without = boto3.client(
        service,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=token,
        config=IMPATIENT,
    )
    with pytest.raises(ClientError, match=code):
        getattr(without, operation)()


def test_credentials_of_before_a_reset_are_void(lab: Lab, client: Callable[..., Any]) -> None:
    session = client("sts").assume_role(RoleArn=role(lab, client), RoleSessionName="me")["Credentials"]
    lab.reset()
    sts = boto3.client(
        "sts",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
        config=IMPATIENT,
    )
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        sts.get_caller_identity()


# S3: names, bodies, presigned URLs --------------------------------------------------------------------------------

KEYS = [
    "plain.txt",
    "a b.txt",
    "a+b.txt",
    "grüße/世界 🦊.txt",
    "per%cent.txt",
    "a//b",
    "a/./b/../c",
    "q?x=1&y=2#z",
    "~-._!*'()",
    "=:@,;$",
]


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    made = client("s3")
    made.create_bucket(Bucket="things")
    return made


@pytest.mark.parametrize("key", KEYS)
def test_any_key_can_be_written_and_read(s3: Any, key: str) -> None:
    s3.put_object(Bucket="things", Key=key, Body=b"content")
    assert s3.get_object(Bucket="things", Key=key)["Body"].read() == b"content"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="things", Prefix=key)["Contents"]] == [key]


def test_metadata_with_underscores_arrives(s3: Any) -> None:
    s3.put_object(Bucket="things", Key="k", Body=b"", Metadata={"made_by": "ada", "plain": "1"})
    assert s3.head_object(Bucket="things", Key="k")["Metadata"] == {"made_by": "ada", "plain": "1"}


def _url_client(version: str, **credentials: str) -> Any:
    return boto3.client("s3", config=Config(signature_version=version, retries={"max_attempts": 0}), **credentials)


def fetch(url: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """Open a URL as anyone who was given it does."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as response:
            return Answer(response.status, response.read(), {k.lower(): v for k, v in response.headers.items()})
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read())


@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize("key", ["plain.txt", "a b+c/grüße 世.txt"])
def test_a_presigned_url_opens_the_object(s3: Any, version: str, key: str) -> None:
    s3.put_object(Bucket="things", Key=key, Body=b"content")
    url = _url_client(version).generate_presigned_url("get_object", Params={"Bucket": "things", "Key": key})
    assert (fetch(url).status, fetch(url).body) == (200, b"content")
    assert fetch(url + "x").status == 403
    assert fetch(url.replace("things", "others")).status == 403
    assert fetch(url, "DELETE").status == 403


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_may_ask_for_headers(s3: Any, version: str) -> None:
    s3.put_object(Bucket="things", Key="k", Body=b"x")
    wanted = 'attachment; filename="a b+c.txt"'
    url = _url_client(version).generate_presigned_url(
        "get_object", Params={"Bucket": "things", "Key": "k", "ResponseContentDisposition": wanted}
    )
    answer = fetch(url)
    assert (answer.status, answer.headers.get("content-disposition")) == (200, wanted)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_takes_an_upload(s3: Any, version: str) -> None:
    url = _url_client(version).generate_presigned_url(
        "put_object", Params={"Bucket": "things", "Key": "up", "ContentType": "text/plain"}
    )
    assert fetch(url, "PUT", b"uploaded", {"Content-Type": "text/html"}).status == 403
    assert fetch(url, "PUT", b"uploaded", {"Content-Type": "text/plain"}).status == 200
    assert s3.get_object(Bucket="things", Key="up")["Body"].read() == b"uploaded"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_expires(s3: Any, version: str) -> None:
    s3.put_object(Bucket="things", Key="k", Body=b"x")
    url = _url_client(version).generate_presigned_url(
        "get_object", Params={"Bucket": "things", "Key": "k"}, ExpiresIn=-1
    )
    answer = fetch(url)
    assert answer.status == 403
    assert b"<Code>AccessDenied</Code><Message>Request has expired</Message>" in answer.body


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_of_a_role_works(lab: Lab, s3: Any, client: Callable[..., Any], version: str) -> None:
    s3.put_object(Bucket="things", Key="k", Body=b"content")
    session = client("sts").assume_role(RoleArn=role(lab, client, allowing("s3:GetObject")), RoleSessionName="me")[
        "Credentials"
    ]
    url = _url_client(
        version,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    ).generate_presigned_url("get_object", Params={"Bucket": "things", "Key": "k"})
    assert fetch(url).body == b"content"


def test_a_body_may_be_sent_in_chunks(lab: Lab, s3: Any) -> None:
    """upload_file in parts, with checksums, larger than one part."""
    import io

    from boto3.s3.transfer import TransferConfig

    content = bytes(range(256)) * 24_000  # about 6 MB
    s3.upload_fileobj(
        io.BytesIO(content), "things", "large", Config=TransferConfig(multipart_threshold=1 << 20, max_concurrency=2)
    )
    assert s3.get_object(Bucket="things", Key="large")["Body"].read() == content


def test_transfer_encoding_chunked_is_read_and_checked(lab: Lab, s3: Any) -> None:
    body = b"sent in chunks"
    port = urlsplit(lab.endpoint_url or "").port
    headers = signature(lab, "PUT", "/things/chunked", body, service="s3")
    lines = [f"{name}: {value}" for name, value in headers.items()]

    def request(chunk: bytes) -> bytes:
        head = "\r\n".join(
            ["PUT /things/chunked HTTP/1.1", f"Host: 127.0.0.1:{port}", "Transfer-Encoding: chunked", *lines, "\r\n"]
        )
        return head.encode() + f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n0\r\n\r\n"

    assert raw(lab, request(b"another body!!")).startswith(b"HTTP/1.1 403 ")
    assert raw(lab, request(body)).startswith(b"HTTP/1.1 200 ")
    assert s3.get_object(Bucket="things", Key="chunked")["Body"].read() == body


def test_a_client_that_waits_for_100_continue_gets_it(lab: Lab, s3: Any) -> None:
    """boto3 sends "Expect: 100-continue" with put_object, and waits a second where no answer comes."""
    port = urlsplit(lab.endpoint_url or "").port
    body = b"after the go-ahead"
    headers = signature(lab, "PUT", "/things/waited", body, service="s3")
    head = [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        sock.sendall(
            "\r\n".join(
                [
                    "PUT /things/waited HTTP/1.1",
                    f"Host: 127.0.0.1:{port}",
                    "Expect: 100-continue",
                    f"Content-Length: {len(body)}",
                    *head,
                    "\r\n",
                ]
            ).encode()
        )
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert s3.get_object(Bucket="things", Key="waited")["Body"].read() == body


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_put_object_of_any_size(s3: Any, size: int) -> None:
    s3.put_object(Bucket="things", Key="k", Body=b"x" * size)
    assert s3.head_object(Bucket="things", Key="k")["ContentLength"] == size


def test_a_body_of_s3_that_is_not_the_declared_one_is_refused(lab: Lab, s3: Any) -> None:
    headers = signature(lab, "PUT", "/things/k", b"one", service="s3", headers={"X-Amz-Content-SHA256": "0" * 64})
    answer = send(lab, "PUT", "/things/k", headers, b"one")
    assert answer.status == 403
    assert b"<Code>XAmzContentSHA256Mismatch</Code>" in answer.body


# Any credentials --------------------------------------------------------------------------------------------------


@pytest.fixture
def open_lab() -> Iterator[Lab]:
    lambdalab.stop()
    with Lab(any_credentials=True) as opened:
        yield opened


def test_a_lab_for_any_credentials_still_refuses_web_pages_and_other_hosts(open_lab: Lab) -> None:
    fake = signature(open_lab, key="test", secret="test")
    assert send(open_lab, "GET", LIST_FUNCTIONS, fake).status == 200
    assert send(open_lab, "GET", LIST_FUNCTIONS, {**fake, "Origin": "https://evil.example"}).status == 403
    assert send(open_lab, "GET", LIST_FUNCTIONS, {**fake, "Sec-Fetch-Site": "cross-site"}).status == 403
    assert send(open_lab, "GET", LIST_FUNCTIONS, fake, host="evil.example").status == 403
    assert send(open_lab, "POST", "/moto-api/reset", fake).status == 403
