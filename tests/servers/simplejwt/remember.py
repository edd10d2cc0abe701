"""The sign-in of a project whose form has a box "remember me"."""

from rest_framework_simplejwt.serializers import TokenObtainPairSerializer
from rest_framework.serializers import BooleanField

from .settings import ACCESS_LIFETIME, REFRESH_LIFETIME

LONGER = 10


class RememberingSerializer(TokenObtainPairSerializer):
    remember = BooleanField(default=False, write_only=True)

    def validate(self, attrs):
        pair = super().validate(attrs)
        if not attrs["remember"]:
            return pair
        refresh = self.get_token(self.user)
        refresh.set_exp(lifetime=LONGER * REFRESH_LIFETIME)
        access = refresh.access_token
        access.set_exp(lifetime=LONGER * ACCESS_LIFETIME)
        return {"refresh": str(refresh), "access": str(access)}
