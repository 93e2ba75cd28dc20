"""Refuses what does not belong into a repository: keys, one machine's paths, registries, places in lock files.

It looks at every file that git tracks or would add. The patterns are written so that they do not match themselves.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent

PATTERNS: dict[str, re.Pattern[str]] = {
    "a registry's host name": re.compile(
        r"\b(?:(?:test\.)?pypi\.(?:org|python\.org)|files\.pythonhosted\.org|registry\.(?:npmjs\.org|yarnpkg\.com))\b"
    ),
    "where packages come from": re.compile(r"(?:^|\s)--?(?:extra-)?index-url[ =]|--find-links[ =]|^\s*registry *= *\S"),
    # Not preceded by a letter or a dot: the same letters inside an address or a relative path are something else.
    "a path of one machine": re.compile(
        r"(?<![\w.\-/:}>])/(?:work|root)/[\w.]|(?<![\w.\-/:}>])/home/(?!sbx_user|jovyan|pyodide|you/|me/)[\w]|/Users/(?!you/|me/)\w+/"
    ),
    # AWS's own documentation uses keys that end in EXAMPLE.
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}\b"),
    "an AWS secret key": re.compile(
        r"aws_secret_access_key['\"]?\s*[=:]\s*['\"]?(?![^\s'\"]*EXAMPLE)[A-Za-z0-9/+]{40}\b", re.IGNORECASE
    ),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36}|pypi-AgEI[\w-]{20,})"),
}
LOCKS = re.compile(r"(?:^|/)(?:requirements/[^/]+\.txt|package-lock\.json|npm-shrinkwrap\.json)$")
LOCK_PLACE = re.compile(r"https?://|\"resolved\"|^-f |--find-links|index-url", re.MULTILINE)
# A lock file of npm tells where each package asks for money; that is an address, but no place to download from.
NOT_A_PLACE = re.compile(r"\"(?:url|funding)\": *\"https?://[^\"]*\"")


def tracked(root: Path) -> list[Path]:
    """Return the files that are in the repository or would be added to it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return [root / name for name in names.split("\0") if name and (root / name).is_file()]


def findings(name: str, text: str) -> Iterator[str]:
    """Yield what is wrong with one file, as `name:line: what: the text`."""
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in PATTERNS.items():
            found = pattern.search(line)
            if found:
                yield f"{name}:{number}: {what}: {found.group().strip()}"
        if LOCKS.search(name) and LOCK_PLACE.search(NOT_A_PLACE.sub("", line)):
            yield f"{name}:{number}: a lock file names a place: {line.strip()[:80]}"


def main(root: Path = ROOT) -> int:
    """Look at every file; return the exit code."""
    wrong: list[str] = []
    count = 0
    for path in tracked(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a font
        count += 1
        wrong += findings(path.relative_to(root).as_posix(), text)
    print("\n".join(wrong) if wrong else f"{count} files: no keys, no paths of one machine, no registries.")
    if wrong:
        print(f"\n{len(wrong)} lines do not belong here. Say what they mean without the name, key or path.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
