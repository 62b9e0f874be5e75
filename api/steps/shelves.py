"""Where models are, and which of them serves: what trainings and shadow runs ask."""

from pathlib import Path

from sqlalchemy.orm import Session

from api.settings import Settings
from nlp.learn import registry
from nlp.learn.shelf import Shelf


class Shelves:
    """The shelf of an installation, and what serves where nobody promoted anything.

    Args:
        settings: of this process.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._shelf = Shelf(registry.MODELS)

    def names(self) -> list[str]:
        """Of all models, in order."""
        return self._shelf.names()

    def fetch(self, name: str) -> Path:
        """A local folder with a model.

        Raises:
            ModelError: there is none of that name, or it cannot be used.
        """
        return self._shelf.fetch(name, cache=self._settings.cache)

    def publish(self, folder: Path) -> object:
        """Puts a model on the shelf for good.

        Raises:
            ModelError: its name is taken by another one.
        """
        return self._shelf.publish(folder)

    def serving(self, session: Session) -> str:
        """Name of the model that serves."""
        return registry.open_folder(self._settings.model).name
