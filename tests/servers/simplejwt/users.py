"""The users, each with its name as its password, and what a test can do to them."""

from django.contrib.auth.models import User

NAMES = ("demo", "other")


def create_missing():
    for name in NAMES:
        if not User.objects.filter(username=name).exists():
            User.objects.create_user(name, password=name)


def deactivate(name):
    User.objects.filter(username=name).update(is_active=False)


def delete(name):
    User.objects.filter(username=name).delete()


def restore():
    """A user who was deleted comes back as somebody new: the tokens of the old one stay dead."""
    User.objects.update(is_active=True)
    create_missing()
