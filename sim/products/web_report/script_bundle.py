"""Bundles ES modules into one classic script, because a page opened from a file may not load modules.

Modules are concatenated in the order of their imports. Other forms of import and export are errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files

ENTRY = "main.js"

_IMPORT = re.compile(r"^import \{([\w$,\s]*)\} from \"\./([\w-]+\.js)\";\n", re.M)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const|let)\b)", re.M)
_DECLARED = re.compile(r"^(export )?(?:async function|function\*?|class|const|let) ([\w$]+)", re.M)
_OTHER = re.compile(r"^(?:import|export|var)\b.*|\bimport\(.*", re.M)
_INDENT = re.compile(r"^[ \t]+", re.M)
_COMMENT = re.compile(r"^//.*\n", re.M)
_DESTRUCTURED = re.compile(r"^(?:export )?(?:const|let) [\[{].*", re.M)


class BundleError(ValueError):
    """Modules that cannot be joined into one script."""


@cache
def page_script() -> str:
    """The page's own modules, joined."""
    return bundle(read_module, ENTRY)


def compact(script: str) -> str:
    """A script without indents and without comments that fill a line; its texts may not span lines."""
    return _COMMENT.sub("", _INDENT.sub("", script))


def read_module(name: str) -> str:
    """The text of one of the page's modules. Raises `BundleError` if there is none of this name."""
    source = files("sim.products.web_report").joinpath("scripts", name)
    if not source.is_file():
        raise BundleError(f"{name}: module not found")
    return source.read_text(encoding="utf-8")


def bundle(read: Callable[[str], str] | Mapping[str, str], entry: str) -> str:
    """Join a module and all that it imports into one script.

    Parameters
    ----------
    read : function or mapping
        From the name of a module (`windows.js`) to its text.
    entry : str
        The module that is run.

    Returns
    -------
    str
        A classic script in strict mode. Every module stands once, after those that it imports.

    Raises
    ------
    BundleError
        Where modules import each other in a circle, import what is not exported, declare a name that another module
        declares too, or use a form other than `import {a, b} from "./c.js";` and `export` before a declaration.

    Examples
    --------
    >>> print(bundle({"a.js": 'import {b} from "./b.js";\\nb();\\n', "b.js": "export function b() {}\\n"}, "a.js"))
    "use strict";
    // b.js
    function b() {}
    // a.js
    b();
    """
    load = read.__getitem__ if isinstance(read, Mapping) else read
    texts = dict(_ordered(entry, load, ()))
    owners: dict[str, str] = {}
    for name, text in texts.items():
        _check_imports(name, text, texts)
        for _, declared in _DECLARED.findall(text):
            if declared in owners:
                raise BundleError(f"{name}: {declared} is declared in {owners[declared]} too; rename one of them")
            owners[declared] = name
    return "\n".join(['"use strict";', *(f"// {name}\n{_stripped(name, text)}" for name, text in texts.items())])


def _ordered(name: str, load: Callable[[str], str], above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Modules with their texts, each after those that it imports; again wherever it is imported."""
    if name in above:
        raise BundleError(f"modules import each other in a circle: {' → '.join((*above, name))}")
    text = load(name)
    for _, other in _IMPORT.findall(text):
        yield from _ordered(other, load, (*above, name))
    yield name, text


def _check_imports(name: str, text: str, texts: Mapping[str, str]) -> None:
    for names, other in _IMPORT.findall(text):
        exported = {declared for is_exported, declared in _DECLARED.findall(texts[other]) if is_exported}
        for wanted in re.findall(r"[\w$]+", names):
            if wanted not in exported:
                raise BundleError(f"{name}: imports {wanted}, which {other} does not export")


def _stripped(name: str, text: str) -> str:
    """A module without its import and export words."""
    inside = _EXPORT.sub("", _IMPORT.sub("", text)).strip("\n")
    if wrong := _OTHER.search(inside) or _DESTRUCTURED.search(inside):
        forms = 'use `import {a, b} from "./c.js";` and `export` before a declaration of one name'
        raise BundleError(f"{name}: `{wrong[0].strip()}` cannot be joined with other modules; {forms}")
    if "</script" in inside.lower() or "<!--" in inside:
        raise BundleError(f"{name}: contains text that would end or hide a script in a page")
    return re.sub(r"\n{3,}", "\n\n", inside)
