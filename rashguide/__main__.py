"""Starts the guide: ``python -m rashguide``, which is what ``make run`` does. Says in a sentence what stops it."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

# Before Rasa is imported: it reads these once. Nothing about a conversation may leave the machine.
os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Libraries' remarks on themselves, which no operator can mend: to a logger of their own, as Rasa undoes any filter.
logging.captureWarnings(True)
logging.getLogger("py.warnings").setLevel(logging.ERROR)
logging.getLogger("spacy").setLevel(logging.WARNING)

from pydantic import ValidationError  # noqa: E402

from rashguide import ROOT, release  # noqa: E402
from rashguide.content import names  # noqa: E402
from rashguide.settings import settings  # noqa: E402

MODEL = ROOT / "models" / "guide.tar.gz"


def stop(reason: str) -> None:
    """Ends the start with one sentence."""
    sys.exit(f"The guide cannot start: {reason}")


def wrong(found: Mapping[str, Any]) -> str:
    """One of pydantic's errors in a sentence that begins with the setting's name."""
    name = ".".join(map(str, found["loc"])).upper()
    return found["msg"] if name == "__ROOT__" or found["msg"].startswith(name) else f"{name}: {found['msg']}"


def files(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    """The files that the guide is made of, where they are not the project's own."""
    parser = argparse.ArgumentParser("python -m rashguide", description="Starts the guide. Settings: see .env.example.")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--endpoints", default="endpoints.yml", help="stores and wording")
    parser.add_argument("--credentials", default="credentials.yml", help="channels")
    return parser.parse_args(arguments)


def check_start(model: Path) -> None:
    """Stops with a clear sentence where a setting is wrong, the port is taken or no model has been trained."""
    try:
        chosen = settings()
    except ValidationError as error:
        stop("; ".join(wrong(found) for found in error.errors()))
    try:
        names.check()
        release.refuse()
    except (names.UnknownName, release.NotSignedOff, ValueError) as error:
        stop(str(error))
    if not model.exists():
        stop(f"there is no model at {model}. Run `make train` first.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.interface, chosen.port))
        except OSError as error:
            stop(f"port {chosen.port} on {chosen.interface} is not free ({error.strerror}). Try PORT=5006 make run.")


async def announce(app: Any, loop: Any) -> None:
    """Prints the address once the server listens."""
    chosen = settings()
    if release.warning():
        print(f"\nNote: {release.warning()}", flush=True)
    host = "localhost" if chosen.interface in ("127.0.0.1", "0.0.0.0") else chosen.interface
    address = f"http://{host}:{chosen.port}"
    print(f"\nThe guide is ready (stop it with Ctrl+C). Try it in a browser: {address}/chat/demo", flush=True)
    print("or ask it something here:", flush=True)
    question = """-H 'Content-Type: application/json' -d '{"sender": "me", "message": "what is Dupixent?"}'"""
    print(f"  curl {address}/webhooks/rest/webhook {question}\n", flush=True)


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """Checks, then hands over to Rasa's own server, its HTTP API off."""
    os.chdir(ROOT)
    chosen = files(arguments)
    check_start(chosen.model)
    print("Starting the guide. Loading takes about half a minute ...", flush=True)
    import rasa

    from rashguide import patches
    from rashguide.operations import logs

    logs.begin()
    patches.apply()

    serving: dict[str, Any] = {
        "port": settings().port,
        "interface": settings().interface,
        "enable_api": False,
        "server_listeners": [(announce, "after_server_start")],
    }
    rasa.run(model=str(chosen.model), endpoints=chosen.endpoints, credentials=chosen.credentials, **serving)


if __name__ == "__main__":
    main()
