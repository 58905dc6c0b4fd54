"""What a careful author would mend, said so that it can be counted and filtered."""

from enum import StrEnum


class Severity(StrEnum):
    """``MEND``: somebody cannot read or use this. ``ADVICE``: it could be better."""

    MEND = "mend"
    ADVICE = "advice"


class Finding(str):
    """A sentence for the author, with a code for what it is about."""

    code: str
    severity: Severity

    def __new__(cls, code: str, sentence: str, severity: Severity = Severity.MEND) -> "Finding":
        found = super().__new__(cls, sentence)
        found.code = code
        found.severity = severity
        return found

    @classmethod
    def of(cls, sentence: str, *, code: str = "other") -> "Finding":
        """The sentence as a finding; a bare one gets ``code`` and counts as advice."""
        return sentence if isinstance(sentence, cls) else cls(code, sentence, Severity.ADVICE)
