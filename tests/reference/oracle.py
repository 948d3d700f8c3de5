"""What CPython and real Alembic say of migration histories.

Reads a list of {"dir": PATH, "recursive": BOOL} and writes a list with one object for each:

  files    one for each revision file by Alembic's own rule, in load order: "path" (below dir),
           "revision", "down_revision", "branch_labels", "depends_on", "docstring", and the byte
           ranges "down_revision_range" (the assigned expression) and "down_revision_literal_range"
           (the same, or what a name in its place stands for), counted in the file's text as UTF-8
           with its BOM; "header_only" where this CPython accepts no more than the header; or "error"
  alembic  what ScriptDirectory makes of the same identifiers: "heads" (as `alembic heads` lists
           them), "real_heads", "bases", "branch_points", "merge_points", "upgrade" (order of
           `upgrade heads` from an empty database), "downgrade" (order back to base), "history",
           and "revisions": id -> "file", "down_revisions", "dependencies", "children", "labels", "ancestors";
           or "error"
  dropped_dependencies, substituted_labels, warnings

A value is JSON's own (tuples, lists and sets are lists), {"computed": TEXT} where it is not
written in the file, {"missing": true} where nothing assigns it. An error is {"class", "message"}.

Alembic loads the real directory with its own rules, only that a module consists of its four
identifiers and docstring, so that nothing of the project is imported. A label that is not literal
becomes the last part of its dotted name; a dependency on what is not in the history is dropped.
"""

import ast
import codecs
import json
import io
from pathlib import Path
import re
import signal
import sys
import tokenize
import types
import warnings

from alembic.script import ScriptDirectory
from alembic.script import base as script_base
from alembic.script.base import Script

IDENTIFIERS = ("revision", "down_revision", "branch_labels", "depends_on")
# A cycle that passes Alembic's own check can make it run forever.
TIME_LIMIT = 120


def main():
    histories = json.load(sys.stdin)
    json.dump([history(Path(item["dir"]), item.get("recursive", False)) for item in histories], sys.stdout)


def history(location, recursive):
    # Alembic wants a script directory that exists; with version_locations nothing else is read there.
    directory = ScriptDirectory(
        str(location), version_locations=[str(location)], recursive_version_locations=recursive
    )
    files, modules, computed = [], {}, []
    for path in revision_files(directory, location):
        entry = {"path": path.relative_to(location).as_posix()}
        files.append(entry)
        try:
            entry.update(identifiers(path, computed, modules))
        except (SyntaxError, ValueError, RecursionError) as error:
            entry["error"] = described(error)
            modules[path.resolve()] = error
    dropped = drop_foreign_dependencies(modules)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        graph = in_time(lambda: graph_of(directory, modules))
    return {
        "dir": str(location),
        "files": files,
        "alembic": graph,
        "dropped_dependencies": dropped,
        "substituted_labels": computed,
        "warnings": [str(warning.message) for warning in caught],
    }


def revision_files(directory, location):
    """The files that ScriptDirectory._load_revisions would load, each once."""
    seen = set()
    for path in Script._list_py_dir(directory, location):
        real = path.resolve()
        if script_base._only_source_rev_file.match(real.name) and real not in seen:
            seen.add(real)
            yield path


# Identifiers, by CPython


def identifiers(path, computed, modules):
    raw = path.read_bytes()
    tree, newer = parse(raw, path)
    source = Source(raw)
    header = Header(source)
    header.run(tree.body)
    docstring = ast.get_docstring(tree, clean=False)
    module = types.ModuleType(path.stem)
    module.__doc__ = docstring
    # Steps are made of these, and never run.
    module.upgrade = module.downgrade = lambda: None
    modules[path.resolve()] = module
    entry = {"docstring": docstring, "header_only": newer}
    for name in IDENTIFIERS:
        node = header.nodes.get(name)
        if name not in header.nodes:
            entry[name] = {"missing": True}
        elif name in header.values:
            entry[name] = plain(header.values[name])
            setattr(module, name, header.values[name])
        else:
            text = source.text_of(node)
            entry[name] = {"computed": text}
            value = substitute(node, header, name, text)
            setattr(module, name, value)
            if value is not COMPUTED:
                computed.append({"file": path.name, "name": name, "text": text, "value": plain(value)})
    node = header.nodes.get("down_revision")
    entry["down_revision_range"] = source.range_of(node)
    entry["down_revision_literal_range"] = source.range_of(header.resolved(node))
    return entry


def parse(raw, path):
    """The module, or what precedes its first definition where the rest needs a newer CPython than this one."""
    with warnings.catch_warnings():
        # An invalid escape in a migration is its author's matter.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(raw, str(path)), False
        except SyntaxError:
            definition = re.search(rb"^(?:(?:def|class|async)\b|@)", raw, re.MULTILINE)
            if not definition:
                raise
            return ast.parse(raw[:definition.start()], str(path)), True


class Computed:
    """A value the header does not tell; Alembic is not asked about a history that has one as an id."""


COMPUTED = Computed()


def substitute(node, header, name, text):
    if name in ("revision", "down_revision"):
        return COMPUTED
    parts = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
    values = []
    for part in parts:
        try:
            values.append(header.evaluate(part))
        except Unknown:
            match part:
                case ast.Attribute(attr=last) | ast.Name(id=last):
                    values.append(last)
                case _:
                    values.append(text)
    return tuple(values)


class Unknown(Exception):
    pass


# What an expression may consist of to be evaluated: no call and no attribute reaches the project.
PURE = (
    ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Name, ast.BinOp, ast.UnaryOp, ast.JoinedStr,
    ast.FormattedValue, ast.IfExp, ast.Compare, ast.BoolOp, ast.Subscript, ast.Slice, ast.Starred,
    ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop,
)


class Header:
    """Runs the top-level assignments of a module by CPython's own rules and leaves out everything else."""

    def __init__(self, source):
        self.source = source
        self.values = {}
        self.nodes = {}

    def run(self, body):
        for statement in body:
            match statement:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self.assign(target, value)
                case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                    self.assign(target, value)
                case ast.AnnAssign(value=None):
                    pass
                case ast.If(test=test, body=then, orelse=otherwise):
                    try:
                        self.run(then if self.evaluate(test) else otherwise)
                    except Unknown:
                        self.lose(statement)
                case ast.Try(body=tried, orelse=otherwise, finalbody=last):
                    self.run(tried + otherwise + last)
                case ast.With(body=inner):
                    self.run(inner)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    self.bind(name, statement)
                case _:
                    self.lose(statement)

    def assign(self, target, value):
        match target, value:
            case ast.Name(id=name), _:
                try:
                    result = self.evaluate(value)
                except Unknown:
                    self.bind(name, value)
                else:
                    self.bind(name, value)
                    self.values[name] = result
            case (ast.Tuple(elts=names) | ast.List(elts=names)), (ast.Tuple(elts=values) | ast.List(elts=values)) if (
                len(names) == len(values) and not any(isinstance(part, ast.Starred) for part in names + values)
            ):
                for name, part in zip(names, values):
                    self.assign(name, part)
            case _:
                for node in ast.walk(target):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        self.bind(node.id, value)

    def bind(self, name, node):
        self.nodes[name] = node
        self.values.pop(name, None)

    def lose(self, statement):
        """What a statement that is not followed binds is not known afterwards."""
        for node in ast.walk(statement):
            match node:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    self.bind(name, statement)
                case ast.alias(name=name, asname=alias):
                    self.bind(alias or name.partition(".")[0], statement)

    def evaluate(self, node):
        if not all(isinstance(part, PURE) for part in ast.walk(node)):
            raise Unknown
        code = compile(ast.fix_missing_locations(ast.Expression(node)), "header", "eval")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return eval(code, {"__builtins__": {}}, dict(self.values))
        except Exception:
            raise Unknown from None

    def resolved(self, node):
        seen = set()
        while isinstance(node, ast.Name) and node.id in self.nodes and node.id not in seen:
            seen.add(node.id)
            node = self.nodes[node.id]
        return node


class Source:
    """A file's text as UTF-8, where CPython's lines and columns become byte offsets."""

    def __init__(self, raw):
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        self.bom = len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0
        self.utf8 = raw[self.bom:].decode(encoding.removesuffix("-sig")).encode()
        self.lines = [0, *(match.end() for match in re.finditer(rb"\r\n|\r|\n", self.utf8))]

    def range_of(self, node):
        if node is None:
            return None
        start = self.lines[node.lineno - 1] + node.col_offset
        end = self.lines[node.end_lineno - 1] + node.end_col_offset
        return [self.bom + start, self.bom + end]

    def text_of(self, node):
        start, end = self.range_of(node)
        return self.utf8[start - self.bom:end - self.bom].decode()


def plain(value):
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple() | list():
            return [plain(part) for part in value]
        case set() | frozenset():
            return sorted(plain(part) for part in value)
        case _:
            return {"computed": repr(value)}


def drop_foreign_dependencies(modules):
    known = set()
    loaded = {path: module for path, module in modules.items() if isinstance(module, types.ModuleType)}
    for module in loaded.values():
        known.update(each(getattr(module, "revision", None)))
        known.update(each(getattr(module, "branch_labels", None)))
    dropped = []
    for path, module in loaded.items():
        dependencies = getattr(module, "depends_on", None)
        kept = tuple(name for name in each(dependencies) if name in known)
        foreign = [name for name in each(dependencies) if name not in known]
        if foreign:
            module.depends_on = kept or None
            dropped += [{"file": path.name, "dependency": name} for name in foreign]
    return dropped


def each(value):
    # Alembic takes an empty string for no dependency.
    if not value or value is COMPUTED:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


# The graph, by Alembic


def graph_of(directory, modules):
    def load(folder, filename):
        module = modules[Path(folder, filename)]
        if isinstance(module, Exception):
            raise module
        for name in ("revision", "down_revision"):
            if getattr(module, name, None) is COMPUTED:
                raise ValueError(f"the {name} of {filename} is computed")
        # Script reads the documentation and path of a module, and writes nothing into it.
        module.__file__ = str(Path(folder, filename))
        return module

    original, script_base.util.load_python_file = script_base.util.load_python_file, load
    try:
        graph = directory.revision_map
        scripts = {}
        for name, script in graph._revision_map.items():
            if script is not None and name == script.revision:
                scripts[name] = script
        real_heads = [script.revision for script in directory.get_revisions("heads")]
        return {
            "heads": directory.get_heads(),
            "real_heads": real_heads,
            "bases": directory.get_bases(),
            "branch_points": [name for name, script in scripts.items() if script.is_branch_point],
            "merge_points": [name for name, script in scripts.items() if script.is_merge_point],
            "upgrade": [step.revision.revision for step in directory._upgrade_revs("heads", ())],
            "downgrade": [
                step.revision.revision for step in directory._downgrade_revs("base", tuple(real_heads))
            ],
            "history": [script.revision for script in directory.walk_revisions("base", "heads")],
            "revisions": {name: node(graph, script, directory) for name, script in scripts.items()},
        }
    except Exception as error:
        return {"error": described(error)}
    finally:
        script_base.util.load_python_file = original


def node(graph, script, directory):
    ancestors = {ancestor.revision for ancestor in graph._get_ancestor_nodes([script])}
    return {
        "file": script.path and Path(script.path).name,
        "down_revisions": list(script._versioned_down_revisions),
        "dependencies": list(script._resolved_dependencies),
        "children": sorted(script.nextrev),
        "labels": sorted(script.branch_labels),
        "ancestors": sorted(ancestors - {script.revision}),
    }


def in_time(work):
    if not hasattr(signal, "SIGALRM"):
        return work()

    def give_up(*_):
        raise TimeoutError(f"no answer after {TIME_LIMIT} s")

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(TIME_LIMIT)
    try:
        return work()
    finally:
        signal.alarm(0)


def described(error):
    return {"class": type(error).__name__, "message": str(error)}


if __name__ == "__main__":
    main()
