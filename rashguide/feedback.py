"""What people say to "Was this answer helpful?": kept as a count by subject, without a word of theirs or who it was."""

from __future__ import annotations

OPINIONS = ("helpful_yes", "helpful_no", "unhelpful_hard", "unhelpful_little", "unhelpful_other")
# The key of a response, and of the event that Rasa keeps of it, with the opinion that it answers: (subject, opinion).
OPINION = "opinion"
