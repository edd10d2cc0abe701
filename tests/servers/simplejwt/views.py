"""The resources that the tokens protect, and the endpoints by which a test steers and questions the server."""

import time
from base64 import b64encode

from django.http import HttpResponseRedirect
from django.utils import timezone
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.serializers import CharField, IntegerField, Serializer

from common.record import described, jti_of

from . import users
from .record import record

ANY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
LONGEST_WAIT_MS = 60_000
STATUSES_WITHOUT_BODY = (204, 205, 304)


class Slowness(Serializer):
    ms = IntegerField(default=500, min_value=0, max_value=LONGEST_WAIT_MS)


class Delay(Serializer):
    refresh_ms = IntegerField(min_value=0, max_value=LONGEST_WAIT_MS)


class Revocation(Serializer):
    access = CharField()


class User(Serializer):
    username = CharField()


class Status(Serializer):
    code = IntegerField(min_value=200, max_value=599)


def checked(serializer_class, name, data):
    """One named value of what came in; a 400 that names it if it is missing or wrong."""
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data[name]


def control(view):
    """Answers anyone; a token that comes along is not looked at."""
    return authentication_classes([])(permission_classes([])(view))


@api_view(["GET", "POST"])
def protected(request):
    return Response({"user": request.user.get_username(), "time": timezone.now()})


@api_view(["GET"])
@permission_classes([])
def public(request):
    """For anyone, and yet a bad token is refused: the usual authentication comes first."""
    return Response({"user": request.user.get_username()})


@api_view(ANY_METHOD)
def echo(request):
    # `body`, not `data`: no parser runs, so every content type is welcome.
    body = request.body
    try:
        encoding, text = "utf-8", body.decode()
    except UnicodeDecodeError:
        encoding, text = "base64", b64encode(body).decode()
    return Response(
        {
            "method": request.method,
            "content_type": request.headers.get("Content-Type", ""),
            "length": len(body),
            "encoding": encoding,
            "body": text,
            "authorization": "Authorization" in request.headers,
        }
    )


@api_view(["GET"])
def redirect(request):
    if "to" not in request.GET:
        raise ValidationError({"to": ["Give the address to redirect to: ?to=URL"]})
    return HttpResponseRedirect(request.GET["to"])


@api_view(["GET"])
def slow(request):
    milliseconds = checked(Slowness, "ms", request.GET)
    time.sleep(milliseconds / 1000)
    return Response({"ms": milliseconds})


@api_view(ANY_METHOD)
def status(request, code):
    checked(Status, "code", {"code": code})
    body = None if code in STATUSES_WITHOUT_BODY else {"detail": f"This address always answers {code}."}
    return Response(body, status=code)


@api_view(ANY_METHOD)
@control
def open_to_all(request):
    return Response({"authorization": described(request.headers.get("Authorization"))})


@api_view(["POST"])
@control
def revoke(request):
    jti = jti_of(checked(Revocation, "access", request.data))
    if jti is None:
        raise ValidationError({"access": ["This is not an access token: a JWT with a jti is needed."]})
    record.revoke(jti)
    return Response({})


@api_view(["POST"])
@control
def delay(request):
    record.delay_refreshes(checked(Delay, "refresh_ms", request.data))
    return Response({})


@api_view(["POST"])
@control
def deactivate(request):
    users.deactivate(checked(User, "username", request.data))
    return Response({})


@api_view(["POST"])
@control
def delete(request):
    users.delete(checked(User, "username", request.data))
    return Response({})


@api_view(["GET"])
@control
def stats(request):
    return Response(record.counters())


@api_view(["GET"])
@control
def arrivals(request):
    return Response(record.arrivals())


@api_view(["POST"])
@control
def reset(request):
    record.reset()
    users.restore()
    return Response({})
