"""The public door: ``from copydesk import clean``. Names are loaded when first used, Prefect never.

This module itself imports nothing: by ``python -m copydesk`` it is run while the current folder is still
first on the path.
"""

TYPE_CHECKING = False  # type checkers take it for true

if TYPE_CHECKING:
    from copydesk.cleaners import clean_page as clean_page
    from copydesk.cleaners import explain as explain
    from copydesk.cleaners import restore as restore
    from copydesk.cleaners.errors import BadPage as BadPage
    from copydesk.cleaners.errors import CopydeskError as CopydeskError
    from copydesk.cleaners.options import Options as Options
    from copydesk.cleaners.schema import Record as Record
    from copydesk.cleaners.types import Block as Block
    from copydesk.cleaners.types import Label as Label
    from copydesk.cleaners.types import Page as Page
    from copydesk.flows.formats.flat_rows import to_dataframe as to_dataframe
    from copydesk.flows.formats.parquet import arrow_schema as arrow_schema
    from copydesk.flows.workers.async_api import aclean as aclean
    from copydesk.flows.workers.async_api import aclean_many as aclean_many
    from copydesk.flows.workers.python_api import clean_many as clean_many
    from copydesk.one_page import clean as clean

_HOME = {
    "aclean": "copydesk.flows.workers.async_api",
    "aclean_many": "copydesk.flows.workers.async_api",
    "clean": "copydesk.one_page",
    "clean_many": "copydesk.flows.workers.python_api",
    "clean_page": "copydesk.cleaners",
    "explain": "copydesk.cleaners",
    "restore": "copydesk.cleaners",
    "BadPage": "copydesk.cleaners.errors",
    "CopydeskError": "copydesk.cleaners.errors",
    "Record": "copydesk.cleaners.schema",
    "Block": "copydesk.cleaners.types",
    "Label": "copydesk.cleaners.types",
    "Options": "copydesk.cleaners.options",
    "Page": "copydesk.cleaners.types",
    "arrow_schema": "copydesk.flows.formats.parquet",
    "to_dataframe": "copydesk.flows.formats.flat_rows",
}

__version__ = "0.1.0"
__all__ = [*_HOME, "__version__"]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'copydesk' has no attribute {name!r}; it has {', '.join(_HOME)}")
    import importlib

    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
