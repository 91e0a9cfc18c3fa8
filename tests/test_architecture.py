"""The house keeps its shape: read from the sources, so that nobody has to remember it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from crm import FEATURES
from crm.db import Base, Record
from crm.models import everything

ROOT = Path(__file__).parent.parent
CRM = ROOT / "crm"
PLANNED = ["accounts", "customers", "catalog", "conversations", "tickets", "sales", "campaigns", "automation"]
PLANNED += ["notifications", "reports", "portal", "api", "ops"]
# What create_app and the model loader do is to know the features; the rest of the floor knows none.
KNOWS_FEATURES = {"app", "models", "__main__"}
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_STORY, LONGEST_ROUTE, MOST_JAVASCRIPT = 300, 25, 40, 8, 1_500
METHODS = {"get", "post", "put", "patch", "delete", "route"}
# So aiosmtpd and gunicorn name what they call.
HOOKS = {
    "handle_DATA",
    "handle_EHLO",
    "handle_RCPT",
    "handle_exception",
    "handle_exit",
    "handle_error",
    "handle_request",
}
FORBIDDEN = re.compile(r"Manager|Service|Helper|\butils\b|^handle_|^process_")
# Statements that the ORM cannot say, or that must be few: these files are read with both walls in mind.
MAY_WRITE_SQL = {
    "crm/accounts/models/person.py",  # a partial index
    "crm/conversations/models/received_mail.py",  # one statement for what a mail became
    "crm/conversations/models/writing.py",  # one statement for the whole write
    "crm/customers/merging/images.py",  # rows given back as they were
    "crm/events.py",  # a column's default
    "crm/health.py",  # alembic's own table
    "crm/importing/writing.py",  # COPY into temporary tables, of which no model knows
    "crm/jobs.py",  # the owner's function for months
    "crm/listing/estimate.py",  # EXPLAIN of a statement of the ORM's
    "crm/listing/files.py",  # SET TRANSACTION
    "crm/db.py",  # SET LOCAL
    "crm/walls.py",  # the walls themselves
}


def sources(*folders: str) -> list[Path]:
    here = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in [*here, *ROOT.glob("*.py")] if "node_modules" not in path.parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def shown(path: Path, node: ast.AST | None = None) -> str:
    return str(path.relative_to(ROOT)) + (f":{node.lineno}" if node is not None else "")  # type: ignore[attr-defined]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]


def test_features_stand_in_the_planned_order():
    assert sorted(FEATURES, key=PLANNED.index) == FEATURES
    folders = {path.parent.name for path in CRM.glob("*/__init__.py")} - {"realtime", "mail", "importing", "listing"}
    assert folders == set(FEATURES)


def imported(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Each import as the dotted name of what it reaches, as in `crm.accounts.models.Person`."""
    package = ["crm", *path.relative_to(CRM).with_suffix("").parts][: len(path.relative_to(CRM).parts)]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node, f"{start}.{name.name}") for name in node.names)


def test_imports_go_only_to_the_left_and_to_the_floor():
    wrong = []
    for path in CRM.rglob("*.py"):
        inside = path.relative_to(CRM).parts[0].removesuffix(".py")
        allowed = set(FEATURES[: FEATURES.index(inside) + 1]) if inside in FEATURES else set()
        allowed |= set(FEATURES) if inside in KNOWS_FEATURES else set()
        for node, name in imported(path):
            feature = name.split(".")[1] if name.startswith("crm.") else ""
            if feature in FEATURES and feature not in allowed:
                wrong.append(f"{shown(path, node)} imports {name}")
    assert wrong == []


VAGUE = {"base", "common", "core", "functions", "helper", "helpers", "lib", "misc", "service", "services", "shared"}
VAGUE |= {"stuff", "tools", "util", "utils", "manager", "views_helper"}


def test_files_of_features_say_what_they_hold():
    """The usual names, or a noun of the feature's own with a sentence at its top."""
    here = [path for feature in FEATURES for path in (CRM / feature).rglob("*.py")]
    assert [shown(path) for path in here if path.stem in VAGUE] == []
    speechless = [shown(path) for path in here if ast.get_docstring(tree(path)) is None]
    assert [name for name in speechless if not name.endswith(("/blueprint.py", "/__main__.py"))] == []


def test_nothing_of_the_product_imports_tests_or_benches():
    wrong = [f"{shown(path)} {name}" for path in CRM.rglob("*.py") for _, name in imported(path)
             if name.split(".")[0] in ("tests", "bench")]  # fmt: skip
    assert wrong == []


def test_files_are_short():
    long = [
        shown(path) for path in sources("crm", "tests", "bench") if len(path.read_text().splitlines()) > LONGEST_FILE
    ]
    assert long == []


def test_functions_are_short():
    """A test may tell a longer story."""
    found = [(path, node) for path in sources("crm", "tests", "bench") for node in functions(path)]
    assert len(found) > 500
    most = {"tests": LONGEST_STORY}
    long = [f"{shown(path, node)} {node.name}: {length(node)}" for path, node in found
            if length(node) > most.get(path.relative_to(ROOT).parts[0], LONGEST_FUNCTION)]  # fmt: skip
    assert long == []


def is_route(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    calls = [d.func for d in node.decorator_list if isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute)]
    return any(call.attr in METHODS and isinstance(call.value, ast.Name) for call in calls)


def test_routes_are_read_at_a_glance():
    routes = [(path, node) for path in CRM.rglob("*.py") for node in functions(path) if is_route(node)]
    assert len(routes) > 50
    long = [f"{shown(path, node)} {node.name}: {length(node)}" for path, node in routes if length(node) > LONGEST_ROUTE]
    assert long == []


def test_there_is_little_javascript():
    own = [*(ROOT / "static").glob("*.js"), *(ROOT / "static" / "widget").glob("*.js")]
    lines = {path.name: len(path.read_text().splitlines()) for path in own}
    assert 0 < sum(lines.values()) <= MOST_JAVASCRIPT, lines


def names(path: Path) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node, node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node, node.id


def test_names_say_what_things_are():
    wrong = [f"{shown(path)}" for path in CRM.rglob("*.py") if FORBIDDEN.search(path.stem)]
    wrong += [f"{shown(path, node)} {name}" for path in CRM.rglob("*.py") for node, name in names(path)
              if FORBIDDEN.search(name) and name not in HOOKS]  # fmt: skip
    assert wrong == []


def test_sql_is_written_by_hand_only_where_it_is_named():
    writes = set()
    for path in CRM.rglob("*.py"):
        if path.is_relative_to(CRM / "ops"):
            continue  # an operator's commands, as the owner
        has_text = any(name == "sqlalchemy.text" for _, name in imported(path))
        for node in ast.walk(tree(path)):
            called = node.func if isinstance(node, ast.Call) else None
            raw = isinstance(called, ast.Attribute) and called.attr in ("exec_driver_sql", "literal_column")
            if raw or (has_text and isinstance(called, ast.Name) and called.id == "text"):
                writes.add(shown(path))
    assert writes <= MAY_WRITE_SQL, writes - MAY_WRITE_SQL
    assert {name for name in MAY_WRITE_SQL if (ROOT / name).exists()} == MAY_WRITE_SQL


def test_models_never_commit():
    """Routes and jobs commit once, last."""
    wrong = []
    for path in [*CRM.rglob("models.py"), *CRM.rglob("models/*.py")]:
        if path != CRM / "models.py":
            calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
            wrong += [
                shown(path, call)
                for call in calls
                if getattr(call.func, "attr", getattr(call.func, "id", "")) == "commit"
            ]
    assert wrong == []


# -- templates


def templates(but: str = "") -> list[tuple[str, str]]:
    found = sorted((ROOT / "templates").rglob("*.html"))
    return [(str(path.relative_to(ROOT)), path.read_text()) for path in found if not but or but not in path.parts]


def test_templates_hold_nothing_that_the_policy_refuses():
    """Mails need `style=`: they are read outside of our pages."""
    refused = re.compile(r"\sstyle=|<script(?![^>]*\bsrc=)|\shx-on|\bjs:|javascript:|\son[a-z]+=[\"']", re.IGNORECASE)
    found = [(name, refused.search(text)) for name, text in templates(but="emails")]
    assert [f"{name}: {match[0]}" for name, match in found if match] == []
    styled = [name for name, text in templates(but="emails") if re.search(r"<style(?! nonce=)", text)]
    assert styled == []


def test_templates_mark_nothing_safe_that_people_wrote():
    """`safe` is for rules made of ids and colours, in the one nonced <style>."""
    marked = {name for name, text in templates() if re.search(r"\|\s*safe\b|autoescape false", text)}
    assert marked <= {"templates/layout.html", "templates/public.html", "templates/widget/frame.html"}


TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
READ_OUT = re.compile(r"\b(?:title|alt|placeholder|aria-label)=([\"'])(.*?)\1", re.DOTALL)
WORD = re.compile(r"[^\W\d_]{2,}")
# Attributes put together in a set block, and names of classes in a block.
MACHINE = re.compile(r"\{% set common %\}.*?\{% endset -?%\}|\{% block main_class %\}.*?\{% endblock %\}", re.DOTALL)


def literal(text: str) -> str:
    """The template without comments, expressions and statements: what is written in it for everybody."""
    return re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", MACHINE.sub("", text), flags=re.DOTALL)


def words_in(text: str) -> list[str]:
    written = literal(text)
    spoken = [match[2] for match in READ_OUT.finditer(written)]
    return [part for part in [TAG.sub(" ", written), *spoken] if WORD.search(part.replace("Rapport", ""))]


def test_the_search_for_words_finds_them():
    assert words_in('<p title="{{ _("a") }}">{{ _("b") }} · 1 x</p>') == []
    assert words_in("<p>Hello</p>") and words_in('<input placeholder="Search">')


def test_everything_a_person_reads_is_translated():
    found = {name: words_in(re.sub(r"&\w+;", "", text)) for name, text in templates()}
    assert {name: [" ".join(part.split())[:80] for part in parts] for name, parts in found.items() if parts} == {}


# -- tables


def records() -> list[Table]:
    everything()
    tables = [mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, Record)]
    return sorted({table for table in tables if isinstance(table, Table)}, key=lambda table: table.name)


def first_columns(table: Table) -> Iterator[tuple[str, str]]:
    """The first column of everything that is unique in the table, with its name."""
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
            yield str(constraint.name), next(iter(constraint.columns)).name
    for index in table.indexes:
        if index.unique:
            yield str(index.name), next(iter(index.columns)).name


def test_whatever_is_unique_is_unique_within_a_tenant():
    assert len(records()) > 15
    found = {name: first for table in records() for name, first in first_columns(table)}
    assert set(found.values()) == {"tenant_id"}, found


def test_no_reference_can_leave_its_tenant():
    """Every foreign key carries tenant_id on both sides, so even without policies no row points into another tenant."""
    keys = [key for table in records() for key in table.foreign_key_constraints]
    assert len(keys) > 20
    for key in keys:
        pairs = [(element.parent.name, element.column.name) for element in key.elements]
        assert ("tenant_id", "tenant_id") in pairs and len(pairs) == 2, (key.name, pairs)


def test_only_the_servers_own_tables_are_outside_the_walls():
    everything()
    outside = {table.name for table in Base.metadata.sorted_tables} - {table.name for table in records()}
    assert outside == {"tenants", "outbox", "clock"}
