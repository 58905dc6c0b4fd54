"""Which language a text is written in: by its name alone, from one table.

A text is never asked for its language: guessing runs every lexer over it. Each lexer of the table is tried with hostile
text by a test; that of Matlab is not here, for it takes half a minute over lines of blanks.
"""

from functools import lru_cache
from typing import Any

from pygments.lexers import find_lexer_class

from files.media_types import extension

_ENDINGS = {
    "Ada": "adb ads",
    "Bash": "sh bash zsh",
    "Batchfile": "bat cmd",
    "C": "c h",
    "C#": "cs",
    "C++": "cpp hpp cc hh cxx hxx",
    "CMake": "cmake",
    "CSS": "css",
    "Clojure": "clj",
    "Common Lisp": "lisp cl",
    "Dart": "dart",
    "Delphi": "pas",
    "Diff": "diff patch",
    "Elixir": "ex exs",
    "Erlang": "erl hrl",
    "Fortran": "f90 f03",
    "GAS": "s",
    "Go": "go",
    "Groovy": "groovy gradle",
    "HTML": "html htm",
    "Haskell": "hs",
    "INI": "ini cfg",
    "JSON": "json jsonl ndjson ipynb",
    "Java": "java",
    "JavaScript": "js mjs cjs",
    "Julia": "jl",
    "Kotlin": "kt kts",
    "Lua": "lua",
    "Makefile": "mk",
    "NASM": "asm nasm",
    "OCaml": "ml mli",
    "PHP": "php",
    "Perl": "pl pm",
    "PowerShell": "ps1 psm1",
    "Properties": "properties",
    "Python": "py pyi pyw",
    "Ruby": "rb",
    "Rust": "rs",
    "S": "r",
    "SCSS": "scss",
    "SQL": "sql",
    "Scala": "scala",
    "Scheme": "scm ss",
    "Swift": "swift",
    "TOML": "toml",
    "TeX": "tex sty",
    "TypeScript": "ts",
    "VHDL": "vhdl vhd",
    "Verilog": "v",
    "XML": "xml xsd xsl svg",
    "YAML": "yaml yml",
}
_WHOLE_NAMES = {"makefile": "Makefile", "dockerfile": "Docker", "cmakelists.txt": "CMake", "gemfile": "Ruby"}
_LANGUAGES = {ending: language for language, endings in _ENDINGS.items() for ending in endings.split()}
# What Pygments calls them, where it is not their name.
_LEXERS = {"VHDL": "vhdl", "Verilog": "verilog"}
# What people call them.
_NAMES = {"S": "R", "GAS": "Assembler", "NASM": "Assembler", "Delphi": "Pascal"}
LANGUAGES = tuple(sorted({*_ENDINGS, *_WHOLE_NAMES.values()}))


def language_of(name: str) -> str:
    """The key of the language in which a file of this name is written; empty for plain text."""
    return _WHOLE_NAMES.get(name.lower()) or _LANGUAGES.get(extension(name), "")


def language_name(language: str) -> str:
    """How people call it."""
    return _NAMES.get(language, language)


@lru_cache(maxsize=64)
def lexer_class(language: str) -> Any:
    """Pygments' class for a key of ``LANGUAGES``."""
    return find_lexer_class(_LEXERS.get(language, language))
