"""What signing in asks of each role, for administrators."""

from dataclasses import asdict

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import SiteRole
from accounts.forms.factors import RulesForm
from accounts.selectors.policies import sign_in_rules
from accounts.services.policies import change_policy
from accounts.views.proof import proof_needed
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of all roles, each in a form."""
    authorize(request.user, "accounts.change_signinrules")
    return _page(request)


@require_POST
@proof_needed()
def rule_change(request: HttpRequest, role: str) -> HttpResponse:
    authorize(request.user, "accounts.change_signinrules")
    if role not in SiteRole.values:
        raise Http404
    form = RulesForm(request.POST, prefix=role)
    if form.is_valid():
        try:
            change_policy(actor=request.user, role=role, **form.cleaned_data)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Rule saved. It holds from now on."))
            return redirect("accounts:sign-in-rules")
    return _page(request, role, form)


def _page(request: HttpRequest, role: str = "", form: RulesForm | None = None) -> HttpResponse:
    rows = [
        (rule, form if form and rule.role == role else RulesForm(initial=asdict(rule), prefix=rule.role))
        for rule in sign_in_rules()
    ]
    context = {"rows": rows, "nav_active": "people"}
    return render(request, "accounts/sign_in_rules.html", context, status=422 if form else 200)
