"""Looking after people: a table of two hundred, a suspension, a complaint, and seeing the site as a student."""

import csv
import io
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from playwright.sync_api import Page, expect

from accounts.models import Impersonation, User
from accounts.services.tokens import issue_tokens
from core.models import EventLog
from courses.models import ItemProgress
from tests.conftest import People, Taught
from tests.e2e.conftest import Opener, assert_accessible, sign_in
from tests.factories.accounts import PASSWORD
from tests.factories.assessments import put_question

LONDON = ZoneInfo("Europe/London")
pytestmark = pytest.mark.django_db(transaction=True)


def enter(page: Page, person: User) -> Page:
    person.emailaddress_set.update_or_create(email=person.email, defaults={"primary": True, "verified": True})
    sign_in(page, person.email, PASSWORD)
    return page


def table(path: Path) -> Path:
    """Two hundred rows, six of which cannot be people."""
    rows = [["Email", "Name", "Role"], *([f"p{n}@school.example", f"Pupil {n}", "student"] for n in range(194))]
    rows += [
        ["nowhere", "No Address", "student"],
        ["p3@school.example", "Twice There", "student"],
        ["", "Without Address", "student"],
        ["nameless@school.example", "", "student"],
        ["headmaster@school.example", "Head Master", "emperor"],
        ["address@school.example", "https://school.example", "student"],
    ]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_a_table_of_two_hundred_with_six_bad_rows(open_page: Opener, people: People, tmp_path: Path):
    page = enter(open_page(), people.admin)
    before = User.objects.count()
    page.goto("/people/")
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("Table", exact=True).set_input_files(table(tmp_path / "pupils.csv"))
    assert_accessible(page)
    page.get_by_role("button", name="Read the table").click()
    expect(page.get_by_text("194 would be created, 0 changed, 0 are unchanged, 6 are refused.")).to_be_visible()
    assert User.objects.count() == before
    page.get_by_role("link", name="Refused 6").click()
    rows = page.get_by_role("region", name="Rows", exact=True).locator("tbody tr")
    expect(rows).to_have_count(6)
    assert [row.locator(".number").inner_text() for row in rows.all()] == ["196", "197", "198", "199", "200", "201"]
    assert all(row.locator(".import-reason").inner_text().strip() for row in rows.all())
    assert_accessible(page)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("194 created, 0 changed, 0 unchanged, 6 refused.")).to_be_visible()
    assert User.objects.count() == before + 194
    with page.expect_download() as download:
        page.get_by_role("link", name="Download refused rows").click()
    saved = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert saved[0] == ["Row", "Field", "Reason", "Email", "Name", "Role"]
    assert [row[0] for row in saved[1:]] == ["196", "197", "198", "199", "200", "201"]
    page.get_by_role("button", name="Apply again").click()
    expect(page.get_by_text("0 created, 0 changed, 194 unchanged, 6 refused.")).to_be_visible()
    assert User.objects.count() == before + 194


def test_a_suspended_person_is_out_at_once_everywhere(open_page: Opener, people: People, taught: Taught):
    student = enter(open_page(), people.student)
    student.goto("/courses/statistics/")
    token = {"Authorization": f"Bearer {issue_tokens(user=people.student).access}"}
    calls = student.context.request
    assert calls.get("/api/v1/courses/", headers=token).status == 200

    admin = enter(open_page(), people.admin)
    admin.goto("/people/")
    admin.get_by_label("Name or email").fill("sam stu")
    expect(admin.locator("#people tbody tr")).to_have_count(1)
    assert_accessible(admin)
    admin.get_by_role("link", name="Sam Student").click()
    account = admin.get_by_role("region", name="Account", exact=True)
    account.get_by_label("Reason").fill("Shared the password with the class")
    account.get_by_role("button", name="Suspend account").click()
    expect(admin.get_by_role("region", name="Messages")).to_contain_text("Sam Student is suspended")
    assert_accessible(admin)

    assert calls.get("/api/v1/courses/", headers=token).status == 401
    student.goto("/courses/statistics/results/")
    expect(student.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    student.get_by_label("Email").fill(people.student.email)
    student.get_by_label("Password", exact=True).fill(PASSWORD)
    student.get_by_role("button", name="Sign in", exact=True).click()
    expect(student.get_by_text("Shared the password with the class")).to_be_visible()
    assert_accessible(student)


def test_a_complaint_about_a_grade_is_answered_from_the_log(open_page: Opener, people: People, taught: Taught):
    put_question(taught.section)
    student = enter(open_page(), people.student)
    student.goto(taught.lesson.get_absolute_url())
    for answer in ("The average", "One person"):
        student.get_by_label(answer).check()
        student.get_by_role("button", name="Check answer" if answer == "The average" else "Try again").click()
        expect(student.locator("b[data-say]")).to_have_text("Not yet" if answer == "The average" else "Correct")

    admin = enter(open_page(), people.admin)
    admin.goto("/operations/events/")
    admin.get_by_label("About (id, or a course's address)").fill(str(taught.lesson.public_id))
    admin.get_by_label("Kind of event").select_option("courses.ResultChanged")
    rows = admin.locator("#events tbody tr")
    expect(rows).to_have_count(2)
    entry = EventLog.objects.filter(name="courses.ResultChanged").latest("pk")
    latest = rows.first
    expect(latest).to_contain_text("Sam Student")
    expect(latest).to_contain_text("127.0.0.1")
    expect(latest.locator(".event-change")).to_have_text("0/1 → became 1/1")
    expect(latest.locator(".event-request a")).to_have_attribute("title", entry.request_id)
    expect(latest.locator("time")).to_have_attribute("datetime", entry.at.astimezone(LONDON).isoformat())
    assert_accessible(admin)

    call_command("audit", "seal", stdout=io.StringIO())
    said = io.StringIO()
    call_command("audit", "verify", stdout=said)
    assert "The event log holds" in said.getvalue()
    EventLog.objects.filter(pk=entry.pk).update(body={**entry.body, "after": "0/1"})
    trouble = io.StringIO()
    with pytest.raises(CommandError):
        call_command("audit", "verify", stdout=io.StringIO(), stderr=trouble)
    assert f"event {entry.pk} (seal " in trouble.getvalue().splitlines()[0]


@pytest.mark.parametrize("width", [360, 1280])
def test_seeing_the_site_as_a_student(open_page: Opener, people: People, taught: Taught, width: int):
    admin = enter(open_page(refused=(403,), width=width), people.admin)
    admin.goto(f"/people/{people.student.public_id}/")
    part = admin.get_by_role("region", name="See the site as this person")
    part.get_by_role("button", name="See the site as them").click()
    assert Impersonation.objects.count() == 0
    part.get_by_label("Reason").fill("Cannot open the second lesson")
    part.get_by_role("button", name="See the site as them").click()
    banner = admin.get_by_role("complementary", name="You are looking at the site as somebody else")
    expect(banner).to_contain_text("Ada Admin sees the site as Sam Student. Nothing can be changed.")
    assert_accessible(admin)
    admin.goto(taught.lesson.get_absolute_url())
    expect(banner).to_be_visible()
    assert_accessible(admin)
    admin.get_by_role("button", name="Mark as done").first.click()
    expect(admin.get_by_text("so nothing can be changed. Nothing was stored.")).to_be_visible()
    expect(banner).to_be_visible()
    assert_accessible(admin)
    assert ItemProgress.objects.count() == 0
    admin.goto("/profile/security/")
    expect(admin.get_by_text("This belongs to the person alone")).to_be_visible()
    banner.get_by_role("button", name="Stop").click()
    expect(admin.get_by_role("heading", level=1, name="Sam Student")).to_be_visible()
    expect(banner).to_have_count(0)
    logged = EventLog.objects.filter(name__startswith="accounts.Impersonation").order_by("pk")
    assert [(e.name, e.actor_id, e.person_id) for e in logged] == [
        ("accounts.ImpersonationStarted", people.admin.pk, people.student.pk),
        ("accounts.ImpersonationEnded", people.admin.pk, people.student.pk),
    ]

    student = enter(open_page(width=width), people.student)
    student.goto("/profile/access/")
    row = student.locator("tbody tr")
    expect(row).to_contain_text("Ada Admin")
    expect(row).to_contain_text("Only looked")
    expect(row).to_contain_text("Cannot open the second lesson")
    assert_accessible(student)
    student.goto("/profile/accommodations/")
    assert_accessible(student)


@pytest.mark.parametrize("width", [360, 1280])
def test_several_people_are_suspended_at_once(open_page: Opener, people: People, width: int):
    page = enter(open_page(width=width), people.admin)
    page.goto("/people/")
    for name in ("Sam Student", "Ada Admin"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_text("With the people chosen").click()
    assert_accessible(page)
    part = page.locator("#at-once")
    part.get_by_label("What to do").select_option("suspend")
    part.get_by_role("button", name="Show what would happen").click()
    expect(page.get_by_text("Give a reason of at most 300 characters; the person reads it.").first).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Reason").fill("Left the school")
    page.get_by_role("button", name="Show what would happen").click()
    expect(page.get_by_text("1 would be changed, 0 are as before, 1 are refused.")).to_be_visible()
    expect(page.locator("tbody tr").filter(has_text="Ada Admin")).to_contain_text(
        "You cannot suspend your own account."
    )
    assert_accessible(page)
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("1 changed, 0 as before, 1 refused.")).to_be_visible()
    assert User.objects.get(pk=people.student.pk).is_suspended


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_teacher_gives_more_time(open_page: Opener, people: People, taught: Taught, theme: str):
    page = enter(open_page(theme=theme, width=360 if theme == "dark" else 1280), people.teacher)
    member = taught.course.memberships.get(user=people.student)
    page.goto(f"/courses/statistics/people/{member.public_id}/")
    page.get_by_role("link", name="Open accommodations").click()
    # A click does not wait until the next page is there.
    expect(page.get_by_label("Time", exact=True)).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Time", exact=True).fill("1.5")
    page.get_by_label("Note").fill("Agreed with the parents")
    page.get_by_role("button", name="Give", exact=True).click()
    expect(page.get_by_text("1.5 times the time")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Extra tries").fill("2")
    assert_accessible(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 extra tries")).to_be_visible()
