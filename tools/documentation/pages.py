#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lays the documents of the tree out for Sphinx.

usage: pages.py ROOT DIRECTORY

DIRECTORY, which is empty, gets each document (*.md) and each picture at its path from ROOT. Links that GitHub understands and
Sphinx does not are changed: a folder stands for its README, any other file for a page that shows it as it is. A document that a
sentence names as code becomes a link. `navigation` says the order of the pages. Exit status: 0, or 1 with what is wrong on
standard error."""
import os
import re
import sys

HIDDEN = ".github"  # what a web server may not give out is in `project`
PICTURES = (".svg", ".png")
LANGUAGES = {".c": "c", ".h": "c", ".yaml": "yaml", ".yml": "yaml", ".json": "json", ".py": "python", ".sh": "bash"}
LINK = re.compile(r"(\]\()([^)\s]+)(\))")
NAMED = re.compile(r"(?<![`\[])`([\w./-]+)`(?!`)(?!\])")


def documents_of(root):
    for folder, folders, files in os.walk(root):
        path = os.path.relpath(folder, root)
        folders[:] = [name for name in folders if (not name.startswith(".") or name == HIDDEN) and os.path.join(path, name) != "results/runs"]
        yield from (os.path.normpath(os.path.join(path, name)) for name in files if name.endswith(".md"))


def placed(path):
    return re.sub(r"^\.github/", "project/", path)


class Layout:
    def __init__(self, root, directory):
        self.root, self.directory = root, directory
        self.documents = set(documents_of(root))
        self.wanted = set()  # files that documents link to: pictures, and what gets a page of its own
        self.faults = []

    def write(self, path, text):
        target = os.path.join(self.directory, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as stream:
            stream.write(text)

    def read(self, path):
        with open(os.path.join(self.root, path), "rb") as stream:
            return stream.read()

    def page_of(self, path):
        """Where a link to PATH leads, or nothing."""
        if os.path.isdir(os.path.join(self.root, path)):
            path = os.path.normpath(os.path.join(path, "README.md"))
        if path in self.documents or path.endswith(PICTURES) and os.path.isfile(os.path.join(self.root, path)):
            return path
        return path + ".md" if os.path.isfile(os.path.join(self.root, path)) else None

    def linked(self, document, target):
        if re.match(r"[a-z]+:|#", target):
            return target
        name, _, anchor = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(document), name))
        page = self.page_of(path)
        if path.startswith("..") or page is None:
            self.faults.append(f"{document}: there is no {target}")
            return target
        if page not in self.documents:
            self.wanted.add(path)
        relative = os.path.relpath(placed(page), os.path.dirname(placed(document)))
        return relative + ("#" + anchor if anchor else "")

    def named(self, document, text):
        """A link to the document that TEXT, words in code, names; else what it was."""
        for folder in ("", os.path.dirname(document)):
            path = os.path.normpath(os.path.join(folder, text))
            page = self.page_of(path) if "/" in text or text.endswith(".md") else None
            if page in self.documents and page != document:
                return f"[`{text}`]({os.path.relpath(placed(page), os.path.dirname(placed(document)))})"
        return f"`{text}`"

    def line(self, document, line):
        line = LINK.sub(lambda found: found[1] + self.linked(document, found[2]) + found[3], line)
        if not line.startswith("#"):
            line = NAMED.sub(lambda found: self.named(document, found[1]), line)
        return line

    def document(self, path, below):
        lines, fence = [], None
        for line in self.read(path).decode().splitlines():
            mark = re.match(r" *(```+)", line)
            if mark and fence is None:
                fence = mark[1]
            elif mark and mark[1] == fence:
                fence = None
            elif fence is None:
                line = self.line(path, line)
            lines.append(line)
        for caption, pages in below:
            there = "\n".join(os.path.relpath(placed(page), os.path.dirname(placed(path))) for page in pages)
            title = f":caption: {caption}\n" if caption else ""
            lines.append(f"\n```{{toctree}}\n:hidden:\n{title}\n{there}\n```")
        self.write(placed(path), ("\n".join(lines) + "\n").encode())

    def file(self, path):
        """A page that shows a file that is no document."""
        content = self.read(path)
        if path.endswith(PICTURES):
            self.write(placed(path), content)
            return
        text = content.decode()
        language = LANGUAGES.get(os.path.splitext(path)[1], "none")
        fence = "`" * max([3] + [len(run) + 1 for run in re.findall("`+", text)])
        title = re.sub(r"([_*])", r"\\\1", path)
        self.write(placed(path) + ".md", f"---\norphan: true\n---\n\n# {title}\n\n{fence}{language}\n{text}{fence}\n".encode())


def navigation(path):
    """Of each document the lists of pages below it in the menu, each with its title: [(title, [page, ...]), ...]."""
    below, section, parents = {}, None, []
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            name = line.strip()
            if not name or name.startswith("#"):
                continue
            if name.endswith(":"):
                section, parents = (name[:-1], []), []
                below.setdefault("README.md", []).append(section)
                continue
            depth = (len(line) - len(line.lstrip())) // 2 - 1
            del parents[depth:]
            if depth == 0:
                section[1].append(name)
            else:
                below.setdefault(parents[-1], [("", [])])[0][1].append(name)
            parents.append(name)
    return below


def main():
    root, directory = sys.argv[1:]
    layout = Layout(root, directory)
    below = navigation(os.path.join(os.path.dirname(os.path.abspath(__file__)), "navigation"))
    listed = {page for lists in below.values() for _, pages in lists for page in pages}
    for path in sorted((listed | set(below)) - layout.documents):
        layout.faults.append(f"navigation: there is no {path}")
    for path in sorted(layout.documents):
        layout.document(path, below.get(path, []))
    for path in sorted(layout.wanted):
        layout.file(path)
    for fault in layout.faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if layout.faults else 0)


main()
