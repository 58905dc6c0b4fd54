from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.validators import validate_time_zone
from core.models import Binned, PublicId, TimeStamped, Versioned
from courses.enums import CourseState, EnrolmentPolicy, Ground, Plate
from courses.querysets import CourseManager
from courses.validators import LONGEST_DESCRIPTION, validate_markdown


class Course(PublicId, TimeStamped, Binned, Versioned):
    slug = models.SlugField(_("address"), max_length=64, unique=True)
    code = models.CharField(_("code"), max_length=20)
    title = models.CharField(_("title"), max_length=200)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    description = models.TextField(
        _("description"), max_length=LONGEST_DESCRIPTION, blank=True, validators=[validate_markdown]
    )
    language = models.CharField(_("language"), max_length=12, default="en-GB")
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/London", validators=[validate_time_zone]
    )
    state = models.CharField(_("state"), max_length=10, choices=CourseState, default=CourseState.DRAFT)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    enrolment = models.CharField(_("enrolment"), max_length=8, choices=EnrolmentPolicy, default=EnrolmentPolicy.OPEN)
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True, validators=[MinValueValidator(1)])
    plate = models.CharField(_("drawing"), max_length=12, choices=Plate, default=Plate.BOOK)
    ground = models.CharField(_("colour"), max_length=1, choices=Ground, default=Ground.A)
    licence = models.CharField(_("licence"), max_length=200, blank=True)
    grading = models.JSONField(
        _("grading policy"),
        default=dict,
        blank=True,
        help_text=_("Categories with their weights, how many of the lowest results are dropped, and what passes."),
    )
    source_id = models.CharField(_("id in the source"), max_length=200, blank=True, editable=False)
    origin = models.CharField(_("origin"), max_length=20, blank=True, editable=False)

    objects = CourseManager()
    everything = models.Manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ("title", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("origin", "source_id"),
                condition=models.Q(deleted_at__isnull=True) & ~models.Q(source_id=""),
                name="courses_course_source_once",
            ),
            models.CheckConstraint(
                condition=models.Q(capacity__isnull=True) | models.Q(capacity__gte=1),
                name="courses_course_capacity_positive",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} · {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("courses:detail", args=[self.slug])

    @property
    def course(self) -> "Course":
        """So that a rule can ask any part of a course, and the course itself, the same way."""
        return self

    @property
    def is_published(self) -> bool:
        return self.state == CourseState.PUBLISHED
