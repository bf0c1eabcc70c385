"""A mail server and an HTTP endpoint on this machine, that take what comes, or fail as they are told."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Endpoint:
    """Where letters are posted. `answers` are the next statuses, then 200; `slow` is in seconds."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    asked: int = 0
    answers: list[int] = field(default_factory=list)
    slow: float = 0.0


@dataclass
class Mailbox:
    """A mail server's take. `refusals` are the next answers to RCPT TO, such as 450; then all is taken."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """Listen on a free port."""
    found = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            found.asked += 1
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            time.sleep(found.slow)
            status = found.answers.pop(0) if found.answers else 200
            if status == 200 and body:
                found.bodies.append(json.loads(body))
                found.keys.append(self.headers.get("idempotency-key") or "")
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        do_POST = do_GET = _answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        yield from _while_serving(server, found)


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Listen on a free port and speak as much SMTP as a client needs."""
    found = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline():
                word = line.strip().upper()
                if word.startswith(b"RCPT") and found.refusals:
                    self._say(f"{found.refusals.pop(0)} not now")
                elif word == b"DATA":
                    self._say("354 go on")
                    found.letters.append(self._letter())
                    self._say("250 taken")
                elif word == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")

        def _letter(self) -> EmailMessage:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b"."))
            return message_from_bytes(b"".join(lines), policy=policy.default)

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        found.port = server.server_address[1]
        yield from _while_serving(server, found)


def _while_serving(server: socketserver.TCPServer, found: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
