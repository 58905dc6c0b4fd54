"""What the site itself lacks or has under way."""

from django.utils.translation import gettext_lazy as _

from lms.error_docs.base import ErrorDoc

DOCS = {
    "audit_broken": ErrorDoc(
        409,
        _("The chain of the event log does not hold, so old entries are not put away."),
        _("Run “manage.py audit verify” and find out what was changed."),
    ),
    "server_error": ErrorDoc(
        500,
        _("Something broke on our side. What was saved before is still saved; this request changed nothing."),
        _("Try again. If it keeps happening, tell the people who run the site and quote the request number."),
    ),
    "provider_failed": ErrorDoc(
        502,
        _("A service outside this site did not do its part."),
        _("Try again in a few minutes. If it lasts, the people who run the site can see more in its log."),
    ),
    "database_unavailable": ErrorDoc(
        503,
        _("The database is busy, read-only, full or not answering. Nothing was stored."),
        _(
            "Send the request again after the seconds that Retry-After names; creating requests with their Idempotency-Key."
        ),
    ),
    "disk_full": ErrorDoc(
        507,
        _("There is no room left on the site's disk. Nothing of the file was kept."),
        _("Tell the site's administrator, then try again."),
    ),
    "report_too_large": ErrorDoc(
        413, _("The report of an error in a browser is too large."), _("Cut its texts: the stack to 4,000 characters.")
    ),
    "client_error_gone": ErrorDoc(
        409, _("The error in browsers is no longer kept."), _("Read the list again; old ones are forgotten.")
    ),
    # Running the site
    "job_not_failed": ErrorDoc(
        409,
        _("The job is no longer among the failed ones: it was run again or removed."),
        _("Reload the operations page to see what is."),
    ),
}
