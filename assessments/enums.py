from django.db import models
from django.utils.translation import gettext_lazy as _


class QuestionKind(models.TextChoices):
    SINGLE = "single", _("One right answer")
    MULTIPLE = "multiple", _("Several right answers")
    NUMERIC = "numeric", _("A number")
    SHORT = "short", _("A few words")
    DROPDOWN = "dropdown", _("Choice from a list")
    PARTS = "parts", _("Several parts")


class ShowAnswer(models.TextChoices):
    """When a student may see the key and the explanation of a question."""

    ALWAYS = "always", _("From the start")
    ATTEMPTED = "attempted", _("After the first try")
    FINISHED = "finished", _("When answered rightly, or no tries are left")
    RIGHT = "right", _("When answered rightly")
    NEVER = "never", _("Never")


class AttemptState(models.TextChoices):
    OPEN = "open", _("Open")
    SUBMITTED = "submitted", _("Submitted")


class Verdict(models.TextChoices):
    RIGHT = "right", _("Right")
    PARTLY = "partly", _("Partly right")
    WRONG = "wrong", _("Not yet")
