"""Rasa custom actions. None are needed so far: answers never depend on the action server."""
