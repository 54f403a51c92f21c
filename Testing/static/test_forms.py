"""The forms use what Slicer's widgets have, and the code uses what the forms have."""

import ast
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

API = Path(__file__).resolve().parents[1] / "gui" / "slicer-widget-api.json"
PARAMETER = "SlicerParameterName"
BASE_CLASSES = ("QWidget", "QObject")
WIDGET_NAME = re.compile(
    r"[a-z]\w+(Button|ComboBox|CheckBox|Label|Table|Slider|SpinBox|Selector|Progress|ProgressBar|Section|Edit)"
)
"""How strings look that name a widget."""


@pytest.fixture(scope="module")
def classes() -> dict[str, dict]:
    """What the widget classes of a real Slicer have, by name."""
    return json.loads(API.read_text(encoding="utf-8"))["classes"]


def lineage(classes: dict[str, dict], name: str) -> list[dict]:
    """Return the entries of a class and of its base classes."""
    entries = []
    current: str | None = name
    while current in classes:
        entries.append(classes[current])
        current = classes[current].get("inherits")
    return entries + [classes[base] for base in BASE_CLASSES if classes[base] not in entries]


def members(classes: dict[str, dict], name: str, kind: str) -> set[str]:
    return {member for entry in lineage(classes, name) for member in entry.get(kind, ())}


def widgets(form: Path) -> list[ET.Element]:
    root = ET.parse(form).getroot()  # noqa: S314 - a file of this repository
    assert root.tag == "ui"
    return list(root.iter("widget"))


def names_in(form: Path) -> set[str]:
    root = ET.parse(form).getroot()  # noqa: S314
    return {
        element.get("name", "") for element in root.iter() if element.tag in ("widget", "layout", "action")
    }


def test_every_module_has_a_form_with_widgets(a_module):
    assert a_module.forms
    assert all(len(widgets(form)) > 5 for form in a_module.forms)


def test_every_widget_has_a_name_of_its_own(a_module):
    for form in a_module.forms:
        names = [widget.get("name") for widget in widgets(form)]

        assert None not in names
        assert sorted(names) == sorted(set(names))


def test_every_widget_is_of_a_class_that_slicer_has(a_module, classes):
    used = {widget.get("class") for form in a_module.forms for widget in widgets(form)}

    assert used - set(classes) - set(BASE_CLASSES) == set()


def test_every_property_is_one_that_the_widget_s_class_has(a_module, classes):
    unknown = [
        f"{form.name}: {widget.get('name')}.{element.get('name')}"
        for form in a_module.forms
        for widget in widgets(form)
        for element in widget.findall("property")
        if element.get("name") != PARAMETER
        and element.get("name") not in members(classes, widget.get("class", ""), "properties")
    ]

    assert unknown == []


def test_parameter_names_are_dynamic_properties(a_module):
    for form in a_module.forms:
        for widget in widgets(form):
            for element in widget.findall(f"property[@name='{PARAMETER}']"):
                assert element.get("stdset") == "0", f"{form.name}: {widget.get('name')}"


def test_every_connection_joins_a_signal_and_a_slot_that_exist(a_module, classes):
    for form in a_module.forms:
        root = ET.parse(form).getroot()  # noqa: S314
        class_of = {widget.get("name"): widget.get("class", "") for widget in widgets(form)}
        connections = list(root.iter("connection"))

        assert connections
        for connection in connections:
            sender, signal, receiver, slot = (
                connection.findtext(tag, "") for tag in ("sender", "signal", "receiver", "slot")
            )
            assert signal in members(classes, class_of[sender], "signals"), f"{form.name}: {sender} {signal}"
            slots = {bare(member) for member in members(classes, class_of[receiver], "slots")}
            assert bare(slot) in slots, f"{form.name}: {receiver} {slot}"


def bare(signature: str) -> str:
    """Return name and types of a slot without pointers and the names of arguments."""
    name, types = re.match(r"(?:.* )?(\w+)\((.*?)\)", signature).groups()
    return f"{name}({','.join(part.split()[0].rstrip('*&') for part in types.split(',') if part)})"


def parameter_fields(a_module) -> set[str]:
    """Return the fields of the module's parameter node, those of parameter packs with their pack."""
    packs: dict[str, set[str]] = {}
    nodes: list[ast.ClassDef] = []
    for path in a_module.python_files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
                if "parameterPack" in decorators:
                    packs[node.name] = set(annotated(node))
                if "parameterNodeWrapper" in decorators:
                    nodes.append(node)
    (wrapper,) = nodes
    fields = annotated(wrapper)
    inner = {f"{name}.{part}" for name, kind in fields.items() for part in packs.get(kind, ())}
    return set(fields) | inner


def annotated(node: ast.ClassDef) -> dict[str, str]:
    assignments = (part for part in node.body if isinstance(part, ast.AnnAssign))
    return {ast.unparse(part.target): ast.unparse(part.annotation) for part in assignments}


def test_every_parameter_name_in_a_form_is_a_field_of_the_parameter_node(a_module):
    named = {
        element.findtext("string", "")
        for form in a_module.forms
        for widget in widgets(form)
        for element in widget.findall(f"property[@name='{PARAMETER}']")
    }

    assert named
    assert named - parameter_fields(a_module) == set()


def is_the_form(node: ast.expr) -> bool:
    """Whether an expression is what the widgets of a form hang on: ui, self.ui or self._ui."""
    return ast.unparse(node) in ("ui", "self.ui", "self._ui")


def test_every_widget_that_the_code_uses_is_in_the_form(a_module):
    available = {name for form in a_module.forms for name in names_in(form)}
    used = {
        node.attr: f"{path.name}:{node.lineno}: {node.attr}"
        for path in a_module.python_files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and is_the_form(node.value)
    }

    assert len(used) > 5
    assert [place for name, place in used.items() if name not in available] == []


def test_every_string_that_names_a_widget_names_one_of_the_form(a_module):
    available = {name for form in a_module.forms for name in names_in(form)}
    unknown = [
        f"{path.name}:{node.lineno}: {node.value}"
        for path in a_module.python_files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and WIDGET_NAME.fullmatch(node.value)
        and node.value not in available
    ]

    assert unknown == []


def test_no_interactive_widget_of_a_form_is_left_unused(a_module):
    inert = {
        "QLabel",
        "QWidget",
        "qMRMLWidget",
        "ctkCollapsibleButton",
        "QGroupBox",
        "ctkCollapsibleGroupBox",
        "QFrame",
    }
    code = "\n".join(path.read_text(encoding="utf-8") for path in a_module.python_files)
    unused = [
        f"{form.name}: {widget.get('name')}"
        for form in a_module.forms
        for widget in widgets(form)
        if widget.get("class") not in inert
        and widget.find(f"property[@name='{PARAMETER}']") is None
        and not re.search(rf"\b{widget.get('name')}\b", code)
    ]

    assert unused == []
