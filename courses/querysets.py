"""Rows that a reader may see, and annotations that pages share.

``visible_to`` and the ``view_…`` permissions in ``rules`` say the same; a contract test holds them together.
"""

from typing import Any

from django.db import models

from courses.enums import CourseState, PublishState
from courses.roles import Capability, all_branches_roles, roles_with

Q = models.Q


def _sees_all(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active and user.is_superuser)


def memberships_with(user: Any, capability: Capability, *, outer: str) -> models.Exists:
    """Whether ``user`` is in the course named by ``outer`` in a role that has ``capability``."""
    from django.apps import apps  # noqa: PLC0415 -- models import this module

    return models.Exists(
        apps.get_model("courses", "Membership").objects.filter(
            course_id=models.OuterRef(outer),
            user_id=user.pk,
            ended_at__isnull=True,
            role__in=roles_with(capability),
        )
    )


def in_shown_branch(user: Any, *, section: str) -> models.Q:
    """Whether what stands in a section is shown to ``user`` as far as branches go: ``section`` is the path to it.

    Students are shown the branch of their group, people who teach all of them, others none.
    """
    unbranched = Q(**{f"{section}inside__isnull": True})
    if not user.is_authenticated or not user.is_active:
        return unbranched
    from django.apps import apps  # noqa: PLC0415 -- models import this module

    groups = apps.get_model("courses", "ExperimentPlace").objects.filter(user_id=user.pk).values("group_id")
    teachers = apps.get_model("courses", "Membership").objects.filter(
        course_id=models.OuterRef(f"{section}item__course_id"),
        user_id=user.pk,
        ended_at__isnull=True,
        role__in=all_branches_roles(),
    )
    return unbranched | Q(**{f"{section}group__in": groups}) | Q(models.Exists(teachers))


class CourseQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def kept(self) -> "CourseQuerySet":
        return self.filter(deleted_at__isnull=True)

    def published(self) -> "CourseQuerySet":
        return self.filter(state=CourseState.PUBLISHED)

    def visible_to(self, user: Any) -> "CourseQuerySet":
        """Published courses are in the catalogue; the rest is for the people in them."""
        if _sees_all(user):
            return self
        published = Q(state=CourseState.PUBLISHED)
        if not user.is_authenticated or not user.is_active:
            return self.filter(published)
        authored = memberships_with(user, Capability.AUTHOR, outer="pk")
        member = memberships_with(user, Capability.VIEW, outer="pk")
        return self.filter(published | (Q(state=CourseState.ARCHIVED) & Q(member)) | Q(authored))

    def with_role(self, user: Any, capability: Capability) -> "CourseQuerySet":
        """Courses in which ``user`` has ``capability`` by membership."""
        return self.filter(memberships_with(user, capability, outer="pk"))


class CourseManager(models.Manager.from_queryset(CourseQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> CourseQuerySet:
        return super().get_queryset().kept()  # type: ignore[no-any-return]


class ModuleQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def kept(self) -> "ModuleQuerySet":
        return self.filter(deleted_at__isnull=True, course__deleted_at__isnull=True)

    def visible_to(self, user: Any) -> "ModuleQuerySet":
        """The outline of a course is as public as the course."""
        if _sees_all(user):
            return self
        from django.apps import apps  # noqa: PLC0415 -- models import this module

        courses = apps.get_model("courses", "Course").objects.visible_to(user)
        return self.filter(course__in=courses)


class ModuleManager(models.Manager.from_queryset(ModuleQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> ModuleQuerySet:
        return super().get_queryset().kept()  # type: ignore[no-any-return]


class ItemQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def kept(self) -> "ItemQuerySet":
        return self.filter(deleted_at__isnull=True, module__deleted_at__isnull=True, course__deleted_at__isnull=True)

    def published(self) -> "ItemQuerySet":
        return self.filter(state=PublishState.PUBLISHED)

    def visible_to(self, user: Any) -> "ItemQuerySet":
        """Items whose content ``user`` may open: authors all; members the published ones; visitors previews."""
        if _sees_all(user):
            return self
        live_course = Q(course__state=CourseState.PUBLISHED)
        published = Q(state=PublishState.PUBLISHED)
        preview = live_course & published & Q(is_preview=True)
        if not user.is_authenticated or not user.is_active:
            return self.filter(preview)
        authored = memberships_with(user, Capability.AUTHOR, outer="course_id")
        member = memberships_with(user, Capability.VIEW, outer="course_id")
        open_course = live_course | Q(course__state=CourseState.ARCHIVED)
        return self.filter(Q(authored) | (Q(member) & published & open_course) | preview)


class ItemManager(models.Manager.from_queryset(ItemQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> ItemQuerySet:
        return super().get_queryset().kept()  # type: ignore[no-any-return]


class SectionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def kept(self) -> "SectionQuerySet":
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, user: Any) -> "SectionQuerySet":
        """The sections of the lessons that one may open; of branches only one's own."""
        visible = self.filter(item__in=_visible_items(user))
        return visible if _sees_all(user) else visible.filter(in_shown_branch(user, section=""))


class SectionManager(models.Manager.from_queryset(SectionQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> SectionQuerySet:
        return super().get_queryset().kept()  # type: ignore[no-any-return]


class BlockQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def kept(self) -> "BlockQuerySet":
        return self.filter(deleted_at__isnull=True, section__deleted_at__isnull=True)

    def visible_to(self, user: Any) -> "BlockQuerySet":
        """Authors see every block of their lessons, readers those with a published text; of branches only their own."""
        visible = self.filter(section__item__in=_visible_items(user))
        if _sees_all(user):
            return visible
        visible = visible.filter(in_shown_branch(user, section="section__"))
        if not user.is_authenticated:
            return visible.filter(live__isnull=False)
        authored = memberships_with(user, Capability.AUTHOR, outer="section__item__course_id")
        return visible.filter(Q(live__isnull=False) | Q(authored))


class BlockManager(models.Manager.from_queryset(BlockQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> BlockQuerySet:
        return super().get_queryset().kept()  # type: ignore[no-any-return]


class PageQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def kept(self) -> "PageQuerySet":
        return self.filter(deleted_at__isnull=True, course__deleted_at__isnull=True)

    def visible_to(self, user: Any) -> "PageQuerySet":
        """Authors see every page of their courses, members the published ones; the others none."""
        if _sees_all(user):
            return self
        if not user.is_authenticated or not user.is_active:
            return self.none()
        authored = memberships_with(user, Capability.AUTHOR, outer="course_id")
        member = memberships_with(user, Capability.VIEW, outer="course_id")
        open_course = Q(course__state__in=(CourseState.PUBLISHED, CourseState.ARCHIVED))
        return self.filter(Q(authored) | (Q(member) & open_course & Q(is_published=True)))


class PageManager(models.Manager.from_queryset(PageQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> PageQuerySet:
        return super().get_queryset().kept()  # type: ignore[no-any-return]


def _visible_items(user: Any) -> Any:
    from django.apps import apps  # noqa: PLC0415 -- models import this module

    return apps.get_model("courses", "Item").objects.visible_to(user)


class MembershipQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def active(self) -> "MembershipQuerySet":
        return self.filter(ended_at__isnull=True, course__deleted_at__isnull=True)

    def students(self) -> "MembershipQuerySet":
        return self.filter(role="student")

    def visible_to(self, user: Any) -> "MembershipQuerySet":
        """One's own, and those of the courses whose people one may see."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        kept = self.filter(course__deleted_at__isnull=True)
        staffed = memberships_with(user, Capability.VIEW_PEOPLE, outer="course_id")
        return kept.filter(Q(user_id=user.pk) | Q(staffed))


class ImportRunQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "ImportRunQuerySet":
        """One's own."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(user_id=user.pk)


class ExportRunQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "ExportRunQuerySet":
        """Those of the courses that one may export."""
        if _sees_all(user):
            return self
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(course__deleted_at__isnull=True).filter(
            memberships_with(user, Capability.AUTHOR, outer="course_id")
        )


class CourseInvitationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "CourseInvitationQuerySet":
        """Those of the courses whose people one looks after."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        kept = self.filter(course__deleted_at__isnull=True)
        return kept.filter(memberships_with(user, Capability.MANAGE_PEOPLE, outer="course_id"))
