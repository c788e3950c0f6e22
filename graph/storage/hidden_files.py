"""The names of hidden files that are still being written, and the end of those whose writer was killed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import secrets
import stat
import time
from functools import cache
from pathlib import Path

ABANDONED_S = 24 * 3600.0
"""A file of this host from before its last start, or from another container, is given up when untouched for a day."""

_NAME = re.compile(r"\.masterchain-([0-9a-f]{8})-([0-9a-f]{8})-(\d{1,10})-(\d{1,20})-[0-9a-f]{12}(\.\w+)?")


def hidden_name(extension: str) -> str:
    """Return a new name for a file that is being written, which tells later jobs by whom; ``extension`` has a dot."""
    host, life = _place()
    pid = os.getpid()
    return f".masterchain-{host}-{life}-{pid}-{_birth(pid)}-{secrets.token_hex(6)}{extension}"


def sweep(folder: str) -> None:
    """Remove from ``folder`` the hidden files of jobs that were killed; nothing else, and without an error.

    A file goes if its name is one of ours, it is a regular file (no link) that belongs to this user, and its process
    is gone: on this host since its last start, that is looked up, by number and time of birth; see ``ABANDONED_S``
    for earlier ones.  Files of other hosts, on a shared disk, stay.
    """
    with contextlib.suppress(OSError), os.scandir(folder or ".") as entries:
        for entry in entries:
            named = _NAME.fullmatch(entry.name)
            if named:
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    own = stat.S_ISREG(status.st_mode) and (os.name == "nt" or status.st_uid == os.geteuid())
                    if own and _is_abandoned(named, status.st_mtime):
                        os.unlink(entry.path)


def _is_abandoned(named: re.Match[str], changed: float) -> bool:
    host, life = _place()
    if named[1] != host:
        return False
    if named[2] != life:
        return time.time() - changed > ABANDONED_S
    pid, birth = int(named[3]), named[4]
    return not _is_alive(pid) or (birth != "0" and _birth(pid) not in ("0", birth))


@cache
def _place() -> tuple[str, str]:
    """Return what tells this host from others, and this run of it (a container's is its own) from others."""
    boot, processes = "", ""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
        processes = os.readlink("/proc/self/ns/pid")
    return _token(platform.node()), _token(boot + processes)


def _token(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def _birth(pid: int) -> str:
    """Return when process ``pid`` began, in ticks since the host did; "0" where that cannot be told."""
    try:
        # The second field is the name, in brackets, and may itself hold brackets and spaces.
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "0"


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # where asking would end it
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
