"""What several pages of accounts say or look up in the same way."""

from core.features.account import service
from core.identity.profiles import Profile
from core.identity.realm import Realm
from core.kit.errors import Problem
from core.web.pages import messages
from core.web.request import CityRequest
from core.work import Work


def realm_of(request: CityRequest) -> Realm:
    """The city of this host; NotFound on any other host."""
    return Realm(request.runtime, request.tenant)


def own_profile(request: CityRequest, work: Work) -> Profile:
    """The profile of the resident who is signed in."""
    return service.profile_of(work, request.signed_in.resident_id)


def said(request: CityRequest, problem: Problem) -> str:
    """A problem in one line."""
    sentences = [problem.title, *([problem.advice] if problem.advice else [])]
    return " ".join(one.in_(request.locale) for one in sentences)


def field_errors(request: CityRequest, problem: Problem | None, field: str) -> dict[str, str]:
    """Messages beside fields; a problem without fields is said beside `field`."""
    if problem is None:
        return {}
    return messages(problem, request.locale) or {field: said(request, problem)}
