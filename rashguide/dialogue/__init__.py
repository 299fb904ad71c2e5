"""What is said to a message: ``turns.py`` reads the conversation, ``plan.py`` has the order in which voices speak."""
