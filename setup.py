"""What pyproject.toml cannot say: the compiled core."""

import os
import sysconfig
from pathlib import Path

import lxml
from Cython.Build import cythonize
from setuptools import Extension, setup

_SOURCES = sorted(Path("copydesk/_core").glob("*.pyx"))
if not _SOURCES:
    raise SystemExit("copydesk/_core/*.pyx: not found; they are part of the source")
# libxml2's headers come with lxml, in the version that it was built with
_INCLUDE = [*lxml.get_include(), f"{lxml.__path__[0]}/includes"]
# without symbols a fifth of the size; only from -O3 on are many bytes looked at at once
_FLAGS = os.environ.get("CORE_CFLAGS", "-g0 -O3" if os.name == "posix" else "")
# one wheel a platform; without the GIL Python has no limited API before 3.15
_IS_LIMITED = not sysconfig.get_config_var("Py_GIL_DISABLED")
_CORE = [
    Extension(
        f"copydesk._core.{path.stem}",
        [str(path)],
        include_dirs=_INCLUDE,
        define_macros=[("Py_LIMITED_API", "0x030B0000")] if _IS_LIMITED else [],
        py_limited_api=_IS_LIMITED,
        extra_compile_args=_FLAGS.split(),
    )
    for path in _SOURCES
]
_OPTIONS = {"build_ext": {"parallel": os.cpu_count()}}
if _IS_LIMITED:
    _OPTIONS["bdist_wheel"] = {"py_limited_api": "cp311"}
setup(ext_modules=cythonize(_CORE), options=_OPTIONS)
