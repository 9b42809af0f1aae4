"""The URL of a database, whose password is only in the environment.

Prefect stores the options of its runs and shows them on its page, which would expose a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlsplit

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.errors import SettingsError

# `${NEWS_PASSWORD}`: names as POSIX shells have them
VARIABLE = lazy_pattern(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def check_database_url(url: str) -> None:
    """Raises ValueError, without the password, if the URL contains one."""
    try:
        # variables are not secret
        parts = urlsplit(VARIABLE.sub("", url))
        passwords = [parts.password, *(value for key, value in parse_qsl(parts.query) if key == "password")]
    except ValueError:
        passwords = []  # not a URL: reported where it is used
    if any(passwords):
        raise ValueError(
            "holds a password, which Prefect would store and show; write ${NAME} in its place and set that variable, "
            "or leave it to PGPASSWORD or ~/.pgpass"
        )


def filled_database_url(url: str, environment: Mapping[str, str], *, option: str = "--database") -> str:
    """The URL with ``${NAME}`` replaced by the variable's value, quoted unless it is the whole URL.

    Raises SettingsError for a missing variable.
    """
    return filled(url, environment, by=option, is_quoted=not VARIABLE.fullmatch(url))


def library_url(environment: Mapping[str, str], *, database: str | None, state: str | None) -> str | None:
    """The URL of the database that has the library, by the options of a run; None of one in the output folder.

    Raises SettingsError for a missing variable, and where the options name two.
    """
    urls = {"--database": database, "--state": state}
    found = {
        filled_database_url(url, environment, option=option)
        for option, url in urls.items()
        if url is not None
    }
    if len(found) > 1:
        raise SettingsError("--state: names another database than --database; both are kept in one")
    return next(iter(found), None)


def filled(text: str, environment: Mapping[str, str], *, by: str, is_quoted: bool = False) -> str:
    """A text with the values of its variables. Raises SettingsError for a missing variable, which ``by`` uses."""
    for name in VARIABLE.findall(text):
        if name not in environment:
            raise SettingsError(f"environment: {name} is not set, but {by} uses it")

    def value_of(found: re.Match[str]) -> str:
        # stripped: what is read from a file into a variable often ends in a line break
        value = environment[found[1]].strip()
        return quote(value, safe="") if is_quoted else value

    return VARIABLE.sub(value_of, text)
