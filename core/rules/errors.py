"""What can go wrong between a rule and a regulation. None of these is a refusal: the action is
neither allowed nor refused, it stops, and staff are told. `check_regulation` finds them first."""


class RuleError(Exception):
    """The rules in force cannot be applied as they stand."""


class Uncited(RuleError):
    """A refusal or a binding value rests on no clause of any act."""


class Silent(RuleError):
    """No rule in force answers a decision point that may not stay unanswered."""


class Disagreement(RuleError):
    """Several rules answer a decision point to which exactly one may speak."""


class BadRegulation(RuleError):
    """The entries in force make no legal parameters: a bad value, an unknown name, a conflict."""


class BadCatalogue(RuleError):
    """The installed rule modules and decision points do not fit one another."""
