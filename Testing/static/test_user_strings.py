"""What the user reads can be translated, and says that it is for research."""

import ast

import pytest

TRANSLATORS = {"_": 1, "tr": 1, "translate": 2}
"""Functions that translate, with the number of their texts."""


def calls(path, names):
    """Return the calls of functions called by one of `names`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = (
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    return [node for node in found if node.func.id in names]


def is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_every_text_that_is_translated_is_a_literal(a_module):
    found = [(path, call) for path in a_module.python_files for call in calls(path, TRANSLATORS)]
    wrong = [
        f"{path.name}:{call.lineno}: {ast.unparse(call)[:80]}"
        for path, call in found
        if len(call.args) != TRANSLATORS[call.func.id] or call.keywords or not all(map(is_literal, call.args))
    ]

    assert len(found) > 5
    assert wrong == []


def test_every_placeholder_has_a_name_that_a_translator_can_move(a_module):
    wrong = [
        f"{path.name}:{call.lineno}: {text.value}"
        for path in a_module.python_files
        for call in calls(path, TRANSLATORS)
        for text in call.args
        if is_literal(text) and ("{}" in text.value or "{0}" in text.value or "%s" in text.value)
    ]

    assert wrong == []


def test_every_module_says_in_its_help_that_it_is_for_research(a_module):
    for path in a_module.top_files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        (help_text,) = (
            " ".join(part.value for part in ast.walk(node.value) if is_literal(part))
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(".helpText")
        )

        assert "research use only" in help_text.lower(), path.name
        assert "not a medical device" in help_text.lower(), path.name


@pytest.mark.parametrize("phrase", ["research use only"])
def test_every_form_has_a_banner_that_says_so(a_module, phrase):
    assert a_module.forms
    for path in a_module.forms:
        assert phrase in path.read_text(encoding="utf-8").lower(), path.name
