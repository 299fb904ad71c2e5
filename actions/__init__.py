"""Rasa's custom actions, served by `rasa run actions`: the visit note, counting an opinion, deleting a conversation.

Answers, alarms, checks and follow-ups never need them. They keep nothing themselves: what they hand back is in events.
"""
