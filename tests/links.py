"""Find dead links in the Markdown files: relative paths that do not exist, anchors that no heading makes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)


def anchor(heading: str) -> str:
    """The anchor a heading gets: lower case, punctuation gone, blanks as hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def dead_links(root: Path, files: list[Path]) -> list[str]:
    """Every link of the files that leads nowhere, as `file: target`."""
    dead = []
    for file in files:
        for target in LINK.findall(FENCE.sub("", file.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, fragment = target.partition("#")
            aim = (file.parent / path).resolve() if path else file
            if not aim.exists():
                dead.append(f"{file.relative_to(root)}: {target}")
            elif fragment and aim.suffix == ".md":
                headings = {anchor(text) for text in HEADING.findall(aim.read_text(encoding="utf-8"))}
                if fragment not in headings:
                    dead.append(f"{file.relative_to(root)}: {target} (no such heading)")
    return dead


def main() -> int:
    """Check every Markdown file that git knows or would add."""
    root = Path(__file__).resolve().parent.parent
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    dead = dead_links(root, [root / name for name in listed])
    for line in dead:
        sys.stdout.write(f"dead link: {line}\n")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
