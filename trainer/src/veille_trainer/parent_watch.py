"""Ends this process when its parent is gone, so that no trainer goes on that nobody can reach."""

from __future__ import annotations

import os
import sys
import threading
import time

_POLL_SECONDS = 1.0


def watch_parent(parent: int) -> None:
    """Start watching: once the process `parent` is no longer the parent, this one is killed within about a second.

    A poll works on every POSIX system. Linux's PR_SET_PDEATHSIG would not do: it fires when the *thread* that
    forked us ends, which a thread pool in the parent may do at any time.
    """
    threading.Thread(target=_poll, args=(parent,), name="parent-watch", daemon=True).start()


def _poll(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    print(f"The parent process {parent} is gone: stopping", file=sys.stderr, flush=True)
    os._exit(1)
