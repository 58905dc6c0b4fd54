"""What tests of single sign-on do in a browser: away to a provider, and back with its answer."""

import html
import re
from urllib.parse import urlsplit

from django.urls import reverse

from accounts.models import User


def away(client, connection, name="sign-on", **form) -> str:
    """Where the page that follows the button sends the browser."""
    response = client.post(reverse(f"accounts:{name}", args=[connection.public_id]), form)
    assert response.status_code == 200, response.content.decode()
    return html.unescape(re.search(r'content="0;url=([^"]+)"', response.content.decode())[1])


def come_by_oidc(client, provider, connection, sub="sam", name="sign-on", **form):
    back = urlsplit(provider.sign_in(away(client, connection, name, **form), sub))
    return client.get(f"{back.path}?{back.query}")


def come_by_saml(client, provider, connection, name="sign-on", **form):
    sent = provider.sign_in(away(client, connection, name, **form))
    response = client.post(urlsplit(sent.pop("action")).path, sent)
    return client.get(response.url), sent


def user_of(client) -> User | None:
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number) if number else None
