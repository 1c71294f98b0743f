"""Filling in the forms of a page as a browser would, and signing in a panel."""

from html.parser import HTMLParser

from governance.reviews import policies, rules
from tests.governance.reviews.desk import asked
from tests.makers import PASSWORD


class _Forms(HTMLParser):
    """The POST forms of a page: their action and what they would send untouched."""

    def __init__(self):
        super().__init__()
        self.forms, self.by_id, self.form = [], {}, None
        self.select = self.area = None

    def named(self, name):
        """The form of that id, which may stand further down than its fields."""
        return self.by_id.setdefault(name, {"action": "", "data": {}})

    def handle_starttag(self, tag, given):
        attributes = dict(given)
        if tag == "form":
            self.form = None
            if attributes.get("method") == "post":
                self.form = self.named(attributes["id"]) if "id" in attributes else {"data": {}}
                self.form["action"] = attributes.get("action", "")
                self.forms.append(self.form)
            return
        form = self.named(attributes["form"]) if "form" in attributes else self.form
        if form is None:
            return
        name = attributes.get("name")
        if tag == "input" and name and "disabled" not in attributes:
            kind = attributes.get("type", "text")
            if kind not in ("checkbox", "radio", "submit") or "checked" in attributes:
                form["data"].setdefault(name, []).append(
                    attributes.get("value", "on" if kind == "checkbox" else "")
                )
        elif tag == "select":
            self.select, self.options = (form, name), []
        elif tag == "option" and self.select:
            self.options.append((attributes.get("value"), "selected" in attributes))
        elif tag == "textarea":
            self.area = (form, name)
            form["data"][name] = [""]

    def handle_data(self, text):
        if self.area:
            form, name = self.area
            form["data"][name][0] += text

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        if tag == "textarea" and self.area:
            form, name = self.area
            form["data"][name][0] = form["data"][name][0].removeprefix("\n").removeprefix("\r\n")
            self.area = None
        if tag == "select" and self.select:
            form, name = self.select
            chosen = [value for value, selected in self.options if selected] or [
                value for value, _no in self.options[:1]
            ]
            form["data"][name] = chosen
            self.select = None


def form_of(answer, action=""):
    """What the POST form of a page would send: the one whose action ends so."""
    reader = _Forms()
    reader.feed(answer.content.decode())
    (form,) = [
        form
        for form in reader.forms
        if form["action"].endswith(action)
        and "language" not in form["data"]
        and "logout" not in form["action"]
    ]
    form["data"].pop("csrfmiddlewaretoken", None)
    return form["data"]


def known(person):
    """Give somebody the password of the tests."""
    person.user.set_password(PASSWORD)
    person.user.save()
    return person


def words(edition, function, decision="approve", **more):
    """What a panel sends: every question answered yes, the fingerprint and the password."""
    request = asked(edition, function)

    checklist = edition.requirements.get(function=function).checklist
    questions = policies.questions(checklist, also_blocking=rules.also_blocking(edition, function))
    assert request.edition_id == edition.pk
    return {
        **{f"a-{one.code}": "yes" for one in questions},
        "fingerprint": edition.fp,
        "decision": decision,
        "comment": "",
        "password": PASSWORD,
        **more,
    }
