import io
import zipfile
from datetime import date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from openpyxl import Workbook

from accounts.enums import SiteRole
from accounts.models import PeopleImport, PeopleImportRow, User
from accounts.services import people_import as services
from accounts.services.people import suspend_user
from accounts.tables import TableUnreadable, rows_of, safe_cell
from core.errors import Conflict, NotAllowed
from core.models import EventLog, OutgoingMail
from core.slots import RETENTION
from courses.models import Membership
from tests.factories import UserFactory
from tests.samples import sample_folder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin():
    return UserFactory(email="admin@example.org", name="Ada Admin", role=SiteRole.ADMIN)


def sent(admin: User, content: str | bytes, **options) -> PeopleImport:
    """A table as the job has read it: jobs run at once in tests."""
    content = content.encode() if isinstance(content, str) else content
    run = services.start_people_import(actor=admin, name="people.csv", content=content, **options)
    run.refresh_from_db()
    return run


def applied(admin: User, run: PeopleImport) -> dict[str, int]:
    services.apply_people_import(actor=admin, run=run)
    run.refresh_from_db()
    assert run.state == "done"
    return services.import_counts(run)


def verdicts(run: PeopleImport) -> list[tuple]:
    return list(run.rows.values_list("number", "email", "name", "verdict", "field"))


def test_a_dry_run_stores_nothing_and_says_what_each_row_would_do(admin):
    UserFactory(email="tom@example.org", name="Tom Jones")
    UserFactory(email="mary@example.org", name="Mary Smith")
    run = sent(
        admin,
        "Email,Name\n Imani@Example.org ,  Imani   Okafor\ntom@example.org,Tom Jones\nmary@example.org,Mary S\nx,Y\n",
    )
    assert (run.state, run.total, User.objects.count(), EmailAddress.objects.count()) == ("ready", 4, 3, 0)
    assert verdicts(run) == [
        (2, "imani@example.org", "Imani Okafor", "create", ""),
        (3, "tom@example.org", "Tom Jones", "unchanged", ""),
        (4, "mary@example.org", "Mary S", "change", ""),
        (5, "x", "Y", "refused", "email"),
    ]


def test_two_hundred_people_with_six_bad_rows(admin):
    good = [f"p{n}@example.org,Person {n},student" for n in range(194)]
    bad = [
        "p1@example.org,Twice,",
        "no address,Nobody,",
        ",Nothing,",
        "f@example.org,=1+1,",
        "r@example.org,Rolf,emperor",
        "n@example.org,,",
    ]
    run = sent(admin, "\n".join(["E-Mail;Name;Rolle".replace(";", ","), *good, *bad]))
    assert services.import_counts(run) == {"create": 194, "change": 0, "unchanged": 0, "refused": 6}
    refused = list(run.rows.filter(verdict="refused").values_list("number", "field", "reason"))
    assert [row[:2] for row in refused] == [
        (196, "email"),
        (197, "email"),
        (198, "email"),
        (199, "name"),
        (200, "role"),
        (201, "name"),
    ]
    assert "row 3" in refused[0][2]
    assert applied(admin, run) == {"create": 194, "change": 0, "unchanged": 0, "refused": 6}
    assert User.objects.filter(email__startswith="p").count() == 194
    # Again, and the same table sent anew: nobody is new.
    assert applied(admin, run) == {"create": 0, "change": 0, "unchanged": 194, "refused": 6}
    again = sent(admin, "\n".join(["E-Mail,Name,Rolle", *good, *bad]))
    assert applied(admin, again) == {"create": 0, "change": 0, "unchanged": 194, "refused": 6}
    assert User.objects.count() == 195


def test_who_comes_in_has_a_vouched_address_and_no_password_and_it_is_noted(admin):
    run = sent(admin, "email,name,role,phone,timezone\nimani@example.org,Imani,manager,+44 1632 960001,Asia/Tokyo\n")
    applied(admin, run)
    user = User.objects.get(email="imani@example.org")
    assert (user.name, user.role, user.phone, user.time_zone, user.has_usable_password()) == (
        "Imani",
        "manager",
        "+441632960001",
        "Asia/Tokyo",
        False,
    )
    assert EmailAddress.objects.get(user=user).verified
    assert OutgoingMail.objects.count() == 0
    assert list(EventLog.objects.order_by("pk").values_list("name", "actor_id", "person_id")) == [
        ("accounts.UserRegistered", admin.pk, user.pk),
        ("accounts.PeopleImported", admin.pk, None),
    ]


def test_new_people_are_mailed_if_that_is_wanted(admin, settings):
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"
    UserFactory(email="tom@example.org", name="Tom")
    applied(admin, sent(admin, "email,name\nimani@example.org,Imani\ntom@example.org,Tom\n", invite=True))
    assert [mail.recipients for mail in OutgoingMail.objects.all()] == [["imani@example.org"]]


def test_empty_cells_change_nothing(admin):
    UserFactory(email="tom@example.org", name="Tom Jones", phone="+441632960001", role="manager")
    run = sent(admin, "email,name,phone,role\ntom@example.org,,,\n")
    assert verdicts(run) == [(2, "tom@example.org", "", "unchanged", "")]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("admin@example.org,Ada,student", "role"),
        ("new@example.org,New,admin", "role"),
        ("kept@example.org,Kept,", "email"),
        ("a\0b@example.org,Ab,", ""),
        ("ok@example.org,I\u202emani,", "name"),
        ("ok@example.org,@SUM(1),", "name"),
        ("ok@exаmple.org,Imani,", "email"),
    ],
)
def test_rows_that_are_refused_store_nothing(admin, row, field):
    kept = suspend_user(actor=admin, user=UserFactory(email="kept@example.org"), reason="x")
    before = list(User.objects.values_list("email", "name", "role"))
    run = sent(admin, f"email,name,role\n{row}\n")
    assert [found[3:] for found in verdicts(run)] == [("refused", field)]
    assert applied(admin, run)["refused"] == 1
    assert list(User.objects.values_list("email", "name", "role")) == before
    assert not User.objects.get(pk=kept.pk).is_active


def test_columns_can_be_named_by_hand(admin):
    run = sent(admin, "who,where\nImani,imani@example.org\n")
    assert (run.state, run.headings, "who, where" in run.message) == ("failed", ["who", "where"], True)
    services.map_columns(actor=admin, run=run, columns={0: "name", 1: "email", 7: "role"})
    run.refresh_from_db()
    assert (run.state, verdicts(run)) == ("ready", [(2, "imani@example.org", "Imani", "create", "")])
    with pytest.raises(Conflict) as caught:
        services.map_columns(actor=admin, run=run, columns={0: "email", 1: "email"})
    assert caught.value.code == "column_twice"


@pytest.mark.parametrize(
    "head",
    [
        "Vorname;Nachname;E-Mail-Adresse",
        "Vorname;Name;E-Mail",
        "prénom\tnom\tcourriel",
        "Nombre,Apellidos,Correo electrónico",
        "First Name|LAST_NAME|e-mail",
        "imię,nazwisko,adres e-mail",
    ],
)
def test_headings_in_several_languages(admin, head):
    sign = next(sign for sign in ";\t,|" if sign in head)
    run = sent(admin, f"{head}\n" + sign.join(["Zoë", "Müller", "zoe@example.org"]) + "\n")
    assert verdicts(run) == [(2, "zoe@example.org", "Zoë Müller", "create", "")]


def test_courses_of_the_table_count_only_if_that_is_wanted(people, taught):
    table = "email,name,course1,role1\nnew@example.org,New,stat 1,student\noutsider@example.org,,statistics,assistant\n"
    bad = "bad@example.org,Bad,NOWHERE,student\nrole@example.org,Role,STAT 1,king\n"
    without = sent(people.admin, table + bad)
    assert services.import_counts(without)["create"] == 3
    run = sent(people.admin, table + bad, extras=True)
    assert [found[3:] for found in verdicts(run)] == [
        ("create", ""),
        ("change", ""),
        ("refused", "course"),
        ("refused", "course_role"),
    ]
    applied(people.admin, run)
    roles = Membership.objects.filter(course=taught.course, user__email__in=["new@example.org", "outsider@example.org"])
    assert sorted(roles.values_list("user__email", "role")) == [
        ("new@example.org", "student"),
        ("outsider@example.org", "assistant"),
    ]
    assert applied(people.admin, run) == {"create": 0, "change": 0, "unchanged": 2, "refused": 2}


def test_a_job_that_was_killed_goes_on_where_it_was(admin, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    run = sent(admin, "email,name\n" + "".join(f"p{n}@example.org,P{n}\n" for n in range(5)))
    whole, count = services._apply_rows, iter(range(9))

    def killed(*args):
        if next(count) == 1:
            raise KeyboardInterrupt
        whole(*args)

    monkeypatch.setattr(services, "_apply_rows", killed)
    monkeypatch.setattr(services, "enqueue", lambda *args, **kwargs: "")
    run = services.apply_people_import(actor=admin, run=run)
    with pytest.raises(KeyboardInterrupt):
        services.apply_run(run=run)
    assert User.objects.count() == 3
    services.apply_run(run=PeopleImport.objects.get(pk=run.pk))
    run.refresh_from_db()
    assert (run.state, services.import_counts(run)["create"], User.objects.count()) == ("done", 5, 6)


def test_only_administrators_import_people(people):
    with pytest.raises(NotAllowed):
        services.start_people_import(actor=people.owner, name="x.csv", content=b"email,name\n")
    assert PeopleImport.objects.count() == 0


def test_old_tables_are_forgotten_and_their_people_stay(admin):
    run = sent(admin, "email,name\nimani@example.org,Imani\n")
    applied(admin, run)
    assert RETENTION["people_imports"].run(timezone.now() - timedelta(days=30)) == 0
    PeopleImport.objects.update(created_at=run.created_at - timedelta(days=60))
    assert (RETENTION["people_imports"].run(timezone.now() - timedelta(days=30)), PeopleImportRow.objects.count()) == (
        1,
        0,
    )
    assert User.objects.filter(email="imani@example.org").exists()


def xlsx(*rows: list) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_a_spreadsheet_is_read_as_its_values(admin):
    run = sent(
        admin,
        xlsx(
            ["Email", None, "Name", "Phone"],
            ["imani@example.org", None, "Imani", 441632960001],
            [None] * 4,
            ["b@example.org", 1, "=1+1", ""],
        ),
    )
    assert verdicts(run) == [
        (2, "imani@example.org", "Imani", "refused", "phone"),
        (4, "b@example.org", "", "refused", "name"),
    ]


def test_days_in_a_spreadsheet_are_read_without_a_time(admin):
    moments = [datetime(2026, 3, 1), datetime(2026, 3, 1, 8, 30), date(2026, 3, 2)]
    ((_row, cells),) = rows_of(xlsx(moments))
    assert cells == ["2026-03-01", "2026-03-01T08:30:00", "2026-03-02"]


def bomb() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (70 * 1024 * 1024))
    return kept.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 ...",
        b"\xd0\xcf\x11\xe0 old excel",
        b"PK\x03\x04 broken",
        b'email,name\n"a@example.org,Imani\n' + b"x" * 200_000,
        b"\xff\xfe\x00",
        bomb(),
        xlsx([f"column {n}" for n in range(101)]),
        b"a," * 101 + b"\n",
    ],
    ids=["pdf", "xls", "zip", "quotes", "utf-16", "bomb", "wide-xlsx", "wide"],
)
def test_files_that_are_no_tables(admin, content):
    run = sent(admin, content)
    assert (run.state, bool(run.message), run.rows.count()) == ("failed", True, 0)


@pytest.mark.parametrize("content", [b"", b"x" * (5 * 1024 * 1024 + 1)])
def test_files_of_no_use_are_refused_at_once(admin, content):
    with pytest.raises(TableUnreadable):
        services.start_people_import(actor=admin, name="x.csv", content=content)


def test_too_many_rows():
    with pytest.raises(TableUnreadable):
        list(rows_of(b"email\n" + b"a\n" * 20_001))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-2", "@SUM(1)", "\tx", "plain"])
def test_cells_that_leave_are_no_formulas(cell):
    assert safe_cell(cell) == (cell if cell == "plain" else f"'{cell}")


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("messy-utf8-bom-semicolon.csv", (5, 0)),
        ("messy-latin1.csv", (3, 0)),
        ("messy-formula-injection.csv", (5, 1)),
        ("upload_users.csv", (2, 0)),
        ("upload_users_cohorts.csv", (4, 0)),
        ("upload_users_profile.csv", (2, 0)),
        ("upload_users_themes.csv", (4, 0)),
    ],
)
def test_tables_of_other_systems(admin, name, counts):
    run = sent(admin, (sample_folder("rosters/csv") / name).read_bytes())
    found = services.import_counts(run)
    assert (found["create"], found["refused"]) == counts, verdicts(run)


@pytest.mark.samples
def test_doubled_and_unnormalised_addresses(admin):
    run = sent(admin, (sample_folder("rosters/csv") / "messy-duplicates-blanks.csv").read_bytes())
    created = list(run.rows.filter(verdict="create").values_list("email", flat=True))
    assert len(created) == len({email.lower() for email in created}) == len(set(created))
    assert run.rows.filter(verdict="refused").exists()
    assert applied(admin, run)["create"] == len(created)


@pytest.mark.samples
def test_a_table_of_courses_is_no_table_of_people(admin):
    assert sent(admin, (sample_folder("rosters/csv") / "moodle_courses.csv").read_bytes()).state == "failed"
