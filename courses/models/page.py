from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Binned, PublicId, Ranked, TimeStamped, Versioned
from courses.enums import Markup
from courses.models.course import Course
from courses.querysets import PageManager


class Page(PublicId, TimeStamped, Ranked, Binned, Versioned):
    """A page of a course beside its outline: a glossary, links, what to bring."""

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="pages")
    title = models.CharField(_("title"), max_length=200)
    markup = models.CharField(_("written as"), max_length=8, choices=Markup, default=Markup.MARKDOWN)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("rendered text"), blank=True, editable=False)
    is_published = models.BooleanField(_("shown to students"), default=True)
    source_id = models.CharField(_("id in the source"), max_length=200, blank=True, editable=False)

    objects = PageManager()
    everything = models.Manager()

    class Meta:
        verbose_name = _("page of a course")
        verbose_name_plural = _("pages of courses")
        ordering = ("rank", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("course", "source_id"),
                condition=models.Q(deleted_at__isnull=True) & ~models.Q(source_id=""),
                name="courses_page_source_once",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:page", args=[self.course.slug, self.public_id])
