#!/usr/bin/env python3
"""Grades the checkout that it is run in, and writes result.json: an autograder of Classroom 50."""

import os
import pathlib
import subprocess
import sys
import tempfile

# The course, as `git clone` takes it, or a folder that holds it already.
COURSE = os.environ.get("HANDOFF_COURSE", "https://github.com/YOU/handoff")
# The exercises that are graded; all of them, if none is named.
EXERCISES = os.environ.get("HANDOFF_EXERCISES", "01").split()


def course(place: str) -> pathlib.Path:
    """The folder of the course, which is cloned where it is not there."""
    if pathlib.Path(COURSE, "tools", "course").is_dir():
        return pathlib.Path(COURSE)
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", COURSE, place], check=True)
    return pathlib.Path(place)


def main() -> int:
    """The exit code: anything but 0 is no mark, but a fault of the grading."""
    here = pathlib.Path.cwd()
    with tempfile.TemporaryDirectory() as place:
        one = course(place) / "tools" / "course" / "grading" / "one"
        words = [one, "classroom50", here, here / "result.json", *EXERCISES]
        return subprocess.run(words, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
