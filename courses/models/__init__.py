from courses.models.course import Course
from courses.models.experiment import Experiment, ExperimentGroup, ExperimentPlace
from courses.models.exports import ExportRun
from courses.models.imports import ImportRun
from courses.models.invitations import CourseInvitation
from courses.models.outline import Block, BlockRevision, Item, Module, Section
from courses.models.page import Page
from courses.models.people import Membership
from courses.models.progress import ItemProgress
from courses.models.results import Result
from courses.models.watching import Watching

__all__ = [
    "Block",
    "BlockRevision",
    "Course",
    "CourseInvitation",
    "Experiment",
    "ExperimentGroup",
    "ExperimentPlace",
    "ExportRun",
    "ImportRun",
    "Item",
    "ItemProgress",
    "Membership",
    "Module",
    "Page",
    "Result",
    "Section",
    "Watching",
]
