class Refused(Exception):
    """A backup cannot be made, or not be used; the message is a sentence that says why and what to do."""
