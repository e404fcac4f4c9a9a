# The course, as `git clone` takes it: one of your own, with your points.txt.
COURSE=https://github.com/YOU/handoff
# The exercises that are graded; all of them, if none is named.
EXERCISES="01"
# Further flags, such as --show-expected never. A machine without Landlock needs --unsandboxed, and the report says so.
HANDOFF_GRADE=""
