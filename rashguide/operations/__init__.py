"""What an operator needs: measures, logs that tell nothing private, and limits on how much one may write."""
