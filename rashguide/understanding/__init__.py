"""How a message is understood: read, encoded, matched with a subject, checked for emergencies, and weighed."""
