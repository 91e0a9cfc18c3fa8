"""Every table of the app, loaded for migrations and for tests that walk them."""

from importlib import import_module
from pathlib import Path


def everything() -> None:
    """Import all models, so that `Base.metadata` is whole."""
    here = Path(__file__).parent
    for name in ("audit", "events", "jobs", "mail", "numbers", "tenancy"):
        import_module(f".{name}", __package__)
    for feature in sorted(here.iterdir()):
        if (feature / "models.py").exists() or (feature / "models").is_dir():
            import_module(f".{feature.name}.models", __package__)
    for part in sorted(here.glob("*/*/models.py")):
        import_module(f".{part.parent.parent.name}.{part.parent.name}.models", __package__)
