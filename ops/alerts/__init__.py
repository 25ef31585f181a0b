"""Mails to the owner, where something does not work and nobody may be looking at the page."""
