"""A store of objects that speaks S3, on loopback, some requests to which can be made to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import fsspec
import pytest

_BROKEN = b"<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"


class ObjectStore:
    """A server. ``client``: boto3's; ``fails``: whether a request is answered with an error, by its path and query."""

    def __init__(self) -> None:
        # here: who runs other tests need not wait for them
        from moto.server import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        self._moto = DomainDispatcherApplication(create_backend_app)
        self.fails: Callable[[str], bool] = lambda _: False
        self.server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.client: Any = None

    def _answer(self, request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if self.fails(f"{request['PATH_INFO']}?{request['QUERY_STRING']}"):
            start("500 Internal Server Error", [("Content-Length", str(len(_BROKEN)))])
            return [_BROKEN]
        return self._moto(request, start)


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """A store that boto3 and fsspec take for Amazon's while it is there."""
    import boto3

    store = ObjectStore()
    serving = Thread(target=store.server.serve_forever)
    serving.start()
    settings = {"ENDPOINT_URL": f"http://127.0.0.1:{store.server.port}", "DEFAULT_REGION": "us-east-1"}
    keys = {"ACCESS_KEY_ID": "anybody", "SECRET_ACCESS_KEY": "anything", "MAX_ATTEMPTS": "1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (settings | keys).items():
            patch.setenv(f"AWS_{name}", value)
        store.client = boto3.client("s3")
        yield store
    store.server.shutdown()
    serving.join()
    fsspec.filesystem("s3").clear_instance_cache()
