"""The lab: one object that holds everything together, from `start()` to `stop()`.

It starts the engine, connects moto's Lambda to it, opens the server (or, in the browser, moto in process), points
this process and its children at it, and puts everything back when it stops.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from . import faults, guard, moto_imports, moto_patches, wiring
from .authorization import Enforcement, moto_core
from .clock import Clock
from .delivery.asynchronous import SETTLE_S, AsynchronousInvocations
from .delivery.integration_timeout import IntegrationTimeout
from .delivery.polled import Pollers
from .delivery.quiescence import Quiescence
from .delivery.service_invocation import ServiceInvocation
from .endpoint import not_implemented, request_context
from .endpoint.unsigned import local_url, serve_in_page
from .execution_role import execution_role
from .interface import CellLab
from .monitoring.logs import LogWriter
from .monitoring.recorder import Recorder
from .runtime import Engine
from .services.lambda_.simulated_latency import SimulatedLatency
from .services.opening import check, functions_on_demand, open_rooms
from .services.parts import LabParts
from .services.sts.role_credentials import role_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .endpoint.server import Credentials, LabServer
    from .moto_patches import Change
    from .runtime import Function, Happening
    from .runtime.engine import Environments
    from .wiring import Wiring

REGION = "us-east-1"
ACCOUNT = "123456789012"
IN_BROWSER = sys.platform == "emscripten"

LEADS_ELSEWHERE = (
    # Each of these would lead an SDK to other credentials or another endpoint than the lab's.
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_CA_BUNDLE",
)


class Lab(CellLab):
    """A running lab. Made by `lambdalab.start()`."""

    clock: Clock

    def __init__(self, *, port: int = 0, any_credentials: bool = False, native_client: bool = True) -> None:
        global _current
        if _current is not None:
            raise RuntimeError(
                f"A lab runs in this process already: {_current!r}. lambdalab.start() returns it, "
                "lambdalab.stop() ends it."
            )
        _current = self
        faults.forget()
        self.clock = Clock(threads=not IN_BROWSER)
        self.pace = SimulatedLatency()
        self._enforcement = Enforcement(self.clock.time)
        self._clients: dict[str, Any] = {}
        self._stopped = False
        self._in_charge = False
        self._process_id = os.getpid()
        self._environ_before: dict[str, str | None] = {}
        self._server: LabServer | None = None
        self._mock: Any = None
        self._credentials: Credentials | None = None
        self._fence = guard.Fence()
        self._recorder = Recorder()
        self.engine = Engine(
            self._environments(native_client), [LogWriter(self._enforcement.may_log), self._recorder], clock=self.clock
        )
        functions = functions_on_demand(self.engine, self.clock, self._enforcement, self.pace)
        self.queue = AsynchronousInvocations(self.clock, functions, threads=not IN_BROWSER)
        self.pollers = Pollers(threads=not IN_BROWSER)
        integration_timeout = IntegrationTimeout(threads=not IN_BROWSER)
        self._quiescence = Quiescence(self.queue, self.pollers, integration_timeout)
        self._parts = LabParts(
            engine=self.engine,
            clock=self.clock,
            queue=self.queue,
            pollers=self.pollers,
            service_invocation=ServiceInvocation(functions, self.queue, self._enforcement),
            functions=functions,
            enforcement=self._enforcement,
            pace=self.pace,
            integration_timeout=integration_timeout,
            drain=self._quiescence.drain,
        )
        for part in (self.queue, self.pollers):
            part.subscribe(self._recorder)
        self.clock.settle_with(self._quiescence.settle)
        try:
            if IN_BROWSER:
                self._start_in_process()
            else:
                self._start_server(port, any_credentials)
        except BaseException:
            self.stop()
            raise

    # What a cell uses -----------------------------------------------------------------------------------------

    def role(self, name: str, policy: dict[str, Any] | None = None) -> str:
        """The ARN of an execution role that Lambda may assume; made if it is not there.

        It may write logs (AWSLambdaBasicExecutionRole), and what `policy` (an IAM policy document) allows.
        """
        return execution_role(self._client("iam"), name, policy)[0]

    def permissions_used(self, function_name: str) -> dict[str, Any]:
        """The least policy for a function's role: what it allowed and the function did, on the resources it named.

        An IAM policy document: `print(json.dumps(lab.permissions_used("hello"), indent=2))`. Writing the log counts,
        which Lambda does with the role. What the function was refused, and what it did not come to, is not in it.
        """
        function = self._client("lambda").get_function_configuration(FunctionName=function_name)
        return self._enforcement.policy_used(function["Role"], function["FunctionName"])

    def url(self, url: str) -> str:
        """Where a function URL (https://….lambda-url.….on.aws/) or an API (https://….execute-api.….amazonaws.com/…) is.

        In the lab, an address on this machine; in the page, the URL itself, which the `requests` library then finds.
        Any other URL stays as it is.
        """
        return local_url(url, self._server.url) if self._server else url

    def events(self, function_name: str | None = None) -> list[Happening]:
        """What happened, in order, as typed events; of one function, or of all.

        Those of execution environments are lambdalab.runtime's (InvocationStarted …), those of asynchronous events on
        their way and of event source mappings lambdalab.delivery.events' (EventQueued, BatchStarted …).

        The newest 20,000: a lab that runs all day forgets its beginning.
        """
        return self._recorder.events(function_name)

    def _wiring(self) -> Wiring:
        return wiring.read(self._client, wiring.Listed(self._client, ACCOUNT, REGION))

    def _client(self, service: str) -> Any:
        """A boto3 client for a service, made once: that takes longer than most calls."""
        if service not in self._clients:
            import boto3

            self._clients[service] = boto3.client(service, region_name=REGION)
        return self._clients[service]

    def settle(self, timeout: float = SETTLE_S) -> None:
        """Return when nothing is queued or running now; after `timeout` seconds, TimeoutError says what still is.

        What waits for a later time (the retry of an event that failed) goes on waiting: `lab.clock.advance()` brings
        it on. On AWS, wait some seconds.
        """
        self.clock.run_due()
        self.engine.settle()
        self._quiescence.settle(timeout)

    def reset(self) -> None:
        """An empty account again: nothing that was created is left. The lab goes on, at the same address."""
        self._refuse_if_stopped()
        self.pollers.reset()
        self.queue.reset()
        self.clock.clear()
        self.engine.reset()
        self.pollers.join()
        self.queue.join()
        self._recorder.clear()
        self.pace.reset()
        self._enforcement.access_report.clear()
        _reset_moto()

    def stop(self) -> None:
        """End the lab: no process, no socket, no file and no environment variable of its own is left."""
        if os.getpid() != self._process_id:  # a fork of this process does not own the lab
            return
        with _lock:
            if not self._stopped:
                self._stopped = True
                self._end()

    @property
    def endpoint_url(self) -> str | None:
        """Where the lab listens; None in the browser, where calls do not leave the interpreter."""
        return self._server.url if self._server else None

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that lead the SDKs and the aws command to this lab."""
        if self._server is None or self._credentials is None:
            return {}
        proxy = self._server.url
        return {
            "AWS_ENDPOINT_URL": self._server.url,
            "AWS_ACCESS_KEY_ID": self._credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self._credentials.secret_access_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            # Child processes are behind the fence. What honours a proxy asks the lab first, and is refused in words.
            **dict.fromkeys(
                ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), proxy
            ),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost,::1"),
        }

    @property
    def notes(self) -> list[str]:
        """What is different in this lab, on this machine, from what the course describes; and what the lab itself got
        wrong. Usually nothing.
        """
        notes = self.engine.notes
        if self._fence.missing and not IN_BROWSER:
            notes.append(
                f"the kernel does not hold programs that a cell or a function starts: {self._fence.missing}. Python "
                "and Node.js functions reach this machine only; other programs are led to the lab by proxy variables, "
                "which not every program obeys."
            )
        return [*notes, *faults.reported()]

    def __repr__(self) -> str:
        if self._stopped:
            return "<Lab: stopped>"
        return f"<Lab: region {REGION}, {self.endpoint_url or 'in this page'}>"

    def let_go(self) -> None:
        """Leave this process as it was before `start()`. The lab goes on; `in_charge()` points the process at it."""
        guard.off()
        self._fence.let_children_go()
        self._restore_environ()
        self._environ_before.clear()
        self._in_charge = False
        _forget_default_session()

    @contextlib.contextmanager
    def in_charge(self) -> Iterator[None]:
        """Within this block, the process is pointed at the lab; then it is as before."""
        self._refuse_if_stopped()
        already = self._in_charge
        if not already:
            self._take_charge()
        try:
            yield
        finally:
            if not already:
                self.let_go()

    # How it starts --------------------------------------------------------------------------------------------

    def _environments(self, native_client: bool) -> Environments:
        if IN_BROWSER:
            from .runtime.inline import InlineEnvironments

            return InlineEnvironments(role_credentials)
        from .runtime.processes.environments import ProcessEnvironments

        return ProcessEnvironments(
            self._function_variables, native_client=native_client, in_new_thread=self._fence.call_in_new_thread
        )

    def _start_server(self, port: int, any_credentials: bool) -> None:
        self._set_environ({"MOTO_DISABLE_GLOBAL_CORS": "true"})  # read by moto when it is imported
        self._check_moto()
        from .endpoint.server import Credentials, LabServer

        self._change_moto()
        self._credentials = Credentials()
        self._server = LabServer(
            self._credentials, self._parts.public_endpoints, port=port, any_credentials=any_credentials
        )
        self._take_charge()
        atexit.register(self.stop)

    def _check_moto(self) -> None:
        """Raise MotoMismatch unless moto is as the lab expects it."""
        check(self._parts, (moto_core.misfits, self._core_misfits))

    def _core_misfits(self) -> Iterator[str]:
        """What moto's core lacks of what is used to serve requests and to reset, in a process or in the page."""
        for change in self._core_changes():
            yield from change.misfits()
        yield from moto_patches.missing_in("moto", "mock_aws")
        yield from moto_patches.missing_in("moto.core.base_backend", "BackendDict")
        yield from moto_patches.missing_in("moto.core.model_instances", "reset_model_data")
        yield from moto_patches.missing_in("moto.core.models", "responses_mock")
        if not IN_BROWSER:
            yield from moto_patches.missing_in(
                "moto.core.request", "PRESERVED_HEADER_NAMES_ENVIRON_KEY", "should_preserve_original_header_name"
            )
            yield from moto_patches.missing_in(
                "moto.moto_server.werkzeug_app", "DomainDispatcherApplication", "create_backend_app"
            )

    def _core_changes(self) -> tuple[Change, ...]:
        return (*not_implemented.patches(), *request_context.patches(), *self._enforcement.patches())

    def _change_moto(self) -> None:
        moto_patches.install(self._core_changes())
        open_rooms(self._parts)

    def _take_charge(self) -> None:
        """Point this process and its children at the lab, and let nothing leave the machine."""
        self._set_environ({**_no_other_directions(), **self.variables})
        guard.on()
        self._fence.hold_children()
        self._in_charge = True
        _forget_default_session()

    def _start_in_process(self) -> None:
        from .browser import install

        install()
        self._check_moto()
        from moto import mock_aws

        self._set_environ(
            {
                **_no_other_directions(),
                "AWS_ENDPOINT_URL": None,
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_REGION": REGION,
                # DynamoDB Streams would be at an address that has the account in it, which moto does not know.
                "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
            }
        )
        self._change_moto()
        self._mock = mock_aws()
        self._mock.start()
        serve_in_page(self._parts.public_endpoints)

    def _end(self) -> None:
        global _current
        atexit.unregister(self.stop)
        for client in self._clients.values():
            client.close()
        if self._server is not None:
            self._server.stop()
        self.pollers.reset()
        self.queue.close()
        self.clock.close()
        self.engine.close()
        self.pollers.join()
        self.queue.join()
        if self._server is not None:
            self._server.join()
        if self._mock is not None:
            self._mock.stop()
        _reset_moto()
        moto_imports.forget()
        moto_patches.uninstall()
        guard.off()
        self._fence.close()
        self._restore_environ()
        _forget_default_session()
        if _current is self:
            _current = None

    def _function_variables(self, function: Function) -> dict[str, str]:
        """What a function finds in its environment beside what Lambda puts there: its role, and the way to the lab."""
        assert self._server is not None
        url = self._server.url
        return {**role_credentials(function), "AWS_ENDPOINT_URL": url, "_LAMBDALAB_PROXY": url}

    def _set_environ(self, variables: Mapping[str, str | None]) -> None:
        """Set environment variables, or unset those that are None, and remember what was there."""
        for name, value in variables.items():
            self._environ_before.setdefault(name, os.environ.get(name))
            _put_environ(name, value)

    def _restore_environ(self) -> None:
        """Put back what the lab changed, and nothing else: cells set variables of their own."""
        for name, value in self._environ_before.items():
            _put_environ(name, value)

    def _refuse_if_stopped(self) -> None:
        if self._stopped:
            raise RuntimeError("This lab has stopped. Call lambdalab.start() for a new one.")


_current: Lab | None = None
_lock = threading.RLock()
"""Held while a lab starts or stops: who calls meanwhile gets the lab that is there afterwards."""


def start() -> Lab:
    """Start the lab, or return the one that is running in this process."""
    return _start()


def _start(*, port: int = 0, any_credentials: bool = False) -> Lab:
    with _lock:
        if _current is None:
            for note in Lab(port=port, any_credentials=any_credentials).notes:
                print(f"lambdalab: {note}", file=sys.stderr)
        assert _current is not None
        return _current


def running() -> Lab | None:
    """The lab that runs in this process, if one does."""
    return _current


def stop() -> None:
    """Stop the running lab, if there is one."""
    if _current is not None:
        _current.stop()


def _no_other_directions() -> dict[str, None]:
    """The variables that are set and would lead an SDK elsewhere, to be unset."""
    return {name: None for name in os.environ if name in LEADS_ELSEWHERE or name.startswith("AWS_ENDPOINT_URL_")}


def _put_environ(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _forget_default_session() -> None:
    """boto3 keeps the credentials that it found first; a new lab has new ones."""
    if "boto3" in sys.modules:
        import boto3

        boto3.DEFAULT_SESSION = None


def _reset_moto() -> None:
    """Empty every backend that moto has loaded."""
    if "moto.core" not in sys.modules:
        return
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    BackendDict.reset()
    reset_model_data()
