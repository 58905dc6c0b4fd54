"""Policies: read by everybody, answered by people, written by administrators."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import ConsentWay, PolicyKind
from accounts.forms.consents import AnswerForm, PolicyForm, PolicyVersionForm
from accounts.models import PolicyVersion
from accounts.selectors.consents import (
    all_versions,
    consents_of,
    current_versions,
    due_policies,
    own_consents,
    versions_in_force,
)
from accounts.services.consents import FIELDS, answer_policies, change_policy_version, write_policy
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from core.shortcuts import signed_in


@login_not_required
@require_GET
def policies(request: HttpRequest) -> HttpResponse:
    """The policies of this site."""
    return render(request, "accounts/policies.html", {"policies": current_versions()})


@login_not_required
@require_GET
def policy(request: HttpRequest, kind: str) -> HttpResponse:
    """The version of a policy that is in force."""
    version = versions_in_force().filter(kind=kind).first()
    if version is None:
        raise Http404
    return _version_page(request, version)


@login_not_required
@require_GET
def policy_version(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Any version that was in force; one to come is shown to those who write them."""
    rows = PolicyVersion.objects.all() if request.user.has_perm("accounts.change_policies") else versions_in_force()
    return _version_page(request, get_object_or_404(rows, kind=kind, number=number))


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """What is asked before going on."""
    person = signed_in(request)
    asked = due_policies(person)
    form = AnswerForm(request.POST if request.method == "POST" else None, asked=asked)
    if request.method == "POST" and form.is_valid():
        try:
            answer_policies(actor=person, user=person, answers=form.answers(), way=ConsentWay.PAGE)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            return redirect(_way_on(request))
    if not asked:
        return redirect(_way_on(request))
    versions = {version.kind: version for version in current_versions()}
    rows = [(versions.get(policy.kind), form[policy.kind]) for policy in asked]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "rows": rows, "next": _way_on(request)}
    return render(request, "accounts/consent.html", context, status=status)


@require_GET
def consents(request: HttpRequest) -> HttpResponse:
    """What one agreed to and when."""
    person = signed_in(request)
    context = {"consents": own_consents(person), "history": consents_of(person)[:100], "due": due_policies(person)}
    return render(request, "accounts/consents.html", context)


@require_POST
def consent_change(request: HttpRequest, kind: str) -> HttpResponse:
    """Take a consent back, or give it after all."""
    person = signed_in(request)
    if kind not in PolicyKind.values:
        raise Http404
    with domain_errors_as_messages(request):
        given = request.POST.get("given") == "yes"
        answer_policies(actor=person, user=person, answers={kind: given}, way=ConsentWay.PAGE)
        messages.success(request, _("Your consent is noted.") if given else _("Your consent is taken back."))
    return redirect("accounts:consents")


@require_GET
def policy_list(request: HttpRequest) -> HttpResponse:
    """Every version of every policy, for those who write them."""
    authorize(request.user, "accounts.change_policies")
    return render(request, "accounts/policy_list.html", {"versions": all_versions(), "nav_active": "operations"})


@require_http_methods(["GET", "HEAD", "POST"])
def policy_new(request: HttpRequest) -> HttpResponse:
    """A new version; it begins with the words of the last one."""
    authorize(request.user, "accounts.change_policies")
    kind = request.GET.get("kind", "")
    before = PolicyVersion.objects.filter(kind=kind).order_by("-number").first()
    initial = (
        {name: getattr(before, name) for name in ("kind", "title", "text", "asks", "asks_again")} if before else {}
    )
    form = PolicyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = _values(form)
        try:
            address = once(request, lambda: _written(request, values))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Version written"))
            return redirect(address)
    return _form_page(request, form)


def _written(request: HttpRequest, values: dict[str, object]) -> str:
    write_policy(actor=signed_in(request), **values)  # type: ignore[arg-type]
    return reverse("accounts:policy-list")


@require_http_methods(["GET", "HEAD", "POST"])
def policy_edit(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """A version that is not in force yet."""
    authorize(request.user, "accounts.change_policies")
    version = get_object_or_404(PolicyVersion, kind=kind, number=number)
    form = PolicyVersionForm(request.POST or None, initial={name: getattr(version, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        try:
            change_policy_version(actor=signed_in(request), version=version, **_values(form))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Saved"))
            return redirect("accounts:policy-list")
    return _form_page(request, form, version)


def _values(form: PolicyForm) -> dict[str, object]:
    return {**form.cleaned_data, "effective_from": form.cleaned_data["effective_from"] or timezone.now()}


def _form_page(request: HttpRequest, form: PolicyForm, version: PolicyVersion | None = None) -> HttpResponse:
    context = {"form": form, "version": version, "nav_active": "operations"}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "accounts/policy_form.html", context, status=status)


def _version_page(request: HttpRequest, version: PolicyVersion) -> HttpResponse:
    others = versions_in_force().filter(kind=version.kind).defer("text", "html")
    context = {"version": version, "others": others, "is_current": bool(others) and others[0].pk == version.pk}
    return render(request, "accounts/policy.html", context)


def _way_on(request: HttpRequest) -> str:
    back = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        return back
    return reverse("home")
