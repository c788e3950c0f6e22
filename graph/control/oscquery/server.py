"""OSCQuery over HTTP: surfaces ask an OSC server what there is, and find it by mDNS."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from ..console.controls import ControlError
from ..osc.server import OscServer
from .announce import Announcement
from .document import ATTRIBUTES, described, host_info

NAME = "masterchain"
SILENT_S = 10.0
"""A connection that asks nothing for so long is closed."""


class OscQuery:
    """Tells by HTTP at ``host`` and ``port`` (0: any that is free) what ``osc``, which runs, serves.

    ``announce`` it by mDNS, as far as the system can.  Raises ``ControlError`` when the port cannot be had.
    """

    def __init__(self, osc: OscServer, host: str | None = None, port: int = 0, *, announce: bool = True) -> None:
        self.osc, self.host, self.port = osc, osc.host if host is None else host, port
        self._announce = announce
        self._announcement: Announcement | None = None

    def start(self) -> Self:
        """Open the port and answer."""
        try:
            self._http = _Http((self.host, self.port), self.osc)
        except OSError as error:
            raise ControlError(f"OSCQuery: {self.host} port {self.port} cannot be had: {error.strerror}") from None
        self.port = int(self._http.server_address[1])
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.1,), name="oscquery", daemon=True)
        self._thread.start()
        if self._announce:
            self._announcement = Announcement(NAME, self.host, self.port, self.osc.port).start()
        return self

    def close(self) -> None:
        """Answer no more."""
        if self._announcement is not None:
            self._announcement.close()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], osc: OscServer) -> None:
        self.osc = osc
        super().__init__(address, _Answer)

    def server_bind(self) -> None:
        """Bind without asking the name service for the name of the host, which may take seconds."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


class _Answer(BaseHTTPRequestHandler):
    server: _Http  # pyright: ignore[reportIncompatibleVariableOverride] # always one of ours
    protocol_version = "HTTP/1.1"
    server_version = "masterchain"
    sys_version = ""
    timeout = SILENT_S

    def do_GET(self) -> None:
        """Answer a node, one attribute of it (``?VALUE``), or HOST_INFO: 204 for what a node has not, 400, 404."""
        asked = urlsplit(self.path)
        attribute = unquote(asked.query)
        if attribute == "HOST_INFO":
            self._send(200, host_info(self.server.osc.host, self.server.osc.port))
            return
        if attribute and attribute not in ATTRIBUTES:
            self._send(400)
            return
        place = self.server.osc.tree.at(unquote(asked.path))
        if place is None:
            self._send(404)
            return
        node = described(self.server.osc.console, place)
        if not attribute:
            self._send(200, node)
        elif attribute in node:
            self._send(200, {attribute: node[attribute]})
        else:
            self._send(204)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""

    def _send(self, status: int, content: dict[str, Any] | None = None) -> None:
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")  # pages of surfaces ask, too; there is nothing secret
        if status != 204:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
