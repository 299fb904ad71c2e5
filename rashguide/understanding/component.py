"""What all components of the pipeline have in common: how Rasa makes one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData

Fitted = TypeVar("Fitted", bound="FittedComponent")


class Component(GraphComponent):
    """A step of the understanding. Its own file says what it does to a message."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource

    @classmethod
    def prepare(cls) -> None:
        """Loads what every message needs, so that the first is no slower than the next."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Component:
        """One that is ready, or yet to be trained."""
        cls.prepare()
        return cls(config, model_storage, resource, execution_context)


class FittedComponent(Component):
    """A step that was fitted to the phrases. What it learned is plain arrays in a folder of the model."""

    @classmethod
    def load(
        cls: type[Fitted],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Fitted:
        """One that serves, with what it learned."""
        cls.prepare()
        loaded = cls(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            loaded.read(folder)
        return loaded

    def read(self, folder: Path) -> None:
        """Reads what ``train`` has written."""
        raise NotImplementedError

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add: no later component is trained on what it finds."""
        return training_data
