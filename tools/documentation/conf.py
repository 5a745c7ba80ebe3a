# SPDX-License-Identifier: GPL-2.0-or-later
"""Sphinx: the site that tools/site builds of the pages that pages.py has laid out."""
import os
import re

import furo

with open(os.path.join(os.path.dirname(__file__), "../../CMakeLists.txt"), encoding="utf-8") as stream:
    release = re.search(r"project\([^)]*VERSION ([0-9.]+)", stream.read()).group(1)

# Debian's Furo has its dark colours for the switch alone; given as an option they hold also where the reader's system is dark.
with open(os.path.join(os.path.dirname(furo.__file__), "theme/furo/static/styles/furo.css"), encoding="utf-8") as stream:
    dark = re.search(r'body\[data-theme="?dark"?\] *{(.*?)}', stream.read(), re.S).group(1)

project = "roam"
html_title = f"roam {release}"
language = "en"
extensions = ["myst_parser", "sphinx.ext.githubpages"]  # the second: a site of GitHub keeps folders that begin with _
root_doc = "README"
myst_heading_anchors = 6
html_theme = "furo"
html_theme_options = {"dark_css_variables": dict(re.findall(r"--([\w-]+): *([^;]+);", dark))}
html_static_path = ["static", "/usr/share/javascript/normalize.css/normalize.css"]
html_css_files = ["site.css"]
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_last_updated_fmt = None
pygments_style = "friendly"
pygments_dark_style = "github-dark"
highlight_language = "none"
