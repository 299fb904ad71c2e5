"""What people ask and what goes unanswered, from the stored conversations: ``make insights``."""
