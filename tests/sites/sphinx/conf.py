"""Sphinx with MyST and Furo."""

from pygments.lexers import YamlLexer

project = "Two workloads"
extensions = ["myst_parser"]
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["clusters.css"]
html_js_files = [("podscope/podscope.js", {"type": "module", "data-upgrade": "autoplay speed=8"})]


def setup(app):
    """A manifest is YAML: it is coloured as that for readers without scripts."""
    app.add_lexer("podscope", YamlLexer)
