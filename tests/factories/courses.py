from typing import Any

import factory
from django.utils import timezone

from core.ids import rank_between
from courses.enums import CourseState, PublishState, Role
from courses.models import (
    Block,
    BlockRevision,
    Course,
    Experiment,
    ExperimentGroup,
    Item,
    Membership,
    Module,
    Page,
    Section,
)
from tests.factories.accounts import UserFactory


def _last_rank(rows: Any) -> str:
    last = rows.order_by("rank").values_list("rank", flat=True).last()
    return rank_between(last, None)


class CourseFactory(factory.django.DjangoModelFactory):
    """A published course that anybody may join."""

    class Meta:
        model = Course

    slug = factory.Sequence(lambda n: f"course-{n}")
    code = factory.Sequence(lambda n: f"C {n}")
    title = factory.Sequence(lambda n: f"Course {n}")
    summary = "What this course is about."
    state = CourseState.PUBLISHED
    published_at = factory.LazyFunction(timezone.now)


class ModuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Module

    course = factory.SubFactory(CourseFactory)
    title = factory.Sequence(lambda n: f"Module {n}")
    rank = factory.LazyAttribute(lambda o: _last_rank(Module.everything.filter(course=o.course)))


class ItemFactory(factory.django.DjangoModelFactory):
    """A published lesson that the student finishes by marking its end."""

    class Meta:
        model = Item

    module = factory.SubFactory(ModuleFactory)
    course = factory.LazyAttribute(lambda o: o.module.course)
    title = factory.Sequence(lambda n: f"Lesson {n}")
    state = PublishState.PUBLISHED
    published_at = factory.LazyFunction(timezone.now)
    rank = factory.LazyAttribute(lambda o: _last_rank(Item.everything.filter(module=o.module)))


class SectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Section

    item = factory.SubFactory(ItemFactory)
    rank = factory.LazyAttribute(lambda o: _last_rank(Section.everything.filter(item=o.item)))


class BlockFactory(factory.django.DjangoModelFactory):
    """A text block whose text students see."""

    class Meta:
        model = Block

    section = factory.SubFactory(SectionFactory)
    kind = "text"
    text = "Some text."
    data: dict[str, Any] = {}
    rank = factory.LazyAttribute(lambda o: _last_rank(Block.everything.filter(section=o.section)))

    @classmethod
    def _create(cls, model_class: type[Block], *args: Any, **kwargs: Any) -> Block:
        text, data = kwargs.pop("text", "Some text."), kwargs.pop("data", {})
        block = super()._create(model_class, *args, **kwargs)
        revision = BlockRevision.objects.create(
            block=block, number=1, text=text, data=data, html=f"<p>{text}</p>" if text else ""
        )
        block.live = block.draft = revision
        block.save()
        return block


class PageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Page

    course = factory.SubFactory(CourseFactory)
    title = factory.Sequence("Page {}".format)
    text = "Words beside the outline."
    html = "<p>Words beside the outline.</p>\n"
    rank = factory.LazyAttribute(lambda row: _last_rank(Page.everything.filter(course=row.course)))


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    course = factory.SubFactory(CourseFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.STUDENT


class ExperimentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Experiment

    course = factory.SubFactory(CourseFactory)
    name = factory.Sequence("Experiment {}".format)


class ExperimentGroupFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ExperimentGroup

    experiment = factory.SubFactory(ExperimentFactory)
    name = factory.Sequence("Group {}".format)


def put_branches(
    section: Section, experiment: Experiment | None = None, *, groups: int = 2
) -> tuple[Block, list[Block]]:
    """A block with a branch for each group of an experiment, and the text in each: "For <name of the group>."."""
    if experiment is None:
        experiment = ExperimentFactory(course=section.item.course)
        ExperimentGroupFactory.create_batch(groups, experiment=experiment)
    outer = BlockFactory(section=section, kind="branches", text="", data={"experiment": str(experiment.public_id)})
    texts = [
        BlockFactory(
            section=SectionFactory(item=section.item, inside=outer, group=group, title=f"Title for {group.name}"),
            text=f"For {group.name}.",
        )
        for group in experiment.groups.all()
    ]
    return outer, texts
