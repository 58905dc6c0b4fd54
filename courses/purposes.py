"""What people upload files for in courses: keys of ``core.slots.UPLOAD_PURPOSES``."""

# Pictures, sound, film and papers of lessons, pages, questions and descriptions.
MEDIA = "lesson_media"
# What a course is imported from.
ARCHIVE = "course_archive"
