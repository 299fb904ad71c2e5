"""The nine messaging platforms as their servers are: what they send, and what they take."""
