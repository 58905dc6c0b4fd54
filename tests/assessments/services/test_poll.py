import pytest

from assessments.models import PollVote
from assessments.services.poll import Ballot, vote
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog
from courses.enums import CourseState
from courses.models import ExperimentPlace
from courses.rules import forget_groups, forget_roles
from courses.services import enrolment
from tests.factories import SectionFactory, put_branches
from tests.factories.assessments import SURVEY, put_poll

pytestmark = pytest.mark.django_db


def votes():
    return list(PollVote.objects.order_by("pk").values_list("user__name", "question", "option"))


def test_a_vote_is_kept_and_told_without_the_choice(people, taught):
    block = put_poll(taught.section)
    assert vote(actor=people.student, block=block, choices={"how": "well"}) == Ballot({"how": "well"}, kept=True)
    assert votes() == [("Sam Student", "how", "well")]
    event = EventLog.objects.get(name="assessments.PollAnswered")
    assert event.body == {
        "course_id": taught.course.pk,
        "item_id": taught.lesson.pk,
        "block_id": block.pk,
        "user_id": people.student.pk,
        "changed": False,
    }


def test_the_same_vote_again_is_the_same_vote(people, taught):
    block = put_poll(taught.section)
    ballots = [vote(actor=people.student, block=block, choices={"how": "well"}) for _ in range(2)]
    assert ballots == [Ballot({"how": "well"}, kept=True)] * 2
    assert (len(votes()), EventLog.objects.filter(name="assessments.PollAnswered").count()) == (1, 1)


def test_another_vote_is_refused_unless_votes_may_change(people, taught):
    fixed, open_one = put_poll(taught.section), put_poll(taught.section, changes=True)
    for block in (fixed, open_one):
        vote(actor=people.student, block=block, choices={"how": "well"})
    with pytest.raises(Conflict) as error:
        vote(actor=people.student, block=fixed, choices={"how": "badly"})
    assert error.value.code == "already_voted"
    assert vote(actor=people.student, block=open_one, choices={"how": "badly"}).choices == {"how": "badly"}
    assert votes() == [("Sam Student", "how", "well"), ("Sam Student", "how", "badly")]
    changed = EventLog.objects.filter(name="assessments.PollAnswered").order_by("pk").last()
    assert changed.body["changed"] is True


@pytest.mark.parametrize(
    ("choices", "fields"),
    [
        ({}, {"html": ["Choose one of the options."], "css": ["Choose one of the options."]}),
        ({"html": "much"}, {"css": ["Choose one of the options."]}),
        ({"html": "much", "css": "huge"}, {"css": ["The poll has no such option. Reload the page."]}),
        ({"html": "much", "css": "none", "js": "none"}, {"js": ["The poll has no such question. Reload the page."]}),
    ],
)
def test_all_questions_are_answered_at_once_with_what_the_poll_offers(people, taught, choices, fields):
    block = put_poll(taught.section, **SURVEY)
    with pytest.raises(Invalid) as error:
        vote(actor=people.student, block=block, choices=choices)
    assert (error.value.code, error.value.fields, votes()) == ("vote_incomplete", fields, [])


@pytest.mark.parametrize("who", ["owner", "teacher", "admin"])
def test_an_author_s_vote_is_a_trial(people, taught, who):
    block = put_poll(taught.section, publish=False)
    actor = getattr(people, who)
    assert vote(actor=actor, block=block, choices={"how": "well"}) == Ballot({"how": "well"}, kept=False)
    assert votes() == []


@pytest.mark.parametrize("who", ["assistant", "observer", "outsider", "other_owner"])
def test_who_does_not_learn_here_does_not_vote(people, taught, who):
    with pytest.raises(NotAllowed):
        vote(actor=getattr(people, who), block=put_poll(taught.section), choices={"how": "well"})


def test_who_has_left_does_not_vote(people, taught):
    block = put_poll(taught.section)
    enrolment.end_membership(actor=people.owner, membership=people.student.memberships.get(course=taught.course))
    forget_roles(people.student)
    with pytest.raises(NotAllowed):
        vote(actor=people.student, block=block, choices={"how": "well"})


def test_a_closed_course_and_an_unpublished_poll_take_no_votes(people, taught):
    hidden, closed = put_poll(taught.section, publish=False), put_poll(taught.section)
    closed.section.item.course.state = CourseState.ARCHIVED
    for block in (hidden, closed):
        with pytest.raises(NotAllowed):
            vote(actor=people.student, block=block, choices={"how": "well"})
    assert votes() == []


def test_students_vote_in_their_own_branch_only(people, taught):
    _outer, texts = put_branches(SectionFactory(item=taught.lesson))
    own, other = (put_poll(text.section) for text in texts)
    group = own.section.group
    ExperimentPlace.objects.create(user=people.student, experiment=group.experiment, group=group)
    forget_groups(people.student)
    assert vote(actor=people.student, block=own, choices={"how": "well"}).kept
    with pytest.raises(NotAllowed):
        vote(actor=people.student, block=other, choices={"how": "well"})
    assert len(votes()) == 1


def test_an_option_that_was_removed_keeps_its_votes_and_a_new_question_is_answered_alone(people, taught):
    block = put_poll(taught.section)
    vote(actor=people.student, block=block, choices={"how": "so-so"})
    data = block.live.data
    data["options"] = [option for option in data["options"] if option["id"] != "so-so"]
    data["questions"] = [*data["questions"], {"id": "again", "text": "Again?"}]
    assert vote(actor=people.student, block=block, choices={"again": "well"}).choices == {
        "how": "so-so",
        "again": "well",
    }
    assert votes() == [("Sam Student", "how", "so-so"), ("Sam Student", "again", "well")]
    with pytest.raises(Invalid):
        vote(actor=people.other_student, block=block, choices={"how": "so-so", "again": "well"})
