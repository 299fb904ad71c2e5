"""The promise that every reply carries the advice, kept in one place for every channel.

Every channel hands a person's message to ``Agent.handle_message``, and Rasa hands every reply to the message's output
channel. The guard stands round that one call (``turn.py``, put there by ``patches.py``): it holds back what a turn
says, and when the turn ends, fails, hangs or says nothing, it sends a reply with exactly one advice sentence in it.
"""
