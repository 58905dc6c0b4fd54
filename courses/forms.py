"""What the course pages send. The services decide; these only read, and tell the browser the rules."""

from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from accounts.enums import InvitationState
from accounts.models import User
from accounts.services.invitations import MOST_PLACES
from accounts.validators import known_time_zones
from core.forms import LastDayField, NoteField, PageForm, PlacesField, describe_rules
from courses.enums import EnrolmentPolicy, Ground, Markup, Plate, Role
from courses.models import Course, Experiment, ExperimentGroup, Item, Module, Page, Section
from courses.purposes import ARCHIVE
from courses.selectors import CatalogueFilter
from courses.selectors.people import account_by_email
from courses.validators import ARCHIVE_ENDINGS, MAX_TEXT, validate_markdown
from files.fields import TextWithFiles, TextWithFilesField, UploadField, UploadInput
from files.media_types import Family, extension
from files.services.upload_limits import check_fits, limits_of
from files.validators import clean_name

_LONG_QUERY = 100


class _Address(forms.Form):
    """Reads an address. What is wrong in it is passed over: an old link still shows the page."""

    def value(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")


class CatalogueForm(_Address):
    q = forms.CharField(required=False, max_length=_LONG_QUERY, strip=True)
    show = forms.ChoiceField(required=False, choices=CatalogueFilter.choices)

    @property
    def query(self) -> str:
        return self.value("q")

    @property
    def only(self) -> str:
        return self.value("show") or CatalogueFilter.ALL


class RosterForm(_Address):
    q = forms.CharField(required=False, max_length=_LONG_QUERY, strip=True)
    role = forms.ChoiceField(required=False, choices=Role.choices)
    sort = forms.CharField(required=False, max_length=20)

    @property
    def query(self) -> str:
        return self.value("q")

    @property
    def only_role(self) -> str:
        return self.value("role")

    @property
    def order(self) -> str:
        return self.value("sort")


class PlaceForm(forms.Form):
    """Sent by the reading page: the id of the section reached, and how much of the page is behind the reader."""

    place = forms.CharField(max_length=64)
    share = forms.IntegerField(min_value=0, max_value=100)


class AddPersonForm(PageForm):
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        error_messages={
            "required": _("Write the email of somebody who has an account, for instance imani@example.org."),
            "invalid": _("Write a whole email address, for instance imani@example.org."),
        },
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.STUDENT)

    def clean_email(self) -> User:
        person = account_by_email(self.cleaned_data["email"])
        if person is None:
            raise forms.ValidationError(
                _("Nobody has an account with this email. Ask the person to sign up, then add them."), code="unknown"
            )
        return person


class MailInvitationsForm(PageForm):
    """Addresses to invite, one on a line."""

    emails = forms.CharField(
        label=_("Addresses"),
        max_length=30_000,
        help_text=_("One on each line, up to 100. Whoever has no account makes one from the mail."),
        widget=forms.Textarea(attrs={"rows": 5, "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Write the address of somebody to invite, for instance imani@example.org.")},
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.STUDENT)

    def clean_emails(self) -> list[str]:
        lines = (line.strip(" \t,;") for line in self.cleaned_data["emails"].splitlines())
        return [line for line in lines if line]


class ClassLinkForm(PageForm):
    """A link with which a class comes in."""

    note = NoteField(help_text=_("Only the course’s teachers see this. It tells links apart later."))
    places = PlacesField(most=MOST_PLACES)
    expires_at = LastDayField()


class InvitationsFilterForm(PageForm):
    state = forms.ChoiceField(label=_("State"), required=False, choices=[*InvitationState.choices, ("all", _("All"))])

    def value(self) -> str:
        """The state to show; what makes no sense is the open ones."""
        self.is_valid()
        return self.cleaned_data.get("state", "") or "open"


class RoleForm(PageForm):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


def _of_model(model: type[Any], name: str, **changes: Any) -> forms.Field:
    """The form field of a model's field, so that lengths and values are ruled in one place."""
    field: forms.Field = model._meta.get_field(name).formfield(**changes)
    return field


_TITLE = {"required": _("Write a title, for instance “Reading a graph”.")}


class NewCourseForm(PageForm):
    title = _of_model(Course, "title", error_messages=_TITLE)
    code = _of_model(
        Course,
        "code",
        required=False,
        help_text=_("A short name beside the title, for instance STAT 101. Left empty, it is made from the title."),
    )


class CourseForm(PageForm):
    title = _of_model(Course, "title", error_messages=_TITLE)
    code = _of_model(Course, "code", error_messages={"required": _("Write a code, for instance STAT 101.")})
    summary = _of_model(
        Course,
        "summary",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One sentence for the catalogue."),
    )
    description = _of_model(
        Course,
        "description",
        form_class=TextWithFilesField,
        widget=TextWithFiles({"rows": 10}),
        help_text=_("Markdown for the course page: who it is for, what one can do afterwards."),
    )
    plate = forms.ChoiceField(label=_("Drawing"), choices=Plate.choices)
    ground = forms.ChoiceField(label=_("Colour"), choices=Ground.choices)
    enrolment = forms.ChoiceField(label=_("Enrolment"), choices=EnrolmentPolicy.choices)
    capacity = _of_model(Course, "capacity", min_value=1, max_value=1_000_000, help_text=_("Leave empty for no limit."))
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=())
    licence = _of_model(Course, "licence", help_text=_("What others may do with the course, for instance CC BY 4.0."))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [(name, name.replace("_", " ")) for name in sorted(known_time_zones())]  # type: ignore[attr-defined]


class ModuleForm(PageForm):
    title = _of_model(Module, "title", error_messages=_TITLE)
    summary = _of_model(Module, "summary", widget=forms.Textarea(attrs={"rows": 2}))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class NewTitleForm(PageForm):
    """Adds a module or a lesson from the outline: a title is enough."""

    title = _of_model(Item, "title", error_messages=_TITLE)


class ItemForm(PageForm):
    title = _of_model(Item, "title", error_messages=_TITLE)
    objective = _of_model(
        Item,
        "objective",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Completes the sentence, for instance “say what one dot stands for”."),
    )
    minutes = _of_model(Item, "minutes", min_value=1, max_value=600, help_text=_("Your estimate for a careful reader."))
    needs_end = forms.BooleanField(label=_("marks the end"), required=False)
    needs_answers = forms.BooleanField(label=_("answers every question rightly"), required=False)
    is_paged = forms.BooleanField(label=_("One section a page"), required=False)
    is_preview = forms.BooleanField(label=_("Visitors may read this lesson before they enrol"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CoursePageForm(PageForm):
    """A page beside the outline; the text's own rules depend on what it is written in, so the service checks it."""

    title = _of_model(Page, "title", error_messages=_TITLE)
    text = TextWithFilesField(
        label=_("Text"),
        required=False,
        strip=False,
        max_length=MAX_TEXT,
        widget=TextWithFiles({"rows": 18}, markup_from="markup"),
    )
    markup = forms.ChoiceField(label=_("Written as"), choices=Markup.choices, initial=Markup.MARKDOWN)
    is_published = forms.BooleanField(label=_("Students see this page"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class HealthForm(_Address):
    code = forms.CharField(required=False, max_length=30)

    @property
    def only(self) -> str:
        return self.value("code")


class ExperimentForm(PageForm):
    """A new comparison."""

    name = _of_model(
        Experiment,
        "name",
        error_messages={"required": _("Write a name, for instance “Graph or table”.")},
        help_text=_("Students do not see it."),
    )
    groups = forms.CharField(
        label=_("Groups"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One on each line, at least two. Students do not see these names."),
        error_messages={"required": _("Name at least two groups, each on a line of its own.")},
    )


class ExperimentChangesForm(PageForm):
    """An experiment with the names of its groups; which of them take no new students comes beside it."""

    name = _of_model(Experiment, "name", help_text=_("Students do not see it."))
    new_groups = forms.CharField(
        label=_("More groups"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "One on each line. Each has an empty branch wherever this experiment is used, until you write one."
        ),
    )

    def __init__(self, *args: Any, groups: list[ExperimentGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = groups
        own: dict[str, forms.Field] = {}
        for number, group in enumerate(groups, start=1):
            own[f"group_{group.pk}"] = _of_model(
                ExperimentGroup, "name", label=_("Group %(n)s") % {"n": number}, initial=group.name
            )
            own[f"closed_{group.pk}"] = forms.BooleanField(
                label=_("Group %(n)s takes no new students") % {"n": number}, required=False, initial=group.is_closed
            )
        self.fields = {"name": self.fields["name"], **own, "new_groups": self.fields["new_groups"]}
        describe_rules(self)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        return {
            "name": clean["name"],
            "groups": {group.public_id: clean[f"group_{group.pk}"] for group in self.groups},
            "closed": [group.public_id for group in self.groups if clean[f"closed_{group.pk}"]],
            "new_groups": clean["new_groups"].splitlines(),
        }


class BranchesForm(PageForm):
    """Which experiment a block of branches is for."""

    experiment = forms.ChoiceField(
        label=_("Experiment"), choices=(), error_messages={"required": _("Choose an experiment.")}
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, experiments: list[Experiment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["experiment"].choices = [(str(row.public_id), row.name) for row in experiments]  # type: ignore[attr-defined]


class SectionForm(PageForm):
    title = _of_model(Section, "title")


class MoveForm(forms.Form):
    """One step up or down, or a place counted from 1 after dragging."""

    direction = forms.ChoiceField(required=False, choices=[("up", "up"), ("down", "down")])
    position = forms.IntegerField(required=False, min_value=1, max_value=100_000)


class ImportForm(PageForm):
    """The archive of a course; its endings and its largest size are named where it is asked for, and checked."""

    archive = UploadField(
        label=_("Course archive"),
        widget=UploadInput(ARCHIVE, {"accept": ",".join(f".{ending}" for ending in ARCHIVE_ENDINGS)}),
        error_messages={"required": _("Choose the archive of a course.")},
    )
    trial = forms.BooleanField(
        label=_("Trial run: only tell me what would happen"),
        required=False,
        help_text=_("Nothing is stored. The report names what would be new, changed, left and not brought in."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = limits_of(ARCHIVE).largest(Family.ARCHIVE)
        field = self.fields["archive"]
        field.help_text = _(
            "An export of Open edX (.tar.gz) or a course folder (.zip), as the export here makes it. At most %(limit)s."
        ) % {"limit": filesizeformat(self.most)}
        field.widget.attrs["data-most"] = self.most

    def clean_archive(self) -> Any:
        archive = self.cleaned_data["archive"]
        name = clean_name(archive.name)
        if extension(name) not in ARCHIVE_ENDINGS:
            endings = ", ".join(f".{ending}" for ending in ARCHIVE_ENDINGS)
            sentence = _("“%(name)s” is no archive that can be read here. Possible are: %(endings)s.")
            raise forms.ValidationError(sentence % {"name": name, "endings": endings}, code="file_type_unknown")
        check_fits(ARCHIVE, name, archive.size)
        return archive


class BlockForm(PageForm):
    """The text of a block and the version it was opened in; kinds with settings add theirs."""

    text = TextWithFilesField(
        label=_("Text"),
        required=False,
        strip=False,
        max_length=MAX_TEXT,
        validators=[validate_markdown],
        widget=TextWithFiles({"rows": 12}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
