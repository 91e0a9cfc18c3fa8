"""A browser's name for people, of what it says about itself."""

# In this order: most browsers also name the ones before them.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "Chrome": "Chrome"}
BROWSERS |= {"CriOS": "Chrome", "Safari": "Safari"}
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS X": "macOS"}
SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}


def device(user_agent: str) -> str:
    """Such as "Firefox · Linux"; the beginning of an unknown one; "" of nothing."""
    names = [first(BROWSERS, user_agent), first(SYSTEMS, user_agent)]
    return " · ".join(filter(None, names)) or user_agent[:60]


def first(known: dict[str, str], user_agent: str) -> str | None:
    return next((name for mark, name in known.items() if mark in user_agent), None)
