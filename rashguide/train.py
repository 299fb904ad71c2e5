"""Trains the model as ``rasa train`` does, without the libraries' remarks on themselves: what ``make`` runs."""

from __future__ import annotations

import logging
import sys

# Before Rasa is imported, as much of it is said then.
logging.captureWarnings(True)
logging.getLogger("py.warnings").setLevel(logging.ERROR)

import rasa  # noqa: E402

from rashguide import ROOT  # noqa: E402
from rashguide.operations import logs  # noqa: E402


def main() -> None:
    """Trains ``models/guide.tar.gz`` from the project's files and ends with Rasa's own code."""
    logs.begin()
    logging.getLogger("spacy").setLevel(logging.WARNING)
    domain, config, data, models = (str(ROOT / name) for name in ("domain.yml", "config.yml", "data", "models"))
    sys.exit(rasa.train(domain, config, data, models, fixed_model_name="guide").code)


if __name__ == "__main__":
    main()
