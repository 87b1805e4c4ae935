#!/usr/bin/env bash
# mrml 0.2.4 (PyPI): an element that MJML does not have is passed through to the mail, and nobody is told.
#
# Behaviour: <mj-txt> (misspelt <mj-text>) stands as <mj-txt> in the HTML, where no mail program knows it: the text loses
#   its padding, font and table cell. `to_html` raises nothing, and the result's `warnings` is empty, though the type has
#   that field. The reference implementation (mjml on npm) reports "Element mj-txt doesn't exist or is not registered".
# Seen: passed through: True, warnings: []
# Source: mrml/__init__.pyi (Output.warnings, ParserOptions: there is no strict or validating mode); MJML's documentation,
#   "Validating MJML".
# What to do: hold templates to MJML's list of elements before they are rendered.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check mrml==0.2.4
"$work/venv/bin/python" - <<'PYTHON'
import mrml

page = "<mjml><mj-body><mj-section><mj-column><{0}>Hello</{0}></mj-column></mj-section></mj-body></mjml>"
right, misspelt = mrml.to_html(page.format("mj-text")), mrml.to_html(page.format("mj-txt"))
assert "<mj-text>" not in right.content and "Hello" in right.content, "the right spelling is rendered"
passed = "<mj-txt>Hello</mj-txt>" in misspelt.content
print(f"passed through: {passed}, warnings: {misspelt.warnings}")
assert passed and not misspelt.warnings, "the behaviour has changed"
PYTHON
