"""What is behind the fence reaches nothing outside, however it tries.

"Outside" is 127.0.0.2 here, where a listener of the test's waits: so each attempt is seen to succeed without the fence,
and to reach nobody with it. The attackers are programs of their own, and use the system calls as a C program would.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import select
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lambdalab.guard import Fence
from lambdalab.guard.addresses import stays_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.guard.addresses import Address

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fence is Linux's")

OUTSIDE = "127.0.0.2"

HELPERS = """
import ctypes, os, socket, struct, sys, threading
HOST, PORT, OPEN = "127.0.0.2", int(sys.argv[1]), int(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)
def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def sockaddr(host, port):
    return struct.pack("=H", 2) + struct.pack("!H4s8x", port, socket.inet_aton(host))
"""

TCP = {
    "connect": "socket.create_connection((HOST, PORT), 5).send(b'out')",
    "connect without waiting": """
        s = socket.socket(); s.setblocking(False)
        number = s.connect_ex((HOST, PORT))
        if number not in (0, 115): raise OSError(number, os.strerror(number))
    """,
    "IPv6 with the address of IPv4 in it": """
        s = socket.socket(socket.AF_INET6); s.connect(("::ffff:" + HOST, PORT))
    """,
    "a second connect after one that was allowed": """
        s = socket.create_connection(("127.0.0.1", OPEN), 5)
        libc.connect(s.fileno(), struct.pack("=H14x", 0), 16)
        s.connect((HOST, PORT))
    """,
    "fast open, sendto": "socket.socket().sendto(b'out', 0x20000000, (HOST, PORT))",
    "fast open, sendmsg": "socket.socket().sendmsg([b'out'], [], 0x20000000, (HOST, PORT))",
    "fast open, then write": """
        s = socket.socket(); s.setsockopt(6, 30, 1); s.connect((HOST, PORT)); s.send(b"out")
    """,
    "a child's child with an environment of its own": """
        import subprocess
        done = subprocess.run(["bash", "-c", f"echo out > /dev/tcp/{HOST}/{PORT}"], env={}, stderr=subprocess.PIPE)
        if done.returncode: raise PermissionError(done.stderr)
    """,
    "a daemon": """
        reader, writer = os.pipe()
        if not os.fork():
            os.setsid()
            if not os.fork():
                try: socket.create_connection((HOST, PORT), 5); os.write(writer, b"+")
                except PermissionError: os.write(writer, b"-")
            os._exit(0)
        if os.read(reader, 1) == b"-": raise PermissionError
    """,
    "a thread": """
        caught = []
        def run():
            try: socket.create_connection((HOST, PORT), 5)
            except OSError as error: caught.append(error)
        thread = threading.Thread(target=run); thread.start(); thread.join()
        if caught: raise caught[0]
    """,
    "another program's proxy variables": """
        import urllib.request
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try: opener.open(f"http://{HOST}:{PORT}/", timeout=0.2)
        except urllib.error.URLError as error:
            if isinstance(error.reason, PermissionError): raise error.reason
        except TimeoutError: pass
    """,
}

UDP = {
    "sendto": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'out', (HOST, PORT))",
    "connect and send": "s = socket.socket(type=socket.SOCK_DGRAM); s.connect((HOST, PORT)); s.send(b'out')",
    "sendmsg": "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'o', b'ut'], [], 0, (HOST, PORT))",
    "sendmmsg": """
        s = socket.socket(type=socket.SOCK_DGRAM)
        name = ctypes.create_string_buffer(sockaddr(HOST, PORT)); text = ctypes.create_string_buffer(b"out")
        iovec = ctypes.create_string_buffer(struct.pack("=QQ", ctypes.addressof(text), 3))
        message = struct.pack("=QI4xQQQQi4xI4x", ctypes.addressof(name), 16, ctypes.addressof(iovec), 1, 0, 0, 0, 0)
        check(libc.sendmmsg(s.fileno(), ctypes.create_string_buffer(message * 2), 2, 0))
    """,
    "IPv6's socket, IPv4's address": """
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        check(libc.sendto(s.fileno(), b"out", 3, 0, sockaddr(HOST, PORT), 16))
    """,
}


class Outside:
    """Somebody on another machine, for all the fence knows."""

    def __init__(self, kind: socket.SocketKind) -> None:
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind((OUTSIDE, 0))
        if kind is socket.SOCK_STREAM:
            self.socket.listen()
        self.port = self.socket.getsockname()[1]

    def was_reached(self) -> bool:
        """Whether a connection or a datagram has come. What is sent over loopback is there when the sender goes on."""
        return bool(select.select([self.socket], [], [], 0)[0])


def allowed(address: Address) -> bool:
    return stays_here(address) and address.host not in (OUTSIDE, "::ffff:127.0.0.2", "::ffff:7f00:2")


@pytest.fixture(scope="module")
def fence() -> Iterator[Fence]:
    fence = Fence(allowed)
    assert fence.missing == ""
    yield fence
    fence.close()


@pytest.fixture(scope="module")
def loose_fence() -> Iterator[Fence]:
    """As in a container that may not have its children's sockets: it looks, and lets the kernel do the call."""
    fence = Fence(allowed)
    assert fence._warden is not None
    fence._warden._takes_sockets = False
    assert not fence.exact
    yield fence
    fence.close()


@pytest.fixture
def open_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def held(fence: Fence) -> Iterator[Fence]:
    fence.hold_children()
    yield fence
    fence.let_children_go()


def attack(code: str, port: int, open_port: int, *, stderr: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    program = HELPERS + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-S", "-c", program, str(port), str(open_port)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        check=False,
        timeout=60,
    )


ATTACKS = [(socket.SOCK_STREAM, way) for way in TCP] + [(socket.SOCK_DGRAM, way) for way in UDP]


@pytest.mark.parametrize(("kind", "way"), ATTACKS, ids=[f"{kind.name}: {way}" for kind, way in ATTACKS])
def test_no_way_out(fence: Fence, loose_fence: Fence, open_port: int, kind: socket.SocketKind, way: str) -> None:
    code = (TCP if kind is socket.SOCK_STREAM else UDP)[way]
    outside = Outside(kind)
    with outside.socket:
        free = attack(code, outside.port, open_port)
        assert outside.was_reached(), free.stderr  # so the attempt is a real one
    for each in (fence, loose_fence):
        outside = Outside(kind)
        with outside.socket:
            each.hold_children()
            try:
                done = attack(code, outside.port, open_port)
            finally:
                each.let_children_go()
            assert not outside.was_reached()
        assert done.returncode == 1
        assert "PermissionError" in done.stderr or "Operation not supported" in done.stderr


def test_who_is_refused_is_told_why_on_standard_error(held: Fence, open_port: int) -> None:
    done = attack(TCP["connect"], 9, open_port)
    assert (
        "lambdalab: blocked a connection to 127.0.0.2, port 9. In local mode nothing leaves this machine. If you meant "
        "to reach the network, call lambdalab.stop() first.\n"
    ) in done.stderr
    assert "PermissionError: [Errno 13] Permission denied" in done.stderr


def test_an_address_that_changes_while_it_is_looked_at_leads_nowhere(held: Fence, open_port: int) -> None:
    """The kernel reads an address from the program's memory; so does the fence; another thread may write there."""
    assert held.exact
    outside = Outside(socket.SOCK_STREAM)
    with outside.socket:
        done = attack(
            """
            good, bad = sockaddr("127.0.0.1", OPEN), sockaddr(HOST, PORT)
            name = ctypes.create_string_buffer(good, 16)
            going = True
            def flip():
                while going:
                    ctypes.memmove(name, bad, 16)
                    ctypes.memmove(name, good, 16)
            sys.setswitchinterval(1e-5)
            thread = threading.Thread(target=flip); thread.start()
            seen = set()
            for _ in range(300):
                s = socket.socket()
                number = 0 if libc.connect(s.fileno(), name, 16) == 0 else ctypes.get_errno()
                seen.add((number, s.getpeername() if number == 0 else None))
                s.close()
            going = False; thread.join()
            print(seen <= {(0, ("127.0.0.1", OPEN)), (13, None)}, len(seen))
            """,
            outside.port,
            open_port,
            stderr=subprocess.DEVNULL,
        )
        assert not outside.was_reached()
    assert done.stdout.startswith("True")


REFUSED_KINDS = {
    "raw": ("socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)", "PermissionError"),
    "ping": ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)", "Protocol not supported"),
    "SCTP": ("socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)", "Protocol not supported"),
    "MPTCP": ("socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)", "Protocol not supported"),
    "packets": ("socket.socket(17, socket.SOCK_RAW)", "Address family not supported"),
    "VSOCK": ("socket.socket(40, socket.SOCK_STREAM)", "Address family not supported"),
    "io_uring": ("check(libc.syscall(425, 8, ctypes.create_string_buffer(120)))", "Function not implemented"),
}


@pytest.mark.parametrize("kind", REFUSED_KINDS)
def test_ways_around_those_calls_are_closed(held: Fence, kind: str) -> None:
    code, words = REFUSED_KINDS[kind]
    done = attack(code, 1, 1)
    assert done.returncode == 1
    assert words in done.stderr


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the other ways into the kernel are x86-64's")
def test_the_kernel_has_no_side_door(held: Fence) -> None:
    """32-bit calls (int 0x80) and x32's: getpid, by either, is no such call."""
    done = attack(
        """
        import mmap
        memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        memory.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20; int 0x80; ret
        print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))())
        print(libc.syscall(0x40000000 + 39), ctypes.get_errno())
        """,
        1,
        1,
    )
    assert done.stdout.split() == ["-38", "-1", "38"]  # ENOSYS


def test_programs_gain_no_privileges(held: Fence) -> None:
    """Else a setuid program could do what its caller may not."""
    done = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True, check=True)
    assert "NoNewPrivs:\t1" in done.stdout


# What goes on working ---------------------------------------------------------------------------------------------


def test_this_machine_is_open(held: Fence, open_port: int, tmp_path: object) -> None:
    done = attack(
        f"""
        import tempfile
        socket.create_connection(("127.0.0.1", OPEN), 5)
        socket.create_connection(("localhost", OPEN), 5)
        socket.create_connection(("0.0.0.0", OPEN), 5)
        first, second = socket.socketpair(); first.sendmsg([b"x"]); assert second.recv(1) == b"x"
        with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
            server.bind({str(tmp_path)!r} + "/s"); server.listen(); client.connect({str(tmp_path)!r} + "/s")
        with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
            server.bind(("127.0.0.1", 0))
            assert client.sendto(b"one", server.getsockname()) == 3
            assert client.sendmsg([b"t", b"wo"], [], 0, server.getsockname()) == 3
            assert server.recv(9) + server.recv(9) == b"onetwo"
            client.connect(server.getsockname())
            client.send(b"three"); client.sendmsg([b"four"])
            assert server.recv(9) + server.recv(9) == b"threefour"
        with socket.socket(16, socket.SOCK_RAW) as netlink: netlink.bind((0, 0))
        s = socket.socket(); assert s.connect_ex(("127.0.0.1", 1)) == 111
        print("well")
        """,
        1,
        open_port,
    )
    assert (done.stdout, done.stderr) == ("well\n", "")


def test_several_datagrams_at_once_all_arrive(held: Fence) -> None:
    """sendmmsg may send fewer than it was given: the caller goes on with the rest."""
    done = attack(
        """
        server = socket.socket(type=socket.SOCK_DGRAM); server.bind(("127.0.0.1", 0))
        s = socket.socket(type=socket.SOCK_DGRAM)
        name = ctypes.create_string_buffer(sockaddr(*server.getsockname())); text = ctypes.create_string_buffer(b"out")
        iovec = ctypes.create_string_buffer(struct.pack("=QQ", ctypes.addressof(text), 3))
        message = struct.pack("=QI4xQQQQi4xI4x", ctypes.addressof(name), 16, ctypes.addressof(iovec), 1, 0, 0, 0, 0)
        messages = ctypes.create_string_buffer(message * 3); done = 0
        while done < 3:
            done += check(libc.sendmmsg(s.fileno(), ctypes.byref(messages, 64 * done), 3 - done, 0))
        lengths = [struct.unpack_from("=I", messages, 64 * number + 56)[0] for number in range(3)]
        print([server.recv(9) for _ in range(3)], lengths)
        """,
        1,
        1,
    )
    assert done.stdout == "[b'out', b'out', b'out'] [3, 3, 3]\n"


SERVERS = {
    "every address": ("socket.AF_INET", "s.bind(('0.0.0.0', 0)); s.listen()"),
    "every address, IPv6": ("socket.AF_INET6", "s.bind(('::', 0)); s.listen()"),
    "without a name": ("socket.AF_INET", "s.listen()"),
}


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_is_one_for_this_machine_only(held: Fence, server: str) -> None:
    """A program that listens to every network, as in a container, is seen by nobody but this machine."""
    family, code = SERVERS[server]
    done = attack(
        f"""
        s = socket.socket({family}); {code}
        host, port = s.getsockname()[:2]
        socket.create_connection(("127.0.0.1", port), 5); s.accept()
        print(host)
        """,
        1,
        1,
    )
    assert done.stdout in ("127.0.0.1\n", "::ffff:127.0.0.1\n"), done.stderr


def test_a_server_on_an_outside_address_is_refused(held: Fence) -> None:
    done = attack("socket.socket().bind((HOST, 0))", 1, 1)
    assert "lambdalab: blocked a server on 127.0.0.2, port 0." in done.stderr


def test_a_program_that_is_killed_while_it_asks_harms_nobody(held: Fence, open_port: int) -> None:
    """The one that listens has a full queue: who connects to it waits, and only they."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        first = socket.create_connection(("127.0.0.1", port))
        waiting = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-S",
                    "-c",
                    HELPERS
                    + "print(1, flush=True); socket.create_connection((HOST1, PORT))".replace("HOST1", "'127.0.0.1'"),
                    str(port),
                    "0",
                ],
                stdout=subprocess.PIPE,
            )
            for _ in range(4)
        ]
        for each in waiting:
            assert each.stdout is not None
            each.stdout.readline()
        done = attack("socket.create_connection(('127.0.0.1', OPEN), 5); print('well')", 1, open_port)
        assert done.stdout == "well\n"
        for each in waiting:
            each.send_signal(signal.SIGKILL)
            each.wait(10)
            assert each.stdout is not None
            each.stdout.close()
        first.close()


# Who is behind it -------------------------------------------------------------------------------------------------

REACH = "import socket; socket.create_connection(('127.0.0.2', 9), 5)"


def _status_of_fork(act: object) -> int:
    child = os.fork()
    if not child:
        code = 1
        try:
            act()  # type: ignore[operator]
        except PermissionError:
            code = 13
        except OSError:
            code = 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _reach() -> None:
    with socket.socket() as sock:
        sock.connect((OUTSIDE, 9))


BIRTHS = {
    "subprocess": lambda: subprocess.run([sys.executable, "-S", "-c", REACH], stderr=2, check=False),
    "preexec_fn": lambda: subprocess.run([sys.executable, "-S", "-c", REACH], preexec_fn=int, check=False),
    "close_fds": lambda: subprocess.run([sys.executable, "-S", "-c", REACH], close_fds=False, check=False),
    "a shell": lambda: subprocess.run(f'{sys.executable} -S -c "{REACH}"', shell=True, check=False),
    "os.system": lambda: os.system(f'{sys.executable} -S -c "{REACH}"'),
    "os.popen": lambda: os.popen(f'{sys.executable} -S -c "{REACH}"').read(),
    "posix_spawn": lambda: os.waitpid(
        os.posix_spawn(sys.executable, [sys.executable, "-S", "-c", REACH], dict(os.environ)), 0
    ),
    "spawnv": lambda: os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-S", "-c", REACH]),
    "fork and exec": lambda: _status_of_fork(lambda: os.execv(sys.executable, [sys.executable, "-S", "-c", REACH])),
}


@pytest.mark.parametrize("way", BIRTHS)
def test_however_a_program_is_started_it_is_behind_the_fence(
    held: Fence, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    BIRTHS[way]()
    assert "lambdalab: blocked a connection to 127.0.0.2, port 9." in capfd.readouterr().err


def test_a_fork_is_behind_the_fence(held: Fence) -> None:
    assert _status_of_fork(_reach) == 13


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_is_behind_the_fence(held: Fence, method: str) -> None:
    context = multiprocessing.get_context(method)
    process = context.Process(target=_exit_13_if_refused)
    process.start()
    process.join(30)
    assert process.exitcode == 13


def _exit_13_if_refused() -> None:
    try:
        _reach()
    except PermissionError:
        sys.exit(13)


def test_what_a_thread_of_the_fence_starts_is_behind_it(fence: Fence) -> None:
    """Whether or not the process's other children are."""

    def start() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-S", "-c", REACH], capture_output=True, text=True, check=False)

    assert "PermissionError" in fence.call_in_new_thread(start).stderr
    fence.hold_children()
    try:
        assert "PermissionError" in fence.call_in_new_thread(start).stderr
    finally:
        fence.let_children_go()


def test_this_process_itself_stays_free(held: Fence) -> None:
    with Outside(socket.SOCK_STREAM).socket as server:
        socket.create_connection(server.getsockname(), 5).close()


def test_children_are_free_again_afterwards(fence: Fence) -> None:
    before = subprocess._fork_exec, os.system, os.posix_spawn  # type: ignore[attr-defined]
    fence.hold_children()
    assert (subprocess._fork_exec, os.system, os.posix_spawn) != before  # type: ignore[attr-defined]
    fence.let_children_go()
    assert (subprocess._fork_exec, os.system, os.posix_spawn) == before  # type: ignore[attr-defined]
    with Outside(socket.SOCK_STREAM).socket as server:
        program = f"import socket; socket.create_connection(('127.0.0.2', {server.getsockname()[1]}), 5)"
        assert subprocess.run([sys.executable, "-S", "-c", program], check=False).returncode == 0


def test_an_error_of_what_is_started_comes_back(held: Fence) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        subprocess.run(["no-such-program"], check=False)


def test_what_runs_before_a_program_may_set_signals(held: Fence) -> None:
    """As if the thread that started it were the main one."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        check=True,
    )
    assert done.stdout == b"True\n"


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Python's own answer to Ctrl-C, even where these tests were started with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_loses_no_process(fence: Fence) -> None:
    """It comes while one is being started: who starts it knows it first."""
    known = []

    def start() -> str:
        signal.raise_signal(signal.SIGINT)  # Python raises it in the main thread, which waits for us
        return "started"

    def start_and_go_on() -> None:
        known.append(fence.call(start))
        threading.Event().wait(120)  # it is raised a moment after the call

    with pytest.raises(KeyboardInterrupt):
        start_and_go_on()
    assert known == ["started"]


def test_behind_a_fence_there_is_no_second_one_and_it_holds(held: Fence) -> None:
    """A lab in a process that a lab started."""
    program = f"""
import socket, subprocess, sys
from lambdalab.guard import Fence
fence = Fence()
assert fence.missing == "", fence.missing
fence.hold_children()
print(subprocess.run([sys.executable, "-S", "-c", {REACH!r}], capture_output=True, text=True).stderr)
fence.close()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "PermissionError" in done.stdout, done.stderr


def test_behind_a_closed_fence_nothing_can_be_reached() -> None:
    """The lab has ended, and something that it started has not."""
    fence = Fence()
    fence.hold_children()
    child = subprocess.Popen(
        [sys.executable, "-S", "-c", "import socket; input(); print(socket.socket().connect_ex(('127.0.0.1', 9)))"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    fence.close()
    assert child.communicate("\n", timeout=30)[0] == "38\n"  # ENOSYS


def test_an_interrupt_of_what_is_called_comes_back(fence: Fence) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fence.call(interrupted)


def test_a_closed_fence_leaves_nothing() -> None:
    def descriptors() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("lambdalab")]

    Fence().close()
    open_before, running_before = descriptors(), threads()
    fence = Fence()
    fence.hold_children()
    subprocess.run(["true"], check=True)
    _status_of_fork(_reach)
    fence.close()
    assert descriptors() == open_before
    assert threads() == running_before
