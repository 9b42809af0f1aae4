"""The option ``--field`` of the commands that read JSON Lines, CSV and Parquet."""

from __future__ import annotations

from collections.abc import Iterable

from copydesk.flows.errors import SettingsError
from copydesk.flows.sources.opening.field_names import FieldNames, parse_field_names


def read_field_option(pairs: Iterable[str]) -> FieldNames:
    """What fields are called, each ``field=name``. Raises SettingsError in one line."""
    try:
        return parse_field_names(pairs)
    except ValueError as error:
        # the parser knows the pair alone, such as body=html_content, and not what option it was given by
        raise SettingsError(f"--field {error}") from error
