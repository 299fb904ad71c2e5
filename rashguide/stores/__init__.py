"""What is kept: conversations, how long, and who may write to one meanwhile."""
