"""What pyproject.toml cannot say: the compiled core, which an installation can do without."""

import os
from pathlib import Path

import lxml
from Cython.Build import cythonize
from setuptools import Extension, setup

# libxml2's headers come with lxml, in the version that it was built with
_INCLUDE = [*lxml.get_include(), f"{lxml.__path__[0]}/includes"]
_CORE = cythonize(
    [
        Extension(
            f"copydesk._core.{name}",
            [f"copydesk/_core/{name}.pyx"],
            include_dirs=_INCLUDE,
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            py_limited_api=True,
            # a fifth of the size; optimised further it takes twice as long to compile and is not faster
            extra_compile_args=["-g0", "-O1"] if os.name == "posix" else [],
        )
        for name in sorted(path.stem for path in Path("copydesk/_core").glob("*.pyx"))
    ],
    nthreads=os.cpu_count() or 1,
)
for extension in _CORE:
    extension.optional = True  # cythonize drops it: without a compiler the plain twins do the same

setup(
    ext_modules=_CORE,
    options={"bdist_wheel": {"py_limited_api": "cp311"}, "build_ext": {"parallel": os.cpu_count()}},
)
