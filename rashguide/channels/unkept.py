"""What a server keeps of the platforms' messages in its own memory while the database is away.

They are answered all the same: with an apology, or with an emergency's own reply.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Any, Optional

ROOM = 10_000  # messages whose ids are remembered, and people


class Unkept:
    """Messages by person, ``most`` of each; a redelivery of one is known."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._waiting: dict[str, deque[Any]] = {}

    def put(self, person: str, identifier: str, item: Any) -> None:
        """Queues the item unless it is known; who has too many waiting is told so by what is said to the others."""
        if identifier in self._seen:
            return
        self._seen[identifier] = None
        if len(self._seen) > ROOM:
            self._seen.popitem(last=False)
        if person in self._waiting or len(self._waiting) < ROOM:
            self._waiting.setdefault(person, deque(maxlen=self._most)).append(item)

    def take(self, person: str) -> Optional[Any]:
        """The person's next item; None where none waits."""
        waiting = self._waiting.get(person)
        if not waiting:
            self._waiting.pop(person, None)
            return None
        return waiting.popleft()
