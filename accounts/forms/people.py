"""What administrators fill in about people."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.enums import PeopleActionKind, SiteRole
from accounts.tables import MOST_BYTES
from accounts.validators import validate_address, validate_name, validate_time_zone
from core.forms import LineField, PageForm
from core.slots import PEOPLE_FILTERS


class PersonForm(PageForm):
    """An account for somebody, made by an administrator."""

    name = LineField(
        label=_("Name"),
        max_length=150,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={
            "required": _("Enter the person’s name."),
            "max_length": _("Use a shorter form of the name, at most %(limit_value)d characters."),
        },
    )
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        validators=[validate_address],
        help_text=_("A link to choose a password is sent there."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "dir": "ltr"}),
        error_messages={
            "required": _("Enter the person’s email."),
            "invalid": _("Enter a whole email address, for example imani@northmoor.example."),
        },
    )
    role = forms.ChoiceField(label=_("Role"), choices=SiteRole, initial=SiteRole.STUDENT)


class RoleForm(PageForm):
    role = forms.ChoiceField(label=_("Role on this site"), choices=SiteRole)


class PersonEditForm(PersonForm):
    """An account as an administrator changes it."""

    phone = LineField(
        label=_("Phone"),
        max_length=40,
        required=False,
        help_text=_("With the country code, for example +44 1632 960001. Seen by the person and by admins."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr", "inputmode": "tel"}),
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        required=False,
        validators=[validate_time_zone],
        help_text=_("For example Europe/London; empty means the site’s own."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    field_order = ("name", "email", "phone", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["role"]
        self.fields["email"].help_text = _("Another address counts as confirmed, since you vouch for it.")


class SuspendForm(PageForm):
    reason = LineField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The person reads it when they try to sign in."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={"required": _("Give a reason; the person reads it.")},
    )


class PeopleFilterForm(PageForm):
    """Search, filters and order of the list of people; what makes no sense is passed over."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All roles")), *SiteRole.choices])
    state = forms.ChoiceField(
        label=_("Accounts"),
        required=False,
        choices=[
            ("", _("Open accounts")),
            ("suspended", _("Suspended accounts")),
            ("ended", _("Closed accounts")),
            ("all", _("All accounts")),
        ],
    )
    factor = forms.ChoiceField(
        label=_("Second factor"),
        required=False,
        choices=[("", _("With or without")), ("yes", _("With")), ("no", _("Without"))],
    )
    seen = forms.ChoiceField(
        label=_("Last seen"),
        required=False,
        choices=[
            ("", _("Whenever")),
            ("week", _("In the last 7 days")),
            ("month", _("In the last 30 days")),
            ("quiet", _("Not for 90 days")),
            ("never", _("Never")),
        ],
    )
    ordering = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("", _("By name")),
            ("-name", _("By name, from the end")),
            ("email", _("By email")),
            ("-joined_at", _("Joined last")),
            ("joined_at", _("Joined first")),
            ("-seen_at", _("Seen last")),
            ("seen_at", _("Longest not seen")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, entry in PEOPLE_FILTERS.items():
            widget = forms.TextInput(attrs={"autocomplete": "off", "dir": "auto", "placeholder": entry.hint})
            self.fields[name] = forms.CharField(label=str(entry.label), required=False, max_length=100, widget=widget)

    def values(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class PeopleImportForm(PageForm):
    """A table of people; what is in it is read by a job."""

    table = forms.FileField(
        label=_("Table"),
        help_text=_("CSV or XLSX, at most 5 MB and 20,000 rows. The first row names the columns."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx", "data-most": MOST_BYTES}),
        error_messages={
            "required": _("Choose the file with the table."),
            "empty": _("The file is empty."),
        },
    )
    invite = forms.BooleanField(
        label=_("Mail new people a link to choose a password"),
        required=False,
        help_text=_("Otherwise they get one from their page, or by “Reset password”."),
    )
    extras = forms.BooleanField(
        label=_("Add people to the courses that the table names"),
        required=False,
        help_text=_("By code or address. Nobody is taken out of a course."),
    )

    def clean_table(self) -> Any:
        table = self.cleaned_data["table"]
        if table.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB. Split it, and import the parts one by one."))
        return table


class ImpersonationForm(PageForm):
    """Why somebody looks at the site as another person. The box is there where the site allows it."""

    reason = LineField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The person reads it, with your name and the time."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={"required": _("Give a reason; the person reads it.")},
    )
    may_change = forms.BooleanField(
        label=_("Act as the person, too"),
        required=False,
        help_text=_("Without it you only look: nothing can be changed."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Two forms of one page ask for a reason.
        super().__init__(*args, auto_id="look_%s", **kwargs)
        if not settings.IMPERSONATION_MAY_CHANGE:
            del self.fields["may_change"]


class AccommodationForm(PageForm):
    """What somebody is given; ``courses``: (address, title) of those that the giver looks after."""

    course = forms.ChoiceField(label=_("Where it holds"), required=False)
    time_factor = forms.DecimalField(
        label=_("Time"),
        min_value=1,
        max_value=10,
        max_digits=4,
        decimal_places=2,
        initial=Decimal(1),
        help_text=_("1.5 means half as much time again; 1 changes nothing."),
    )
    extra_attempts = forms.IntegerField(label=_("Extra tries"), min_value=0, max_value=100, initial=0)
    extra_days = forms.IntegerField(
        label=_("Days longer"), min_value=0, max_value=365, initial=0, help_text=_("So many days after each due date.")
    )
    break_minutes = forms.IntegerField(
        label=_("Minutes of breaks"),
        min_value=0,
        max_value=240,
        initial=0,
        help_text=_("During a test, beside its time."),
    )
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    ends_on = forms.DateField(
        label=_("To"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("The last day; empty for no end."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
        help_text=_("Read by the person and by those who give it. It is not in the event log."),
    )

    def __init__(
        self, *args: Any, courses: list[tuple[str, str]] | None, whole_site: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if courses is None:
            # For whom and where does not change.
            del self.fields["course"]
            return
        everywhere = [("", _("In all courses"))] if whole_site else []
        self.fields["course"].choices = [*everywhere, *courses]  # type: ignore[attr-defined]
        self.fields["course"].required = not whole_site


class PeopleActionForm(PageForm):
    """What to do to the people that were chosen; which of the others counts depends on ``action``."""

    action = forms.ChoiceField(label=_("What to do"), choices=[("", _("Choose")), *PeopleActionKind.choices])
    reason = LineField(
        label=_("Reason"),
        required=False,
        max_length=300,
        help_text=_("For suspending: each of them reads it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    role = forms.ChoiceField(
        label=_("Role on this site"), required=False, choices=[("", _("For setting the role")), *SiteRole.choices]
    )
    course = LineField(
        label=_("Course"),
        required=False,
        max_length=100,
        help_text=_("For adding to a course: its code or address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The filter beside it asks for a role, too.
        super().__init__(*args, auto_id="at_once_%s", **kwargs)
