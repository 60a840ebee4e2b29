"""The command ``upbench``, forked from a process that has imported the libraries.

That saves half of a small run.  As a script this file is that process (``warm.py serve ADDRESS``),
or the command (``warm.py ask ADDRESS WORD...``): it hands over its streams, words, folder and
variables, and ends as the fork ends.
"""

import json
import os
import select
import signal
import socket
import struct
import sys
from importlib import import_module
from threading import Thread

LIBRARIES = (
    "upbench.benchmark.cli.commands",
    "upbench.benchmark.engine.runner",
    "upbench.benchmark.report.folder",
    "bokeh.plotting",
    "matplotlib.backends.backend_agg",
    "pyarrow.parquet",
    "rich.progress",
    "scipy.ndimage",
    "scipy.stats",
)
STREAMS = (0, 1, 2)
LENGTH = struct.Struct("!I")


def serve(address: str) -> None:
    """Fork a command for each connection, until standard input ends."""
    for name in LIBRARIES:
        import_module(name)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    os.write(1, b"ready\n")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever looks after a command is not waited for
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            look_after(connection)
        connection.close()


def look_after(connection: socket.socket) -> None:
    """Run one command, and send how it ended; it is killed where its client has gone."""
    header, streams, _, _ = socket.recv_fds(connection, LENGTH.size, len(STREAMS))
    request = connection.makefile("rb").read(*LENGTH.unpack(header))
    command = os.fork()
    if command == 0:
        connection.close()
        become(json.loads(request), streams)
    for descriptor in (*streams, *STREAMS):
        os.close(descriptor)
    Thread(target=kill_if_left, args=(connection, command), daemon=True).start()
    _, status = os.waitpid(command, 0)
    connection.sendall(LENGTH.pack(os.waitstatus_to_exitcode(status) & 0xFF))
    os._exit(0)


def kill_if_left(connection: socket.socket, command: int) -> None:
    """Kill the command when its client ends before it."""
    connection.recv(1)
    os.kill(command, signal.SIGKILL)


def become(request: dict[str, object], streams: list[int]) -> None:
    """Be the command: its streams, words, folder and variables are the client's."""
    for descriptor, stream in zip(streams, STREAMS, strict=True):
        os.dup2(descriptor, stream)
        os.close(descriptor)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    os.chdir(str(request["folder"]))
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = ["upbench", *request["words"]]
    from upbench.benchmark.cli.program import main

    main()
    sys.exit()


def ask(address: str, words: list[str]) -> int:
    """Let the server run a command with this process's streams; return its exit code."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    folder = os.getcwd()  # noqa: PTH109 - pathlib takes half of the time that this process lives
    about = {"words": words, "folder": folder, "environment": dict(os.environ)}
    request = json.dumps(about).encode()
    socket.send_fds(connection, [LENGTH.pack(len(request))], STREAMS)
    connection.sendall(request)
    answer = connection.recv(LENGTH.size)
    return LENGTH.unpack(answer)[0] if answer else 1


if __name__ == "__main__":
    _, step, place, *given = sys.argv
    sys.exit(serve(place) if step == "serve" else ask(place, given))
