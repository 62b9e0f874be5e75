"""Libraries that only some need, imported where they are used."""

from importlib import import_module
from typing import Any

from nlp.errors import OptionError


def need(name: str, what: str, extra: str = "notebooks") -> Any:
    """A library that comes with an extra.

    Args:
        name: of the module.
        what: is asked for, for the message.
        extra: that it comes with.

    Raises:
        OptionError: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise OptionError(
            f"{what} needs {error.name or name}, which is not installed: "
            f"pip install 'conduit-voc[{extra}]'"
        ) from error
