"""From start() to stop(): what the lab sets up, what it leads here, and that nothing of it is left."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
import urllib3

import lambdalab
from lambdalab import guard
from lambdalab import moto_patches as patches
from lambdalab.lab import LEADS_ELSEWHERE, Lab
from lambdalab.runtime import InvocationStarted

from .conftest import IMPATIENT
from .packages import zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_lab_before_or_after(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # With monkeypatch, so that the lab ends before the test's own variables do: it puts back what it found.
    lambdalab.stop()
    yield
    lambdalab.stop()


def make_function(lab: Lab, source: str, **settings: Any) -> None:
    boto3.client("lambda").create_function(
        FunctionName="hello",
        Runtime="python3.13",
        Role=lab.role("role"),
        Handler="app.handler",
        Code={"ZipFile": zipped({"app.py": source})},
        **settings,
    )


def call_function() -> Any:
    return json.loads(boto3.client("lambda", config=IMPATIENT).invoke(FunctionName="hello")["Payload"].read())


def in_a_process(source: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run Python source in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# Start and stop ---------------------------------------------------------------------------------------------------


def test_a_second_start_returns_the_same_lab() -> None:
    lab = lambdalab.start()
    assert lambdalab.start() is lab
    assert repr(lab) == f"<Lab: region us-east-1, {lab.endpoint_url}>"


def test_starts_from_many_threads_make_one_lab() -> None:
    labs: list[Lab] = []
    threads = [threading.Thread(target=lambda: labs.append(lambdalab.start())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(labs) == 4
    assert len({id(lab) for lab in labs}) == 1


def test_a_process_has_one_lab_and_a_second_one_does_not_harm_it() -> None:
    lab = lambdalab.start()
    with pytest.raises(RuntimeError, match="A lab runs in this process already"):
        Lab()
    make_function(lab, "def handler(event, context): return 'unharmed'")
    assert call_function() == "unharmed"


def test_a_stopped_lab_says_so_and_a_new_one_starts_empty() -> None:
    first = lambdalab.start()
    make_function(first, "def handler(event, context): return 1")
    lambdalab.stop()
    first.stop()
    assert repr(first) == "<Lab: stopped>"
    with pytest.raises(RuntimeError, match=r"This lab has stopped\. Call lambdalab\.start\(\) for a new one\."):
        first.reset()
    second = lambdalab.start()
    assert second is not first
    assert boto3.client("lambda").list_functions()["Functions"] == []
    make_function(second, "def handler(event, context): return 2")
    assert call_function() == 2


def test_credentials_are_random_for_each_start() -> None:
    seen = []
    for _ in range(2):
        with Lab() as lab:
            seen.append((lab.variables["AWS_ACCESS_KEY_ID"], lab.variables["AWS_SECRET_ACCESS_KEY"]))
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]


def test_credentials_of_an_earlier_lab_are_void() -> None:
    with Lab() as first:
        port = urlsplit(first.endpoint_url or "").port or 0
        before = boto3.client("sts", config=IMPATIENT)
        before.get_caller_identity()
    with Lab(port=port), pytest.raises(Exception, match="InvalidClientTokenId"):
        before.get_caller_identity()


def _threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def _children() -> set[str]:
    tasks = Path("/proc/self/task").iterdir()
    return {child for task in tasks for child in (task / "children").read_text().split()}


def _sockets_and_pipes() -> set[str]:
    gc.collect()
    links = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            links.add(str(link.readlink()))
        except OSError:  # the descriptor that listed them
            continue
    return {link for link in links if link.startswith(("socket:", "pipe:", "anon_inode:"))}


def _traces(folder: Path) -> tuple[Any, ...]:
    return _threads(), _children(), _sockets_and_pipes(), dict(os.environ), set(folder.iterdir())


@pytest.mark.parametrize(
    "how", ["idle", "after invocations", "while a handler runs", "with a connection open", "with an idle connection"]
)
def test_stop_leaves_nothing(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Lab():  # moto and boto3 keep what they loaded
        pass
    before = _traces(tmp_path)
    lab = Lab()
    others: list[threading.Thread] = []
    held: socket.socket | None = None
    if how == "after invocations":
        make_function(lab, "def handler(event, context): return 1")
        assert [call_function(), call_function()] == [1, 1]
    if how == "while a handler runs":
        make_function(lab, "def handler(event, context):\n    while True: pass", Timeout=900)
        running = threading.Event()
        lab.engine.subscribe(lambda event: running.set() if isinstance(event, InvocationStarted) else None)
        others.append(threading.Thread(target=_call_and_fail))
        others[0].start()
        assert running.wait(20)
    if how == "with a connection open":
        url = urlsplit(lab.endpoint_url or "")
        held = socket.create_connection((url.hostname, url.port))
        held.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf of")
    if how == "with an idle connection":
        url = urlsplit(lab.endpoint_url or "")
        held = socket.create_connection((url.hostname, url.port))
        held.sendall(f"GET / HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
        assert held.recv(10000).startswith(b"HTTP/1.1 403 ")
    lab.stop()
    for thread in others:
        thread.join(20)
    if held is not None:
        held.settimeout(20)
        assert _hung_up(held)
        held.close()
    after = _traces(tmp_path)
    for was, now in zip(before, after, strict=True):
        assert now == was


def _hung_up(sock: socket.socket) -> bool:
    """Read to the end, which may be abrupt."""
    try:
        while sock.recv(1000):
            pass
    except ConnectionResetError:
        pass
    return True


def _call_and_fail() -> None:
    """The call that is cut off: what boto3 raises then is not the point."""
    try:
        call_function()
    except Exception:
        return


def test_nobody_listens_after_stop() -> None:
    lab = lambdalab.start()
    url = urlsplit(lab.endpoint_url or "")
    lab.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((url.hostname, url.port))


def test_a_port_in_use_is_said_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Lab():
        pass
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        before = _traces(tmp_path)
        with pytest.raises(OSError, match=f"Port {port} on 127.0.0.1 is in use") as caught:
            Lab(port=port)
        assert "let the lab take a free port" in str(caught.value)
        del caught
        assert _traces(tmp_path) == before
    with Lab(port=port) as lab:
        assert lab.endpoint_url == f"http://127.0.0.1:{port}"


# The environment --------------------------------------------------------------------------------------------------


def test_variables_that_lead_elsewhere_do_not_and_are_back_after_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        **dict.fromkeys(LEADS_ELSEWHERE, "elsewhere"),
        "AWS_ENDPOINT_URL_S3": "http://192.0.2.1/",
        "AWS_ENDPOINT_URL_LAMBDA": "http://192.0.2.1/",
        "AWS_ENDPOINT_URL": "http://192.0.2.1/",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": "/nowhere/config",
        "HTTPS_PROXY": "http://192.0.2.1:3128",
        "no_proxy": "example.com",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    lab = lambdalab.start()
    for service, operation in (("s3", "list_buckets"), ("lambda", "list_functions"), ("sts", "get_caller_identity")):
        client = boto3.client(service, config=IMPATIENT)
        assert client.meta.endpoint_url == lab.endpoint_url
        assert client.meta.region_name in ("us-east-1", "aws-global")
        getattr(client, operation)()
    lambdalab.stop()
    assert dict(os.environ) == before


def test_variables_that_a_cell_sets_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    lambdalab.start()
    monkeypatch.setenv("STAGE", "set while the lab ran")
    lambdalab.stop()
    assert os.environ["STAGE"] == "set while the lab ran"


def test_a_profile_in_the_users_files_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-west-1\nendpoint_url = http://192.0.2.1/\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    lab = lambdalab.start()
    client = boto3.client("s3", config=IMPATIENT)
    assert client.meta.endpoint_url == lab.endpoint_url
    assert client.list_buckets()["Buckets"] == []


def test_a_default_client_made_before_start_is_replaced_by_one_that_leads_to_the_lab(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    boto3.client("sts")
    lambdalab.start()
    assert boto3.client("sts", config=IMPATIENT).get_caller_identity()["Account"] == "123456789012"


def test_child_processes_reach_the_lab() -> None:
    lambdalab.start()
    boto3.client("s3").create_bucket(Bucket="from-the-parent")
    done = in_a_process("import boto3; print(boto3.client('s3').list_buckets()['Buckets'][0]['Name'])")
    assert (done.stdout, done.returncode) == ("from-the-parent\n", 0)


def test_the_aws_command_reaches_the_lab() -> None:
    aws = Path(sys.executable).with_name("aws")
    lambdalab.start()
    done = subprocess.run([aws, "sts", "get-caller-identity"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Account"] == "123456789012"


# How a process ends -----------------------------------------------------------------------------------------------

STARTS_A_LAB = """
    import boto3, io, os, sys, zipfile
    import lambdalab
    from tests.lambdalab.packages import zipped
    lab = lambdalab.start()
    boto3.client("lambda").create_function(
        FunctionName="hello", Runtime="python3.13", Role=lab.role("role"), Handler="app.handler",
        Code={"ZipFile": zipped({"app.py": "def handler(event, context): return 1"})})
    boto3.client("lambda").invoke(FunctionName="hello")
"""


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise ValueError('x')"])
def test_a_process_that_ends_without_stop_leaves_nothing(end: str, tmp_path: Path) -> None:
    done = in_a_process(textwrap.dedent(STARTS_A_LAB) + end, TMPDIR=str(tmp_path))
    assert done.returncode == (3 if "exit" in end else 1 if end else 0)
    assert list(tmp_path.iterdir()) == []


def test_a_fork_that_ends_does_not_stop_the_lab(tmp_path: Path) -> None:
    done = in_a_process(
        textwrap.dedent(STARTS_A_LAB)
        + textwrap.dedent(
            """
            child = os.fork()
            if child == 0:
                sys.exit(0)
            os.waitpid(child, 0)
            print(boto3.client("lambda").invoke(FunctionName="hello")["Payload"].read().decode())
            """
        ),
        TMPDIR=str(tmp_path),
    )
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr
    assert list(tmp_path.iterdir()) == []


# What is said -----------------------------------------------------------------------------------------------------


def test_the_lab_has_no_notes_where_all_is_as_described() -> None:
    assert lambdalab.start().notes == []


def test_the_pure_python_client_is_noted() -> None:
    with Lab(native_client=False) as lab:
        (note,) = lab.notes
        assert "awslambdaric has no compiled transport for this platform" in note
        make_function(lab, "import runtime_client\ndef handler(event, context): return runtime_client.__file__")
        assert call_function() == "/var/runtime/runtime_client.py"


def test_without_a_compiled_transport_start_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "runtime_client" else find(name, *rest)
    )
    lambdalab.start()
    assert "lambdalab: awslambdaric has no compiled transport for this platform" in capsys.readouterr().err


# Changes to moto --------------------------------------------------------------------------------------------------


def _moto() -> dict[str, Any]:
    """Every method of the classes that the lab changes."""
    import moto.awslambda.models
    import moto.awslambda.responses
    import moto.iam.models

    classes = [
        moto.awslambda.responses.LambdaResponse,
        *(
            thing
            for module in (moto.awslambda.models, moto.iam.models)
            for thing in vars(module).values()
            if isinstance(thing, type)
        ),
    ]
    return {
        f"{each.__name__}.{name}": value
        for each in classes
        for name, value in vars(each).items()
        if callable(value) or isinstance(value, property | classmethod)
    }


def test_moto_is_as_it_was_after_stop() -> None:
    before = _moto()
    with Lab():
        during = _moto()
        changed = {name for name in during if during[name] is not before.get(name)}
        assert "LambdaResponse.invoke" in changed
        assert "LambdaFunction.invoke" in changed
    after = _moto()
    assert after.keys() == before.keys()
    assert [name for name in before if after[name] is not before[name]] == []


def test_a_changed_moto_is_said_in_a_sentence_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.awslambda.models import LambdaFunction

    def invoke(self: Any, payload: Any) -> None: ...

    monkeypatch.setattr(LambdaFunction, "invoke", invoke)
    before = _moto()
    environ = dict(os.environ)
    with pytest.raises(patches.MotoMismatch) as caught:
        lambdalab.start()
    message = str(caught.value)
    assert f"moto {patches.TESTED_WITH} is installed." in message
    assert "moto.awslambda.models.LambdaFunction.invoke takes self, payload, not self, " in message
    assert message.endswith(f"python -m pip install 'moto=={patches.TESTED_WITH}'")
    after = _moto()
    assert [name for name in before if after[name] is not before[name]] == []
    assert dict(os.environ) == environ


@pytest.mark.parametrize(
    ("module", "owner", "attribute", "complaint"),
    [
        ("moto.nothing", "X", "y", "moto.nothing cannot be imported: No module named 'moto.nothing'"),
        ("moto.awslambda.models", "NoSuchClass", "y", "moto.awslambda.models has no NoSuchClass"),
        ("moto.awslambda.models", "LambdaFunction", "no_such_method", "LambdaFunction has no no_such_method"),
    ],
)
def test_what_is_missing_in_moto_is_named(module: str, owner: str, attribute: str, complaint: str) -> None:
    patch = patches.Patch(module, owner, attribute, (), lambda original: original, "a test")
    with pytest.raises(patches.MotoMismatch, match=complaint):
        patches.install([patch])


# The guard --------------------------------------------------------------------------------------------------------


def chain(error: BaseException | None) -> list[BaseException]:
    """An exception and all that led to it."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        reason = getattr(error, "reason", None)
        error = error.__cause__ or error.__context__ or (reason if isinstance(reason, BaseException) else None)
    return found


def _by_urllib() -> None:
    import urllib.request

    urllib.request.build_opener(urllib.request.ProxyHandler({})).open("http://lab-test.example/", timeout=5)


def _by_requests() -> None:
    import requests

    requests.Session().get("http://lab-test.example/", timeout=5, proxies={"http": "", "https": ""})


def _by_botocore() -> None:
    boto3.client(
        "s3", endpoint_url="http://192.0.2.1", config=IMPATIENT.merge(type(IMPATIENT)(proxies={}))
    ).list_buckets()


def _by_asyncio() -> None:
    async def connect() -> None:
        await asyncio.open_connection("192.0.2.1", 80)

    with ThreadPoolExecutor(1) as fresh:  # tests in a browser leave a loop running in this thread
        fresh.submit(asyncio.run, connect()).result()


WAYS_OUT = {
    "asyncio": _by_asyncio,
    "urllib": _by_urllib,
    "requests": _by_requests,
    "botocore": _by_botocore,
    "a socket": lambda: socket.create_connection(("192.0.2.1", 80), timeout=5),
    "a name": lambda: socket.create_connection(("lab-test.example", 80), timeout=5),
    "connect_ex": lambda: socket.socket().connect_ex(("192.0.2.1", 80)),
    "IPv6": lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 80)),
    "a datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
    "gethostbyname": lambda: socket.gethostbyname("lab-test.example"),
    "gethostbyaddr": lambda: socket.gethostbyaddr("192.0.2.1"),
    "getaddrinfo": lambda: socket.getaddrinfo("lab-test.example", 443),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_request_leaves_the_machine(way: str) -> None:
    """Names that do not exist and addresses that lead nowhere; and the error is the guard's, before any lookup."""
    lambdalab.start()
    with pytest.raises(Exception, match=r".") as caught:
        WAYS_OUT[way]()
    blocked = [error for error in chain(caught.value) if isinstance(error, guard.BlockedRequest)]
    assert blocked
    assert "In local mode nothing leaves this machine." in str(blocked[0])


def test_a_client_made_before_the_lab_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    early = boto3.client("s3", region_name="us-east-1", config=IMPATIENT)
    lambdalab.start()
    with pytest.raises(Exception, match=r".") as caught:
        early.list_buckets()
    (blocked,) = [error for error in chain(caught.value) if isinstance(error, guard.BlockedRequest)]
    assert "it was made before lambdalab.start()" in str(blocked)


class Elsewhere(socket.socket):
    """An open connection to another machine; what is sent there comes out at the other end of a pair."""

    def getpeername(self) -> tuple[str, int]:
        return ("192.0.2.1", 80)


def _open_http_client(sock: socket.socket) -> Callable[[], object]:
    connection = http.client.HTTPConnection("192.0.2.1")
    connection.sock = sock
    return lambda: connection.request("POST", "/", b"secret")


def _open_urllib3(sock: socket.socket) -> Callable[[], object]:
    pool = urllib3.HTTPConnectionPool("192.0.2.1")
    _put_into(pool, sock)
    return lambda: pool.request("POST", "/", body=b"secret", retries=False)


def _open_botocore(sock: socket.socket) -> Callable[[], object]:
    early = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://192.0.2.1",
        aws_access_key_id="AKIAREAL",
        aws_secret_access_key="real",
        config=IMPATIENT,
    )
    _put_into(early._endpoint.http_session._manager.connection_from_url("http://192.0.2.1"), sock)
    return lambda: early.put_object(Bucket="real", Key="secret", Body=b"secret")


def _put_into(pool: Any, sock: socket.socket) -> None:
    connection = pool._new_conn()
    connection.sock = sock
    pool._put_conn(connection)


@pytest.mark.parametrize("opened", [_open_http_client, _open_urllib3, _open_botocore])
def test_a_connection_that_was_open_before_the_lab_sends_nothing(
    opened: Callable[[socket.socket], Callable[[], object]],
) -> None:
    near, far = socket.socketpair()
    with far, Elsewhere(fileno=near.detach()) as sock:
        send = opened(sock)
        lambdalab.start()
        with pytest.raises(Exception, match=r".") as caught:
            send()
        assert any(isinstance(error, guard.BlockedRequest) for error in chain(caught.value))
        far.setblocking(False)
        try:
            received = far.recv(1000)
        except BlockingIOError:
            received = b""
        assert received == b""


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True),
        ("127.255.0.9", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("s3.localhost", True),
        (b"localhost", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        (None, True),
        ("", True),
        ("192.0.2.1", False),
        ("127.0.0.1.example.com", False),
        ("localhost.example.com", False),
        ("127.example", False),
        ("169.254.169.254", False),
        ("10.0.0.1", False),
        ("::ffff:192.0.2.1", False),
        ("2001:db8::1", False),
        ("127.0.0.1\n.example.com", False),
    ],
)
def test_what_counts_as_this_machine(host: Any, ours: bool) -> None:
    assert guard.is_loopback(host) is ours


def test_loopback_and_unix_sockets_are_open(tmp_path: Path) -> None:
    lambdalab.start()
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1])),
    ):
        pass
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as connecting:
        listening.bind(path)
        listening.listen()
        connecting.connect(path)


def test_the_guard_is_off_after_stop() -> None:
    """Seen without sending anything: connecting to a port of ours through a name that the guard would refuse."""
    lambdalab.start()
    with pytest.raises(guard.BlockedRequest):
        sys.audit("socket.connect", None, ("192.0.2.1", 80))
    lambdalab.stop()
    sys.audit("socket.connect", None, ("192.0.2.1", 80))


CHILDREN = {
    "http": "import urllib.request; urllib.request.urlopen('http://lab-test.example/x')",
    "https": "import urllib.request; urllib.request.urlopen('https://lab-test.example/x')",
    "requests": "import requests; r = requests.get('http://lab-test.example/x'); sys.exit(r.text)",
}


@pytest.mark.parametrize("way", CHILDREN)
def test_a_child_process_that_honours_a_proxy_is_refused_by_the_lab(way: str) -> None:
    lambdalab.start()
    done = in_a_process("import sys; " + CHILDREN[way])
    assert done.returncode == 1
    assert "403" in done.stderr or "The lab blocked a request to http://lab-test.example/x" in done.stderr


def test_the_aws_command_is_refused_elsewhere() -> None:
    lambdalab.start()
    aws = Path(sys.executable).with_name("aws")
    done = subprocess.run(
        [aws, "--endpoint-url", "http://lab-test.example", "s3api", "list-buckets"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "LabBlockedRequest" in done.stderr or "403" in done.stderr
