"""A tree of ryaml and strings in it that the server may read otherwise in, the tree as the API server has it out.

How they are written decides, which the tree does not tell and the text often does: a string without white space stands
there letter by letter, but for escapes. Only a plain scalar is a boolean or a number: not one in quotes, nor a block
scalar, which has a line to itself.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from auditor.collectors.yaml.scalars import Scalar, ScalarError, as_json, as_key, plain

_MOST: Final = 1_000_000
"""Characters to look at for all strings together; who has more of them asks the exact reader."""
_LONGEST: Final = 40
_BREAKS: Final = "\n\r\x85\u2028\u2029"


def settle(tree: Any, strings: Collection[str], text: str) -> bool:
    """Replaces those of the strings in a tree that the server takes for something else; False if that is not sure.

    The tree is of no use after that, for some may have been replaced.
    """
    if len(strings) * len(text) > _MOST or max(map(len, strings)) > _LONGEST:
        return False
    unquoted = [string for string in strings if not _always_quoted(string, text)]
    if not unquoted:
        return True
    if type(tree) is str or not all(_surely_plain(string, text) for string in unquoted):
        return False
    try:
        return _replace(tree, {string: plain(string) for string in unquoted})
    except ScalarError:
        return False


def _always_quoted(string: str, text: str) -> bool:
    """Whether a string stands nowhere in the text without quotes."""
    return text.count(string) == text.count(f'"{string}"') + text.count(f"'{string}'")


def _surely_plain(string: str, text: str) -> bool:
    """Whether a string stands nowhere in quotes, with escapes or without, or alone in a line."""
    if string == "<<" or f'"{string}"' in text or f"'{string}'" in text:
        return False
    beginnings = "|".join(re.escape(string[:length]) for length in range(len(string) + 1))
    if "\\" in text and re.search(rf'"(?:{beginnings})\\', text):
        return False
    written = re.escape(string)
    last = re.finditer(rf"{written}(?<![^ {_BREAKS}]{written})(?![^{_BREAKS}])", text)
    return not any(_is_first(text, found.start()) for found in last)


def _is_first(text: str, at: int) -> bool:
    """Whether nothing but spaces stands before a place in its line."""
    while text[at - 1 : at] == " ":
        at -= 1
    return at == 0 or text[at - 1] in _BREAKS


def _replace(tree: Any, values: Mapping[str, Scalar]) -> bool:
    """Puts values in the place of strings, keys included; False where a mapping would have a key twice."""
    level = [tree]
    while level:
        for collection in level:
            if type(collection) is dict and not values.keys().isdisjoint(collection):
                renamed = {as_key(values.get(key, key)): value for key, value in collection.items()}
                if len(renamed) < len(collection):
                    return False
                collection.clear()
                collection.update(renamed)
            for place, value in collection.items() if type(collection) is dict else enumerate(collection):
                if type(value) is str and value in values:
                    collection[place] = as_json(values[value])
        inner = (value for one in level for value in (one.values() if type(one) is dict else one))
        level = [value for value in inner if type(value) is dict or type(value) is list]
    return True
