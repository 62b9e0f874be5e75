"""Every error that `nlp` raises on purpose.

```
ConduitError
├── ReadError               an input could not be read
│   ├── EmptyInput
│   ├── UnknownFormat
│   ├── BrokenInput
│   ├── WrongEncoding
│   ├── BinaryInput
│   └── TooLarge
├── OptionError             the caller asked for something that does not exist
└── ModelError              a model or its weights cannot be used
    ├── NotOnShelf
    ├── WeightsMissing
    └── WeightsChanged
```

A message names the value, the choices and the way out. `code` is stable: the API and the command
line print it. No message carries the words of an interaction: they are not redacted yet.
"""

from typing import ClassVar


class ConduitError(Exception):
    """The root: catch it to catch everything that is raised on purpose."""

    code: ClassVar[str] = "error"


class ReadError(ConduitError):
    """An input could not be read.

    Attributes:
        source: which input ("calls.zip/broken.json").
        where: the place in it ("line 17", "byte 2048", "results.items[3]"), or None.
    """

    code = "unreadable"

    def __init__(self, message: str, *, source: str, where: str | None = None) -> None:
        self.source = source
        self.where = where
        place = f"{source}, {where}" if where else source
        super().__init__(f"{place}: {message}")


class EmptyInput(ReadError):
    """There is nothing in it: no bytes, no words, or no turns."""

    code = "empty"


class UnknownFormat(ReadError):
    """No reader recognises it."""

    code = "unknown_format"


class BrokenInput(ReadError):
    """The format is recognised, and the content breaks its rules or ends too early."""

    code = "broken"


class WrongEncoding(ReadError):
    """Its bytes are not text in the encoding that it states or that was asked for."""

    code = "wrong_encoding"


class BinaryInput(ReadError):
    """It is not text: an image, a sound file, an executable …."""

    code = "binary"


class TooLarge(ReadError):
    """It is larger than the limit, or unpacks to more than the limit."""

    code = "too_large"


class OptionError(ConduitError):
    """The caller asked for something that does not exist."""

    code = "bad_option"


class ModelError(ConduitError):
    """A model or its weights cannot be used."""

    code = "model"


class NotOnShelf(ModelError):
    """No model of that name is on the shelf."""

    code = "model_not_found"


class WeightsMissing(ModelError):
    """The encoder's weights are at none of the places where they are looked for."""

    code = "weights_missing"


class WeightsChanged(ModelError):
    """A file's digest is not the one that was pinned."""

    code = "weights_changed"
