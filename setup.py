"""What pyproject.toml cannot say: the compiled core, which an installation can do without."""

import os

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
            extra_compile_args=["-g0"] if os.name == "posix" else [],  # a fifth of the size
        )
        for name in ("markup", "walk")
    ]
)
for extension in _CORE:
    extension.optional = True  # cythonize drops it: without a compiler the plain twins do the same

setup(ext_modules=_CORE, options={"bdist_wheel": {"py_limited_api": "cp311"}})
