"""The tests, like the portal, run with the rights of the site."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def test_the_site_is_logged_in_as_itself():
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_user")
        assert cursor.fetchone() == ("jalon_app", "jalon_app")


def test_the_site_owns_no_table():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'jalon_app'")
        assert cursor.fetchall() == []
