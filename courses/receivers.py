from core.events import subscribe
from courses.events import StudentEnrolled
from courses.services.letters import welcome_student


@subscribe(StudentEnrolled)
def welcome(fact: StudentEnrolled) -> None:
    welcome_student(course_id=fact.course_id, user_id=fact.user_id)
