"""Hands confirmed messages over to the clinic's team: by e-mail, to a webhook or into a FHIR server.

``stores/handovers.py`` writes a message down with the turn that confirmed it; ``sender.py`` here delivers it, once, and
forgets it. One file a way.
"""
