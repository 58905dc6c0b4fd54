"""Course → Module → Item → (for a lesson) Section → Block → its revisions."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Binned, PublicId, Ranked, TimeStamped, Versioned
from courses.enums import ItemKindName, PublishState
from courses.models.course import Course
from courses.querysets import BlockManager, ItemManager, ModuleManager, SectionManager

if TYPE_CHECKING:
    from datetime import datetime

KEPT = models.Q(deleted_at__isnull=True)


def _source_once(*scope: str, name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=(*scope, "source_id"), condition=KEPT & ~models.Q(source_id=""), name=name)


class Module(PublicId, TimeStamped, Ranked, Binned, Versioned):
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="modules")
    title = models.CharField(_("title"), max_length=200)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    source_id = models.CharField(_("id in the source"), max_length=200, blank=True, editable=False)

    objects = ModuleManager()
    everything = models.Manager()

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ("rank", "id")
        constraints = (_source_once("course", name="courses_module_source_once"),)
        indexes = (models.Index(fields=("course", "rank"), name="courses_module_order"),)

    def __str__(self) -> str:
        return self.title


class Item(PublicId, TimeStamped, Ranked, Binned, Versioned):
    """One entry of the outline. What finishes it, and later its dates and conditions, hang here."""

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="items")
    module = models.ForeignKey(Module, verbose_name=_("module"), on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(_("kind"), max_length=12, choices=ItemKindName, default=ItemKindName.LESSON)
    title = models.CharField(_("title"), max_length=200)
    objective = models.CharField(_("after this lesson a student can"), max_length=300, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=PublishState, default=PublishState.DRAFT)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    content_changed_at = models.DateTimeField(_("text changed"), null=True, blank=True, editable=False)
    needs_end = models.BooleanField(_("finished when the student marks the end"), default=True)
    needs_answers = models.BooleanField(_("finished when the questions are answered"), default=False)
    is_preview = models.BooleanField(_("visitors may read it"), default=False)
    is_paged = models.BooleanField(_("one section a page"), default=False)
    grade_category = models.CharField(_("category of the grading policy"), max_length=100, blank=True)
    source_id = models.CharField(_("id in the source"), max_length=200, blank=True, editable=False)

    objects = ItemManager()
    everything = models.Manager()

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ("module__rank", "rank", "id")
        constraints = (_source_once("course", name="courses_item_source_once"),)
        indexes = (models.Index(fields=("module", "rank"), name="courses_item_order"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:lesson", args=[self.course.slug, self.public_id])

    @property
    def is_published(self) -> bool:
        return self.state == PublishState.PUBLISHED

    @property
    def has_unpublished_changes(self) -> bool:
        changed: datetime | None = self.content_changed_at
        return self.is_published and changed is not None and (self.published_at is None or changed > self.published_at)


class Section(PublicId, TimeStamped, Ranked, Binned):
    """Blocks under a heading. With ``inside`` it is a branch: shown in that block's place to the people of ``group``."""

    item = models.ForeignKey(Item, verbose_name=_("lesson"), on_delete=models.PROTECT, related_name="sections")
    inside = models.ForeignKey(
        "Block",
        verbose_name=_("branch of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="branches",
    )
    group = models.ForeignKey(
        "ExperimentGroup",
        verbose_name=_("shown to"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="sections",
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    source_id = models.CharField(_("id in the source"), max_length=200, blank=True, editable=False)

    objects = SectionManager()
    everything = models.Manager()

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ("rank", "id")
        constraints = (
            _source_once("item", name="courses_section_source_once"),
            models.CheckConstraint(
                condition=models.Q(inside__isnull=True, group__isnull=True)
                | models.Q(inside__isnull=False, group__isnull=False),
                name="courses_section_branch_has_group",
            ),
        )

    def __str__(self) -> str:
        return self.title or str(_("Opening"))

    @property
    def course(self) -> Course:
        return self.item.course


class Block(PublicId, TimeStamped, Ranked, Binned, Versioned):
    """A stable place in a lesson. What stands there is a revision: one that students see, one being written."""

    section = models.ForeignKey(Section, verbose_name=_("section"), on_delete=models.PROTECT, related_name="blocks")
    kind = models.CharField(_("kind"), max_length=20)
    live = models.ForeignKey(
        "BlockRevision",
        verbose_name=_("published text"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    draft = models.ForeignKey(
        "BlockRevision",
        verbose_name=_("text being written"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    source_id = models.CharField(_("id in the source"), max_length=200, blank=True, editable=False)

    objects = BlockManager()
    everything = models.Manager()

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        ordering = ("section__rank", "rank", "id")
        indexes = (models.Index(fields=("section", "rank"), name="courses_block_order"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def course(self) -> Course:
        return self.section.item.course


class BlockRevision(models.Model):
    """What a block said from some moment on. Never changed after it is written."""

    block = models.ForeignKey(Block, verbose_name=_("block"), on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    text = models.TextField(_("text"), blank=True)
    data = models.JSONField(_("settings"), default=dict, help_text=_("Each kind of block checks its own keys."))
    html = models.TextField(_("rendered text"), blank=True, editable=False)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("written by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("revision of a block")
        verbose_name_plural = _("revisions of blocks")
        ordering = ("block", "number")
        constraints = (models.UniqueConstraint(fields=("block", "number"), name="courses_block_revision_once"),)

    def __str__(self) -> str:
        return f"{self.block_id} r{self.number}"
