"""A model hub of our own on this machine: it speaks what the real client asks for, over HTTP."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """Serves folders as repositories. `broken_after` cuts a file's first transfer off there."""

    repositories: dict[str, Path] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)
    broken_after: int | None = None
    wrong_bytes: bool = False
    ranges: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    url: str = ""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    class Handler(_Handler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path).strip("/")
        for name, folder in self.served.repositories.items():
            if path.startswith(f"api/models/{name}/tree/"):
                return self._json(_tree(folder))
            if path == f"api/models/{name}" or path.startswith(f"api/models/{name}/revision/"):
                return self._json(self._info(name, folder))
            if path.startswith(f"{name}/resolve/"):
                return self._file(folder / path.split("/", 4)[4])
        self._answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    def _info(self, name: str, folder: Path) -> dict[str, Any]:
        card = {"license": self.served.licences[name]} if name in self.served.licences else {}
        names = [{"rfilename": each["path"]} for each in _tree(folder) if each["type"] == "file"]
        return {"id": name, "sha": COMMIT, "cardData": card, "siblings": names}

    def _file(self, file: Path) -> None:
        data = file.read_bytes()
        etag = f'"{sha256(data)}"'
        headers = {"ETag": etag, "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if self.served.wrong_bytes and file.suffix == ".safetensors":
            data = bytes(len(data))
        status, wanted = 200, self.headers.get("Range")
        if wanted and self.command == "GET":
            self.served.ranges.append(wanted)
            first = int(wanted.removeprefix("bytes=").split("-")[0])
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
            status, data = 206, data[first:]
        if self.command == "GET":
            self.served.sent.append(file.name)
        self._answer(status, data, headers)

    def _json(self, content: Any) -> None:
        self._answer(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _answer(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        limit = self.served.broken_after
        if limit is not None and len(data) > limit:
            self.served.broken_after = None
            self.wfile.write(data[:limit])
            self.close_connection = True
            return
        self.wfile.write(data)


def _tree(folder: Path) -> list[dict[str, Any]]:
    entries = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        data, name = file.read_bytes(), file.relative_to(folder).as_posix()
        oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        entry: dict[str, Any] = {"type": "file", "path": name, "size": len(data), "oid": oid}
        if file.suffix in (".safetensors", ".bin"):
            entry["lfs"] = {"oid": sha256(data), "size": len(data), "pointerSize": 134}
        entries.append(entry)
    return entries
