"""The taught course and around it one of everything, in every state that a right depends on."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.utils import timezone

from accounts.enums import ConnectionKind, DeviceKind, SiteRole
from accounts.models import (
    Accommodation,
    ApiKey,
    Connection,
    Device,
    Impersonation,
    Invitation,
    PeopleAction,
    PeopleImport,
    PolicyVersion,
    User,
)
from accounts.services.devices import open_device
from accounts.services.invitations import make_invitation
from accounts.services.keys import make_key
from accounts.services.people_actions import start_people_action
from assessments.models import Attempt, Question
from assessments.services import authoring
from assessments.services.attempt import start_attempt
from core.authz import SYSTEM
from core.client_errors import ClientReport, note_client_error
from core.ids import new_public_id
from core.models import ClientError
from courses.enums import CourseState, Role
from courses.models import (
    Block,
    Course,
    CourseInvitation,
    ExperimentPlace,
    ExportRun,
    ImportRun,
    Item,
    Membership,
    Module,
    Page,
    Section,
)
from courses.services.invitations import make_class_link
from files.models import AccessLog, File, FileVersion, Folder, Share, Space, StoredFile, Upload
from files.services import set_usages
from files.services.kept import keep_file, make_folder
from files.services.sharing import share_by_link, share_with
from files.services.spaces import space_of, spaces_kept_by
from files.services.uploads import start_upload
from notifications.models import Mute, Notification, PushSubscription
from privacy.enums import PersonalExportState
from privacy.models import Erasure, PersonalExport
from privacy.storage import keep, writing
from tests.conftest import People, Taught
from tests.factories import (
    BlockFactory,
    CourseFactory,
    ItemFactory,
    MembershipFactory,
    ModuleFactory,
    PageFactory,
    SectionFactory,
    UserFactory,
    put_branches,
)
from tests.factories.assessments import SINGLE, put_poll, put_question
from tests.factories.files import png, stored, zipped


@dataclass
class World:
    taught: Taught
    people: People
    objects: dict[str, Model] = field(default_factory=dict)
    invitation_token: str = ""

    def users(self) -> dict[str, Any]:
        """Everybody who may ask, fresh: nothing remembered from an earlier question."""
        named = {f.name: User.objects.get(pk=getattr(self.people, f.name).pk) for f in fields(self.people)}
        named["closed"] = User.objects.get(email="closed@example.org")
        return named | {"anonymous": AnonymousUser()}

    def things(self) -> dict[str, Any]:
        """What stands at an address, by the word before its id: things of the taught course, of somebody else in it."""
        taught, people = self.taught, self.people
        return {
            "people": people.other_student,
            "users": people.other_student,
            "keys": self.objects["key"],
            "devices": self.objects["device"],
            # A form is found by its browser's cookie alone, so any id will do.
            "late-form": taught.lesson,
            "invitations": self.objects["invitation"],
            "modules": taught.module,
            "lessons": taught.lesson,
            "sections": taught.section,
            "blocks": taught.block,
            "enrolments": Membership.objects.get(user=people.other_student, course=taught.course),
            "questions": self.objects["question"],
            "polls": self.objects["poll_block"],
            "pages": self.objects["page"],
            "attempts": self.objects["attempt"],
            "answers": self.objects["question"],
            "exports": self.objects["export"],
            "client-errors": self.objects["client_error"],
            "browser-errors": self.objects["client_error"],
            "imports": self.objects["import"],
            "uploads": self.objects["upload"],
            "spaces": self.objects["space"],
            "folders": self.objects["folder"],
            "kept": self.objects["kept"],
            "files": self.objects["kept"],
            "shares": self.objects["share"],
            "accommodations": self.objects["accommodation"],
            "at-once": self.objects["people_action"],
            "views": self.objects["impersonation"],
            "impersonations": self.objects["impersonation"],
            "tables": self.objects["people_import"],
            "single-sign-on": self.objects["connection"],
            "connections": self.objects["connection"],
            "notifications": self.objects["notification"],
            "mutes": self.objects["mute"],
            "push": self.objects["browser"],
            "browsers": self.objects["browser"],
        }


def build(taught: Taught, people: People) -> World:
    world = World(taught, people)
    put_connections(world)
    note_client_error(ClientReport("error", "x is not a function", "/static/js/main.js", 3, 4, "at connect", "/teach/"))
    world.objects["client_error"] = ClientError.objects.get()
    _policies(world)
    for builder in BUILDERS.values():
        builder(world)
    return world


def models_with_rows_for_readers() -> list[type[Model]]:
    """Every model whose rows are chosen by ``visible_to``."""
    return [model for model in apps.get_models() if hasattr(model._default_manager.all(), "visible_to")]


# Builders. A model that has ``visible_to`` and no builder fails the parity test.


def _courses(world: World) -> None:
    people = world.people
    for state in (CourseState.DRAFT, CourseState.ARCHIVED):
        course = CourseFactory(slug=state.value, state=state)
        for role in Role:
            MembershipFactory(course=course, user=getattr(people, role.value), role=role)
        module = ModuleFactory(course=course)
        for published in ("draft", "published"):
            for is_preview in (False, True):
                item = ItemFactory(module=module, state=published, is_preview=is_preview)
                BlockFactory(section=SectionFactory(item=item))
    binned = CourseFactory(slug="binned", deleted_at=timezone.now())
    for role in Role:
        MembershipFactory(course=binned, user=getattr(people, role.value), role=role)


def _modules(world: World) -> None:
    ModuleFactory(course=world.taught.course)
    ModuleFactory(course=world.taught.course, deleted_at=timezone.now())


def _items(world: World) -> None:
    ItemFactory(module=world.taught.module, is_preview=True)
    ItemFactory(module=world.taught.module, is_preview=True, state="draft")
    ItemFactory(module=world.taught.module, deleted_at=timezone.now())


def _sections(world: World) -> None:
    SectionFactory(item=world.taught.draft_lesson)
    SectionFactory(item=world.taught.lesson, deleted_at=timezone.now())


def _blocks(world: World) -> None:
    block = BlockFactory(section=world.taught.section, text="Not published yet.")
    block.live = None
    block.save()
    BlockFactory(section=Section.objects.filter(item=world.taught.draft_lesson).first())
    BlockFactory(section=world.taught.section, deleted_at=timezone.now())
    for item in (world.taught.lesson, Item.objects.get(course=world.taught.other_course)):
        outer, (first, second) = put_branches(SectionFactory(item=item))
        world.objects.setdefault("branches", outer)
        world.objects.setdefault("other_branch", second)
        world.objects.setdefault("experiment", first.section.group.experiment)
        for person in (world.people.student, world.people.outsider):
            group = first.section.group
            ExperimentPlace.objects.create(user=person, experiment=group.experiment, group=group)


def _users(world: World) -> None:
    closed = UserFactory(email="closed@example.org", role=SiteRole.MANAGER, is_active=False, ended_at=timezone.now())
    MembershipFactory(course=world.taught.course, user=closed, role=Role.TEACHER)


def _memberships(world: World) -> None:
    for role in Role:
        MembershipFactory(course=world.taught.other_course, role=role, ended_at=timezone.now())
    former = UserFactory(email="former@example.org")
    MembershipFactory(course=world.taught.course, user=former, role=Role.OWNER, ended_at=timezone.now())


def _questions(world: World) -> None:
    world.objects["poll_block"] = put_poll(world.taught.section)
    world.objects["question_block"], world.objects["question"] = put_question(world.taught.section)
    put_question(SectionFactory(item=Item.objects.get(course=world.taught.other_course)))
    binned = authoring.create_question(actor=SYSTEM, course=world.taught.course, **SINGLE)
    world.objects["binned_question"] = authoring.bin_question(actor=SYSTEM, question=binned)


def _attempts(world: World) -> None:
    for student in (world.people.student, world.people.other_student):
        attempt = start_attempt(actor=student, item=world.taught.lesson)
        world.objects.setdefault("attempt", attempt)


def _keys(world: World) -> None:
    for person in (world.people.other_student, world.people.admin):
        until = timezone.now() + timedelta(days=9)
        key, _text = make_key(actor=person, name="A script", scopes=["courses:read"], expires_at=until)
        world.objects.setdefault("key", key)


def _invitations(world: World) -> None:
    until = timezone.now() + timedelta(days=9)
    places: dict[str, Any] = {"places": 900, "expires_at": until}
    invitation, world.invitation_token = make_invitation(actor=world.people.admin, **places)
    world.objects["invitation"] = invitation
    for course, teacher in (
        (world.taught.course, world.people.teacher),
        (world.taught.other_course, world.people.other_owner),
    ):
        part, _token = make_class_link(actor=teacher, course=course, **places)
        world.objects.setdefault("course_invitation", part.invitation)


def _devices(world: World) -> None:
    for person in (world.people.other_student, world.people.admin):
        device = open_device(user=person, kind=DeviceKind.BROWSER, session_key=f"session-of-{person.pk}")
        world.objects.setdefault("device", device)


def _files(world: World) -> None:
    used = {
        "lesson": world.taught.lesson,
        "lesson_draft": world.taught.draft_lesson,
        "course_description": world.taught.course,
    }
    for colour, (kind, item) in enumerate(used.items()):
        file = stored(png(colour=colour + 1), name=f"{kind}.png")
        world.objects.setdefault("file", file)
        set_usages(owner_kind=kind, owner_id=item.pk, file_ids={file.public_id})
    stored(name="unused.png", actor=world.people.teacher)


def _uploads(world: World) -> None:
    for person in (world.people.owner, world.people.other_owner):
        upload = start_upload(actor=person, purpose="lesson_media", name="εικόνα.png", size=5)
        world.objects.setdefault("upload", upload)


def _kept_files(world: World) -> None:
    """Handouts of the taught course, open to its students, and a link to one, of which there was another version before;
    something of a neighbour's beside."""
    owner, course = world.people.owner, world.taught.course
    space = space_of("course", course.pk)
    folder = make_folder(actor=owner, space=space, name="Handouts")
    content = stored("# Φράχτες\n".encode(), "hedges.md", owner)
    earlier = stored("# Τοίχοι\n".encode(), "hedges.md", owner)
    keep_file(actor=owner, space=space, folder=folder, stored=earlier)
    kept = keep_file(actor=owner, space=space, folder=folder, stored=content).file
    share = share_with(actor=owner, entry=folder, kind="course_students", audience_id=course.pk)
    link = share_by_link(actor=owner, entry=kept)
    of_folder = share_by_link(actor=owner, entry=folder)
    world.objects |= {"space": space, "folder": folder, "kept": kept, "share": share, "link": link}
    world.objects["folder_link"] = of_folder
    other = world.people.other_owner
    own = space_of("person", other.pk)
    inside = make_folder(actor=other, space=own, name="Mine")
    keep_file(actor=other, space=own, folder=inside, stored=stored(b"# Mine\n", "mine.md", other))
    # Everybody has been at their files before: spaces are made at the first visit.
    for person in User.objects.all():
        spaces_kept_by(person)


def _imports(world: World) -> None:
    for person in (world.people.owner, world.people.other_owner):
        run = ImportRun.objects.create(user=person, file=stored(name="unused.png"))
        world.objects.setdefault("import", run)


def _exports(world: World) -> None:
    file = stored(zipped(**{"course.toml": "format = 1\n"}), name="export.zip")
    for course in Course.everything.all():
        run = ExportRun.objects.create(course=course, user=world.people.owner, state="done", file=file)
        if course == world.taught.course:
            world.objects["export"] = run


def _people_actions(world: World) -> None:
    world.objects["people_action"] = start_people_action(
        actor=world.people.admin, kind="suspend", people=[world.people.other_student], reason="Ζήτησε βοήθεια"
    )


def _accommodations(world: World) -> None:
    courses = {
        world.people.other_student: world.taught.course.pk,
        world.people.outsider: world.taught.other_course.pk,
        world.people.student: None,
    }
    for person, course_id in courses.items():
        row = Accommodation.objects.create(user=person, course_id=course_id, time_factor="1.5", note="Δυσλεξία")
        world.objects.setdefault("accommodation", row)


def _impersonations(world: World) -> None:
    for person in (world.people.other_student, world.people.outsider):
        row = Impersonation.objects.create(
            actor=world.people.admin,
            user=person,
            reason="Ζήτησε βοήθεια",
            expires_at=timezone.now() + timedelta(minutes=9),
        )
        world.objects.setdefault("impersonation", row)


def _people_imports(world: World) -> None:
    run = PeopleImport.objects.create(user=world.people.admin, name="πίνακας", content=b"email,name\n", state="ready")
    world.objects["people_import"] = run


def _pages(world: World) -> None:
    for course in Course.everything.all():
        for is_published in (True, False):
            PageFactory(course=course, is_published=is_published)
    PageFactory(course=world.taught.course, deleted_at=timezone.now())
    world.objects["page"] = Page.objects.get(course=world.taught.course, is_published=True)


def put_connections(world: World) -> None:
    """Ways to sign in elsewhere. Nobody answers at their addresses, and nobody is asked: they are not public."""
    own = {"enabled": True, "makes_people": True}
    here = "http://127.0.0.1:9"
    idp = {"entity_id": here, "sso_url": f"{here}/sso", "certificates": ["3082"]}
    for name, kind, settings in (
        ("connection", ConnectionKind.OIDC, {"aumbry": own | {"issuer": here}}),
        ("saml", ConnectionKind.SAML, {"aumbry": own, "idp": idp}),
    ):
        world.objects[name] = Connection.objects.create(
            provider=kind,
            provider_id=str(new_public_id()),
            name="Northmoor College",
            client_id="site",
            settings=settings,
        )
    SocialAccount.objects.create(
        user=world.people.admin, provider=world.objects["connection"].provider_id, uid="1", extra_data={}
    )


def _personal_exports(world: World) -> None:
    for person in (world.people.outsider, world.people.admin):
        export = PersonalExport.objects.create(
            user=person,
            asked_by=person,
            state=PersonalExportState.DONE,
            finished_at=timezone.now(),
            expires_at=timezone.now() + timedelta(days=7),
        )
        with writing(export) as target:
            target.write(b"PK")
        keep(export)
        export.save()
        world.objects.setdefault("personal_export", export)


def _erasures(world: World) -> None:
    due = timezone.now() + timedelta(days=9)
    world.objects["erasure"] = Erasure.objects.create(user=world.people.outsider, due_at=due)


def _policies(world: World) -> None:
    for number in (1, 2):
        world.objects["policy"] = PolicyVersion.objects.create(
            kind="terms",
            number=number,
            title="Terms of use",
            text="Be kind.",
            html="<p>Be kind.</p>",
            effective_from=timezone.now() - timedelta(days=3 - number),
        )


def _notifications(world: World) -> None:
    person, course = world.people.outsider, world.taught.course
    for user in (person, world.people.other_owner, world.people.student):
        world.objects["notification"] = Notification.objects.create(
            user=user,
            kind="place_ended",
            category="places",
            # Students open the course in other tests: nothing is to be marked as read there.
            thread="" if user == world.people.student else f"course.{course.public_id}",
            course=course,
            data={"title": course.title, "code": course.code},
            url=course.get_absolute_url(),
            group_key=f"place_ended#{user.pk}",
        )
    world.objects["notification"] = Notification.objects.get(user=person)


def _mutes(world: World) -> None:
    world.objects["mute"] = Mute.objects.create(user=world.people.outsider, course=world.taught.course)


def _browsers(world: World) -> None:
    world.objects["browser"] = PushSubscription.objects.create(
        user=world.people.outsider,
        endpoint="https://push.example/1",
        endpoint_digest="1" * 64,
        p256dh="B" * 87,
        auth="A" * 22,
    )


BUILDERS: dict[type[Model], Callable[[World], None]] = {
    User: _users,
    ApiKey: _keys,
    Device: _devices,
    Invitation: _invitations,
    CourseInvitation: lambda world: None,
    Course: _courses,
    Module: _modules,
    Item: _items,
    Section: _sections,
    Block: _blocks,
    Membership: _memberships,
    StoredFile: _files,
    Upload: _uploads,
    Space: _kept_files,
    Folder: lambda world: None,
    File: lambda world: None,
    FileVersion: lambda world: None,
    Share: lambda world: None,
    AccessLog: lambda world: None,
    Question: _questions,
    Attempt: _attempts,
    ImportRun: _imports,
    ExportRun: _exports,
    PeopleImport: _people_imports,
    Impersonation: _impersonations,
    PeopleAction: _people_actions,
    Accommodation: _accommodations,
    Page: _pages,
    PersonalExport: _personal_exports,
    Erasure: _erasures,
    Notification: _notifications,
    Mute: _mutes,
    PushSubscription: _browsers,
}
