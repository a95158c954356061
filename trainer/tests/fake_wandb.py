"""A fake of the W&B server, on localhost: as much of its protocol as the client needs to write one run's history."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PROJECT = {"id": "P", "name": "project", "entity": {"id": "E", "name": "entity"}}


@dataclass
class FakeRun:
    """What the server holds of one run."""

    upserts: list[dict[str, Any]] = field(default_factory=list)
    # Lines by their offset in the history file: a line that is sent again replaces itself.
    history: dict[int, dict[str, Any]] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> list[dict[str, Any]]:
        """The history in order, W&B's own underscore keys but `_step` left out."""
        return [
            {key: value for key, value in line.items() if key == "_step" or not key.startswith("_")}
            for _, line in sorted(self.history.items())
        ]


class FakeWandb:
    """The server's state; `refusals` counts the requests of each kind still to be answered with a 503."""

    def __init__(self) -> None:
        self.runs: dict[str, FakeRun] = {}
        self.refusals = {"graphql": 0, "stream": 0}
        self.refused = 0
        self.authorizations: set[str | None] = set()
        self.url = ""

    def refuses(self, kind: str) -> bool:
        """Use up one refusal, if any is left."""
        if not self.refusals.get(kind):
            return False
        self.refusals[kind] -= 1
        self.refused += 1
        return True

    def graphql(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Answer a GraphQL request's data."""
        if "upsertBucket" in query:
            return self._upsert(variables)
        if "bucket(name" in query:
            return self._resume_status(variables["name"])
        if "createRunFiles" in query:
            files = [{"name": name, "uploadUrl": f"{self.url}/upload/{name}"} for name in variables["files"]]
            return {"createRunFiles": {"runID": "R", "uploadHeaders": [], "files": files}}
        if "__type" in query or "__schema" in query:
            return {}
        return {
            "viewer": {"id": "U", "entity": "entity", "username": "user", "flags": "{}", "teams": {"edges": []}},
            "serverInfo": {"cliVersionInfo": {}, "latestLocalVersionInfo": None, "features": []},
        }

    def stream(self, run_id: str, body: dict[str, Any]) -> None:
        """Take in a file-stream request."""
        files = body.get("files") or {}
        run = self.runs[run_id]
        history = files.get("wandb-history.jsonl", {"offset": 0, "content": []})
        for index, line in enumerate(history["content"]):
            run.history[history["offset"] + index] = json.loads(line)
        for line in files.get("wandb-summary.json", {"content": []})["content"]:
            run.summary = json.loads(line)

    def _upsert(self, variables: dict[str, Any]) -> dict[str, Any]:
        name = variables["name"]
        inserted = name not in self.runs
        self.runs.setdefault(name, FakeRun()).upserts.append(variables)
        bucket = {"id": f"R-{name}", "name": name, "displayName": name, "config": "{}", "sweepName": None}
        lines = len(self.runs[name].history)
        return {
            "upsertBucket": {
                "bucket": {**bucket, "description": "", "historyLineCount": lines, "project": _PROJECT},
                "inserted": inserted,
            }
        }

    def _resume_status(self, name: str) -> dict[str, Any]:
        run = self.runs.get(name)
        if run is None:
            return {"model": {**_PROJECT, "bucket": None}}
        tail = [json.dumps(line) for _, line in sorted(run.history.items())][-1:]
        bucket = {
            "id": f"R-{name}",
            "name": name,
            "displayName": name,
            "summaryMetrics": json.dumps(run.summary),
            "historyLineCount": len(run.history),
            "historyTail": json.dumps(tail),
            "eventsLineCount": 0,
            "eventsTail": "[]",
            "logLineCount": 0,
            "config": "{}",
            "tags": [],
            "wandbConfig": json.dumps({"t": 1}),
        }
        return {"model": {**_PROJECT, "bucket": bucket}}


@contextmanager
def serve() -> Iterator[FakeWandb]:
    """Run a fake server on a free port of localhost."""
    fake = FakeWandb()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeWandb

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.headers.get("content-encoding") == "gzip":
            data = gzip.decompress(data)
        self.fake.authorizations.add(self.headers.get("authorization"))
        stream = re.fullmatch(r"/files/[^/]+/[^/]+/([^/]+)/file_stream", self.path)
        if self.fake.refuses("stream" if stream else self.path.strip("/")):
            self._answer(503, {})
        elif stream:
            self.fake.stream(stream[1], json.loads(data))
            self._answer(200, {"exitcode": None, "limits": {}})
        elif self.path == "/graphql":
            request = json.loads(data)
            self._answer(200, {"data": self.fake.graphql(request["query"], request.get("variables") or {})})
        else:
            self._answer(200, {})

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._answer(200, {})

    def log_message(self, *_: object) -> None:
        """Write no access log."""

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
