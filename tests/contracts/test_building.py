"""What an installation from source is built with."""

from __future__ import annotations

import sysconfig
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[2] / "building" / "core_backend.py"


@pytest.fixture
def backend() -> ModuleType:
    spec = spec_from_file_location("core_backend", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_compiler_is_asked_of_pypi_where_there_is_none(
    backend: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend.build_meta, "get_requires_for_build_wheel", lambda _settings: ["wheel"])
    monkeypatch.setattr(backend.build_meta, "get_requires_for_build_editable", lambda _settings: [])
    monkeypatch.setenv("CC", "no-such-compiler -pthread")
    assert backend.get_requires_for_build_wheel() == ["wheel", "ziglang>=0.13"]
    assert backend.get_requires_for_build_editable() == ["ziglang>=0.13"]
    monkeypatch.setenv("CC", "sh")  # any program that is there
    assert backend.get_requires_for_build_wheel() == ["wheel"]


def test_missing_headers_are_named(
    backend: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(backend.build_meta, "get_requires_for_build_wheel", lambda _settings: [])
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path))
    with pytest.raises(SystemExit, match=r"Python's headers are not in .*python3-dev"):
        backend.get_requires_for_build_wheel()
