"""Rasa's custom actions, served by `rasa run actions`: the visit note, counting an opinion, deleting a conversation.

Answers, alarms, checks and follow-ups never need them. They keep nothing themselves: what they hand back is in events.
"""

import os

# Read by rasa_sdk/endpoint.py after it has imported this: without it, it listens on all of the machine's addresses.
os.environ.setdefault("SANIC_HOST", "127.0.0.1")
