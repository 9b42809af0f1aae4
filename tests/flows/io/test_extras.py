"""What is said to be installed where an extra is missing."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from copydesk.flows.io.extras import install

CHECKOUT = {"url": "file:///home/ann/copy%20desk", "dir_info": {}}
WHEEL = {"url": "file:///tmp/copydesk-1-py3-none-any.whl", "archive_info": {}}
COMMIT = {"vcs": "git", "commit_id": "9fceb02"}
TAG = {"url": "https://git.example/all", "vcs_info": COMMIT | {"requested_revision": "v1.2"}}


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        (CHECKOUT, "pip install '/home/ann/copy desk[parquet]'"),
        (CHECKOUT | {"dir_info": {"editable": True}}, "pip install -e '/home/ann/copy desk[parquet]'"),
        (WHEEL, "pip install '/tmp/copydesk-1-py3-none-any.whl[parquet]'"),
        (
            {"url": "https://git.example/copydesk", "vcs_info": COMMIT},
            "pip install 'copydesk[parquet] @ git+https://git.example/copydesk@9fceb02'",
        ),
        (
            TAG | {"subdirectory": "copydesk"},
            "pip install 'copydesk[parquet] @ git+https://git.example/all@v1.2#subdirectory=copydesk'",
        ),
        (None, "pip install 'copydesk[parquet]'"),
    ],
)
def test_an_extra_is_installed_as_copydesk_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: dict[str, object] | None, command: str
) -> None:
    package = tmp_path / "copydesk-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: copydesk\nVersion: 1\n")
    if origin is not None:
        (package / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.syspath_prepend(tmp_path)
    assert install("parquet") == command


@pytest.mark.parametrize(
    ("loader", "package", "extra"),
    [
        ("langchain", "langchain_core", "langchain"), ("llama_index", "llama_index", "llama-index"),
        ("haystack", "haystack", "haystack"),
    ],
)  # fmt: skip
def test_a_loader_without_its_framework_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, loader: str, package: str, extra: str
) -> None:
    module = f"copydesk.flows.loaders.{loader}"
    monkeypatch.delitem(sys.modules, module, raising=False)
    # what another test has imported of it would still be found
    for name in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module(module)
    assert str(caught.value).endswith(f" needs {package}: {install(extra)}")
