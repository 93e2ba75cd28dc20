"""What a person reads when set-up cannot go on: what happened, why, and what to do next."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass
class Trouble(Exception):
    """Set-up cannot go on, and the person who called it can do something about it."""

    what: str
    why: str
    todo: str
    details: str = ""

    def __str__(self) -> str:
        details = f"\n{self.details.rstrip()}\n" if self.details else ""
        return f"{details}\nSet-up stopped: {self.what}\n  Why: {self.why}\n  What to do: {self.todo}\n"


# In this order: a full disk or a dead network also shows as other errors further down in the output.
KNOWN: list[tuple[str, str, str]] = [
    (
        r"No space left on device|ENOSPC|You don't have enough free space",
        "The disk is full.",
        "Free about 1.5 GB (df -h shows where), then run the same command again. What is installed already is kept.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|unable to get local issuer certificate",
        "The server's certificate is not trusted here; behind a company's proxy that is the usual case.",
        "Tell pip and npm the proxy's certificate (PIP_CERT=…, NODE_EXTRA_CA_CERTS=…), then try again.",
    ),
    (
        r"name resolution|Name or service not known|nodename nor servname|getaddrinfo|Failed to establish"
        r"|Network is unreachable|Connection refused|Connection reset|timed out|ProxyError|ENOTFOUND|EAI_AGAIN"
        r"|ETIMEDOUT|ECONNREFUSED|ECONNRESET|Could not resolve",
        "The package index could not be reached from here.",
        "Check the network (and HTTPS_PROXY, if you need one), then run the same command again; it goes on from there.",
    ),
    (
        r"DO NOT MATCH THE HASHES|EINTEGRITY",
        "A downloaded package is not, byte for byte, the one in the lock file.",
        "Run the same command again. If it happens twice, do not go on: the file was changed on its way to you.",
    ),
    (
        r"No matching distribution found for (?P<name>\S+)",
        "The package index has no build of {name} for this Python and this kind of machine.",
        "Use CPython 3.11 to 3.14 on Linux, macOS or Windows: make setup PYTHON=python3.13",
    ),
    (
        r"Permission denied|EACCES|Operation not permitted",
        "A file or folder here may not be written by you.",
        "Look at who owns the checkout, .venv and node_modules (ls -la); delete what a root shell left there.",
    ),
]


def diagnose(what: str, output: str) -> Trouble:
    """Turn the output of a failed command into a Trouble that names the cause, where it is one of those we know."""
    tail = "\n".join(line for line in output.splitlines()[-200:] if "WARNING: Location" not in line)
    for pattern, why, todo in KNOWN:
        found = re.search(pattern, tail)
        if found:
            return Trouble(what, why.format(**found.groupdict()), todo, _last_lines(tail, 6))
    return Trouble(
        what, "The last lines above are all there is to see.", "Read them; then try again.", _last_lines(tail, 25)
    )


def _last_lines(text: str, count: int) -> str:
    return "\n".join(f"  | {line[:160]}" for line in text.splitlines()[-count:])
