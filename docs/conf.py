"""How Sphinx builds this folder into the documentation site: ``make docs``.

The site works from disk and asks no server for anything: the theme has its own files, formulas
are MathML, and the notebook is shown with the outputs that it was committed with.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("extensions")))

# ------------------------------------------------------------------ what the site is

project = "upbench"
html_title = "upbench"
project_copyright = "2026, the upbench developers"
extensions = [
    "myst_nb",  # Markdown and the notebook
    "sphinx.ext.autodoc",  # the reference, from docstrings
    # Ours, in extensions/, with what was considered instead:
    "command_help",  # sphinx-click takes Click's commands; Typer has a copy of Click of its own
    "claims",  # a quotation's own Markdown must not be read
    "exact_names",  # Sphinx has no option for it
    "leaderboard",  # Sphinx's tables neither sort nor give a row an address
    "google_style",  # napoleon cannot be kept from reading types into attributes' sentences
    "mathml",  # Sphinx offers MathJax and pictures made by LaTeX
    "module_pages",  # sphinx.ext.apidoc writes a page for each module, not sections of a page
    "one_site",  # MyST's links cannot be mapped to pages
]
exclude_patterns = ["extensions"]

# ------------------------------------------------------------------ Markdown

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3  # the anchors that GitHub gives headings
nb_execution_mode = "off"  # the tests execute it and compare
highlight_language = "text"  # indented blocks are commands and output

# ------------------------------------------------------------------ the reference

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"

# ------------------------------------------------------------------ HTML

html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["sortable.js"]
html_copy_source = False
html_show_sourcelink = False
