from rest_framework_simplejwt.authentication import JWTAuthentication


class BearerToken(JWTAuthentication):
    """``Authorization: Bearer <access token>``."""
