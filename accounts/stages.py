"""Steps between the first proof of who somebody is and the session."""

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from accounts.models import Connection


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    """Asks for the second factor, unless a service that asks for one itself has just vouched for the person."""

    def _should_handle(self, request: HttpRequest) -> bool:
        by = (self.login.signal_kwargs or {}).get("sociallogin")
        if by is not None:
            connection = Connection.objects.filter(provider_id=by.account.provider).first()
            if connection is not None and connection.asks_second_factor:
                # For the device that is opened when all steps are done, if that is in this request.
                request.is_vouched = True  # type: ignore[attr-defined]
                return False
        return bool(super()._should_handle(request))
