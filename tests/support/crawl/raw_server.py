"""A server for tests that sends whatever bytes it is told to, HTTP or not, and then hangs up."""

import socket
import threading
import time
from typing import Self


class RawServer:
    """Answers by path: bytes, or an iterator of bytes where some time passes between them (``drip``)."""

    def __init__(self, answers: dict[str, bytes | list[bytes]], *, pause: float = 0.0) -> None:
        self.answers, self.asked = answers, list[str]()
        self._pause = pause
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # closed: the test is over
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                part = connection.recv(65536)
                if not part:
                    return
                head += part
            path = head.split(b" ")[1].decode()
            self.asked.append(path)
            answer = self.answers.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            try:
                for part in [answer] if isinstance(answer, bytes) else answer:
                    connection.sendall(part)
                    time.sleep(self._pause)
            except OSError:
                return  # the crawler had enough of it
