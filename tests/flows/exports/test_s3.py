"""Exports and views on a store of objects, by a server of S3 on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from object_stores import object_store

from copydesk.flows.errors import ExportError
from copydesk.flows.exports.destination import write_folder, write_stream
from copydesk.flows.exports.view_places import RemoteFile, RemoteFolder

pytestmark = pytest.mark.slow

MOST_PART_BYTES = 12_000_000
"""More than a part of an upload."""


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with object_store() as store:
        yield store.client


@pytest.fixture
def bucket(server: Any, request: pytest.FixtureRequest) -> str:
    name = f"bucket-{abs(hash(request.node.name))}"
    server.create_bucket(Bucket=name)
    server.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def held(server: Any, bucket: str) -> dict[str, bytes]:
    found = server.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {item["Key"]: server.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in found}


def puts(server: Any, bucket: str) -> dict[str, str]:
    """The objects that are there, each with what changes whenever it is put there."""
    versions = server.list_object_versions(Bucket=bucket)["Versions"]
    return {version["Key"]: version["VersionId"] for version in versions if version["IsLatest"]}


def test_a_stream_is_stored_whole_or_not_at_all(
    server: Any, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytes(range(256)) * (MOST_PART_BYTES // 256)
    write_stream(f"s3://{bucket}/deep/large", lambda stream: stream.write(content) and None, force=False)
    assert held(server, bucket) == {"deep/large": content}

    def half(stream: Any) -> None:
        stream.write(content)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_stream(f"s3://{bucket}/deep/large", half, force=True)
    assert held(server, bucket) == {"deep/large": content}
    assert "Uploads" not in server.list_multipart_uploads(Bucket=bucket)
    # an unfinished upload prints nothing when it is discarded
    assert capsys.readouterr().err == ""


def test_no_bucket_is_made_of_a_name_that_was_mistyped(server: Any) -> None:
    for write in (
        lambda: write_stream("s3://bukket/x/y", lambda stream: stream.write(b"one") and None, force=False),
        lambda: write_folder("s3://bukket/x", lambda folder: (folder / "a").touch(), force=False),
        lambda: RemoteFile("s3://bukket/x.csv").check(is_ours=False),
        lambda: RemoteFolder("s3://bukket/x").check(is_ours=False),
    ):
        with pytest.raises(
            ExportError, match=r"s3://bukket.*: The specified bucket does not exist; run again"
        ):
            write()
    assert "bukket" not in [bucket["Name"] for bucket in server.list_buckets()["Buckets"]]


def test_what_has_not_changed_is_not_put_there_again(server: Any, bucket: str) -> None:
    def one(path: Path) -> None:
        path.write_bytes(b"one")

    file = RemoteFile(f"s3://{bucket}/a/out.csv")
    file.check(is_ours=False)
    assert "Contents" not in server.list_objects_v2(Bucket=bucket)
    kept = file.update(one, None)
    put = puts(server, bucket)
    assert file.update(one, kept) == kept
    assert (puts(server, bucket), file.stamp()) == (put, kept.stamp)
    server.put_object(Bucket=bucket, Key="a/out.csv", Body=b"changed by hand")
    file.update(one, kept)
    assert held(server, bucket) == {"a/out.csv": b"one"}


def test_a_folder_is_kept_file_by_file(server: Any, bucket: str) -> None:
    def files(*names: str) -> Any:
        return lambda folder: [(folder / name).write_text(name) for name in names]

    tree = RemoteFolder(f"s3://{bucket}/vault")
    tree.check(is_ours=False)
    kept = tree.update(files("a.md", "b.md"), None)
    server.put_object(Bucket=bucket, Key="vault/mine.md", Body=b"mine")
    put = puts(server, bucket)
    tree.update(files("b.md", "c.md"), kept)
    names = ("b.md", "c.md", "mine.md", ".copydesk-export")
    assert held(server, bucket).keys() == {f"vault/{name}" for name in names}
    assert puts(server, bucket)["vault/b.md"] == put["vault/b.md"]
