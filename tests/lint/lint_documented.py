#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every public prototype is directly preceded by its comment, and every header opens with one block about itself."""
import re

import lintlib

FUNCTION = re.compile(r"\b([a-z_][a-z0-9_]*)\s*\(")
NO_FUNCTION = re.compile(r"^\s*(typedef\b|(struct|enum|union)\s+\w+\s*(\{|;|__attribute__)|_Static_assert|static_assert"
                         r"|extern\s+\"C\"|[A-Z_0-9]+\s*\()")


def blank_comments(text):
    """`text` with comments made blank but for a mark on the line where each ends, and with preprocessor lines gone."""
    def blank(match):
        lines = match.group(0).count("\n")
        return "\n" * lines + "\x01"
    text = re.sub(r"/\*.*?\*/", blank, text, flags=re.DOTALL)
    text = re.sub(r"//[^\n]*", "\x01", text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: "\n" * match.group(0).count("\n"), text,
                  flags=re.MULTILINE)


def declarations(text):
    """(line, documented, text) of each declaration or definition at file scope."""
    depth = 0
    current, start, documented = "", 0, False
    after_comment = False
    for number, line in enumerate(text.split("\n"), 1):
        code = line.replace("\x01", "")
        if depth == 0 and not current.strip() and code.strip():
            start, documented = number, after_comment
        for character in code:
            if depth == 0:
                current += character
            if character == "{":
                depth += 1
            elif character == "}":
                depth -= 1
                if depth == 0 and FUNCTION.search(current.split("{")[0]):
                    yield start, documented, current
                    current = ""
            elif character == ";" and depth == 0:
                yield start, documented, current
                current = ""
        if depth == 0:
            current += " "
        # a comment behind code documents that line, not the next one
        after_comment = "\x01" in line and not code.strip()


def check(root):
    complaints = []
    headers = [path for path in lintlib.files(root, ".h") if not path.startswith("tests/")]
    if not headers:
        return ["no header found"]
    for path in headers:
        text = lintlib.read(root, path)
        if not re.match(r"/\* SPDX[^\n]*\n/\*\n \* [a-z0-9_]+: ", text):
            complaints.append(f"{path}: opens with no block comment `name: what it is`")
        for line, documented, declaration in declarations(blank_comments(text)):
            if NO_FUNCTION.match(declaration):
                continue
            name = FUNCTION.search(declaration)
            if name and not documented:
                complaints.append(f"{path}:{line}: {name.group(1)} has no comment directly above it")
    return complaints


HEAD = lintlib.SPDX + "/*\n * a: nothing much.\n */\n#ifndef A_H\n#define A_H\n"
GOOD = {
    "policy/a.h": HEAD + """#define CALL(x) \\
	call(x)
struct a {
	int (*call)(int one);
};
struct forward;
extern const int NUMBER;

/* a_one does one thing. */
int a_one(int a,
	  int b) __attribute__((format(printf, 1, 2)));

/*
 * a_two does two.
 */
static inline int a_two(void)
{
	return f(2);
}
CLEANUP_DEFINE(struct a, a_free);
#endif
"""}
FAULTS = {
    "no comment": {"policy/b.h": HEAD + "int b(void);\n#endif\n"},
    "a blank line between": {"policy/b.h": HEAD + "/* b is far. */\n\nint b(void);\n#endif\n"},
    "the second of two": {"policy/b.h": HEAD + "/* b is it. */\nint b(void);\nint c(void);\n#endif\n"},
    "a comment behind the line before": {"policy/b.h": HEAD + "#define X 1\nextern int d; /* d */\nint c(void);\n#endif\n"},
    "an inline function": {"web/b.h": HEAD + "static inline int b(void)\n{\n\treturn 1;\n}\n#endif\n"},
    "after an inline function": {
        "web/b.h": HEAD + "/* b is it. */\nstatic inline int b(void)\n{\n\treturn 1;\n}\nint c(void);\n#endif\n"},
    "no block about the header": {"policy/b.h": lintlib.SPDX + "#ifndef B_H\n#define B_H\n#endif\n"},
}

if __name__ == "__main__":
    lintlib.main(check, GOOD, FAULTS)
