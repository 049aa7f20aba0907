"""No way into the network for Python processes started with this folder in PYTHONPATH; loopback stays open.

An audit hook sees the sockets of all Python code. It does not see those of libraries in C++; no notebook
calls any that would open one.
"""

import sys

LOOPBACK = ("127.", "::1", "localhost")


def refuse(event: str, arguments: tuple) -> None:
    """Raise where a socket is connected, or a name looked up, beyond this machine."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and not host.startswith(LOOPBACK):
        raise ConnectionError(f"tests run without a network, but {host} was asked for")


sys.addaudithook(refuse)
