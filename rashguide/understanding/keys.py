"""What the understanding leaves with a message: keys, and what may stand there. Light, as the actions read it too."""

from __future__ import annotations

SAFETY = "safety"
ALARM, TODAY, CHECK, CLEAR = "alarm", "today", "check", "clear"  # its outcomes

SEQUEL = "sequel"
NOTE, ALARMED, ANSWERED = "note", "alarmed", "answered"  # its kinds
KINDS = (NOTE, ALARMED, ANSWERED)
