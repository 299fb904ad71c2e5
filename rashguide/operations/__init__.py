"""What an operator needs: measures, logs that tell nothing private, limits, and keeping and deleting conversations."""
