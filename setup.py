"""What pyproject.toml cannot say: the compiled core, which an installation can do without."""

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
_CORE = [
    Extension(
        f"copydesk._core.{path.stem}",
        [str(path)],
        include_dirs=_INCLUDE,
        define_macros=[("Py_LIMITED_API", "0x030B0000")],
        py_limited_api=True,
        extra_compile_args=_FLAGS.split(),
    )
    for path in _SOURCES
]
if sysconfig.get_config_var("Py_GIL_DISABLED"):  # it has no limited API before 3.15
    setup()
else:
    modules = cythonize(_CORE)
    for module in modules:
        module.optional = True  # cythonize drops it: without a compiler plain Python does the same
    options = {"bdist_wheel": {"py_limited_api": "cp311"}, "build_ext": {"parallel": os.cpu_count()}}
    setup(ext_modules=modules, options=options)
