"""What the Dupixent rash guide adds to Rasa, one concern a file."""
