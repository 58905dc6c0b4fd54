"""Requests as such: their form, their headers, what stands behind them."""

from django.utils.translation import gettext_lazy as _

from lms.error_docs.base import ErrorDoc

DOCS = {
    "bad_request": ErrorDoc(
        400,
        _("The request could not be read: its address, its headers or its body are not well formed."),
        _("Compare the request with the schema. In a browser, go back and send the form once more."),
    ),
    "request_too_slow": ErrorDoc(
        408,
        _("The request did not arrive in the time that it may take. Nothing was stored."),
        _("Send it again over a better connection; large files in a format that makes them smaller."),
    ),
    "request_too_large": ErrorDoc(
        413, _("The request has more bytes than any that the site takes. Nothing was stored."), _("Send less at once.")
    ),
    "head_too_large": ErrorDoc(
        431,
        _("The address or the headers are longer than the site reads."),
        _("Send fewer and shorter headers; what is long belongs into the body."),
    ),
    "not_json": ErrorDoc(
        400, _("The body is not well-formed JSON."), _("Send JSON in UTF-8 with Content-Type: application/json.")
    ),
    "not_an_object": ErrorDoc(
        400,
        _("The body is JSON, but not an object: a list, a text or a number."),
        _("Send one object with the fields that the schema names."),
    ),
    "invalid": ErrorDoc(
        400,
        _("Some values cannot be used. Nothing was stored. The list “errors” has sentences for each field."),
        _("Change the named fields and send everything again."),
    ),
    "unknown_field": ErrorDoc(
        400,
        _("The request has fields that this kind of thing does not have."),
        _("Leave them out; mostly a name is misspelt."),
    ),
    "origin_refused": ErrorDoc(
        403,
        _("A page of another origin called the API, and the site does not know that origin."),
        _("Whoever runs the site adds the origin to CORS_ALLOWED_ORIGINS, with scheme and port as the message has it."),
    ),
    "header_refused": ErrorDoc(
        403,
        _("A page of another origin asked to send a header that such pages may not send."),
        _("Leave the header out, or add it to CORS_ALLOW_HEADERS in the site's settings."),
    ),
    "csrf_failed": ErrorDoc(
        403,
        _("The form was opened too long ago or in another session, so its safety token does not fit."),
        _("Go back, reload the page and send the form again. A program uses an access token and needs no form token."),
    ),
    "not_found": ErrorDoc(
        404,
        _("There is nothing at this address, or it is not yours to see; the answer is the same for both."),
        _("Check the address. If you expect to have access, ask the people of that course."),
    ),
    "method_not_allowed": ErrorDoc(
        405,
        _("This address does not know the method that was used."),
        _("The header Allow lists the methods that it knows."),
    ),
    "not_acceptable": ErrorDoc(
        406, _("The address cannot answer in the format that was asked for."), _("Accept application/json.")
    ),
    "unsupported_media_type": ErrorDoc(
        415, _("The body has a format that the address does not read."), _("Send application/json.")
    ),
    "throttled": ErrorDoc(
        429,
        _("Too many requests came in a short time. None of the refused ones was carried out."),
        _("Wait for the seconds that the header Retry-After names, then go on more slowly."),
    ),
    # Two people, two requests
    "stale_version": ErrorDoc(
        409,
        _(
            "Somebody else changed this after you opened it. Nothing was overwritten; “current_version” is what it has now."
        ),
        _("Load it again, put your change into the present text and save with the present version."),
    ),
    "changed_meanwhile": ErrorDoc(
        409,
        _("Somebody else changed the course at the very moment of the import. Nothing was stored."),
        _("Import again; what the other person did stays unless your folder says otherwise."),
    ),
    "idempotency_key_too_long": ErrorDoc(
        400, _("An Idempotency-Key has at most 255 characters."), _("Use a random UUID as the key.")
    ),
    "idempotency_key_reused": ErrorDoc(
        422,
        _("This Idempotency-Key was sent before with another address or another body."),
        _("Use a new key for a new request, and the old key only to repeat the very same one."),
    ),
    "gone": ErrorDoc(
        409,
        _("Somebody removed this while you had it open."),
        _("Go back and reload the page to see what is there now."),
    ),
    "in_bin": ErrorDoc(409, _("This lies in the bin and cannot be changed there."), _("Restore it first.")),
    "already_back": ErrorDoc(409, _("This has left the bin already."), _("Reload the page.")),
    "not_text": ErrorDoc(400, _("A text was expected, something else was sent."), _("Send a JSON string.")),
}
