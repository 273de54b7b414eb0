"""The tables behind ``flags.py``: which flags libclang gets, and why it does not get others.

Data only. Facts about options are from the manuals of clang 22 and gcc 14; what a value does to a
parse (fails it, gives "unknown argument") was tried with libclang 22.1.4.
"""

from __future__ import annotations

import re
from typing import Final

IRRELEVANT: Final = "does not change how the source reads"
LOADS_CODE: Final = "would load code into the server"
WRITES: Final = "would write files"
LINKER: Final = "for the linker"
ASSEMBLER: Final = "for the assembler"
CODEGEN: Final = "only changes the generated code"
BINARY: Final = "names a binary that only the project's own compiler can read"
INPUT: Final = "an input file, not a flag"
THIS_MACHINE: Final = "means the machine that compiles; the parse must not depend on it"

STANDARD: Final = re.compile(r"(?P<family>c|gnu|c\+\+|gnu\+\+|iso9899:)(?P<year>\w+)")
C_YEARS: Final = frozenset(
    "89 90 94 99 9x 11 1x 17 18 23 2x 2y 1990 199409 1999 199x 2011 2017 2018 2024".split()
)
CXX_YEARS: Final = frozenset("98 03 11 0x 14 1y 17 1z 20 2a 23 2b 26 2c".split())

# Kept, with their value joined or in the next argument.
FOLDERS: Final = ("-isystem", "-iquote", "-idirafter", "-iframework", "-isysroot")
JOINED: Final = ("-I", "-D", "-U", "-F")
FORCED: Final = ("-include", "-imacros")
SPELLED_LONG: Final = {"--sysroot": "--sysroot", "-target": "--target", "--target": "--target"}

# Kept as they are.
PLAIN: Final = frozenset(
    "-pthread -ansi -pedantic -pedantic-errors -w -trigraphs -undef -nostdinc -nostdinc++ "
    "-nobuiltininc -O -O0 -O1 -O2 -O3 -Os -Oz -Og --cuda-host-only -nocudainc -nocudalib".split()
)
PLAIN_PREFIXES: Final = ("-stdlib=", "--cuda-path=", "--sysroot=", "--target=", "-ftemplate-depth")

# Dropped together with the next argument.
DROPPED_WITH_VALUE: Final = {
    "-o": IRRELEVANT,
    "-MF": WRITES,
    "-MT": IRRELEVANT,
    "-MQ": IRRELEVANT,
    "-MJ": WRITES,
    "-Xlinker": LINKER,
    "-Xassembler": ASSEMBLER,
    "-Xanalyzer": IRRELEVANT,
    "-Xopenmp-target": CODEGEN,
    "-Xcuda-ptxas": CODEGEN,
    "-Xcuda-fatbinary": CODEGEN,
    "-mllvm": "changes LLVM itself, and can load code",
    "-wrapper": "would run a program",
    "-specs": "would run programs",
    "--specs": "would run programs",
    "-B": "tells where programs lie that would be run",
    "--config": "reads more flags from a file",
    "-aux-info": WRITES,
    "-dumpbase": WRITES,
    "-dumpbase-ext": WRITES,
    "-dumpdir": WRITES,
    "-serialize-diagnostics": WRITES,
    "--serialize-diagnostics": WRITES,
    "-index-store-path": WRITES,
    "-dependency-file": WRITES,
    "-plugin": LOADS_CODE,
    "-load": LOADS_CODE,
    "-add-plugin": LOADS_CODE,
    "-include-pch": BINARY,
    "-ivfsoverlay": "maps files to others",
    "-resource-dir": "libclang needs its own builtin headers",
    "-working-directory": "the folder of the command counts",
    "-gcc-toolchain": IRRELEVANT,
    "-arch": "the target comes from the compiler",
    "-framework": LINKER,
    "-T": LINKER,
    "-u": LINKER,
    "-z": LINKER,
    "-e": LINKER,
    "-l": LINKER,
    "-L": LINKER,
    "--param": CODEGEN,
    "-A": IRRELEVANT,
    "-iprefix": "a prefix for folders that only gcc joins",
    "-iwithprefix": "a folder that only gcc joins to a prefix",
    "-iwithprefixbefore": "a folder that only gcc joins to a prefix",
}

# Dropped; the first prefix that fits gives the reason.
DROPPED_PREFIXES: Final = (
    ("-fplugin", LOADS_CODE),
    ("-fpass-plugin", LOADS_CODE),
    ("-specs=", "would run programs"),
    ("--specs=", "would run programs"),
    ("-B", "tells where programs lie that would be run"),
    ("--config", "reads more flags from a file"),
    ("-resource-dir", "libclang needs its own builtin headers"),
    ("-working-directory", "the folder of the command counts"),
    ("-fmodule", "built modules can only be read by the compiler that wrote them"),
    ("-fprebuilt-module", "built modules can only be read by the compiler that wrote them"),
    ("-fimplicit-module", "built modules can only be read by the compiler that wrote them"),
    ("-fcxx-modules", "built modules can only be read by the compiler that wrote them"),
    ("-fdump", WRITES),
    ("-dump", WRITES),
    ("-save-temps", WRITES),
    ("--save-temps", WRITES),
    ("-emit", WRITES),
    ("-ftime-trace", WRITES),
    ("-fprofile", WRITES),
    ("-fcoverage", WRITES),
    ("-ftest-coverage", WRITES),
    ("-fstack-usage", WRITES),
    ("-fcallgraph-info", WRITES),
    ("-fsave-optimization-record", WRITES),
    ("-foptimization-record", WRITES),
    ("-fcrash-diagnostics", WRITES),
    ("-fdiagnostics", "the editor shows the diagnostics"),
    ("-fmessage-length", "the editor shows the diagnostics"),
    ("-fcolor", "the editor shows the diagnostics"),
    ("-fno-color", "the editor shows the diagnostics"),
    ("-M", WRITES),
    ("-gen-cdb", WRITES),
    ("-Wl,", LINKER),
    ("-Wa,", ASSEMBLER),
    ("-l", LINKER),
    ("-L", LINKER),
    ("-march=native", THIS_MACHINE),
    ("-mcpu=native", THIS_MACHINE),
    ("-mtune=", CODEGEN),
    ("-flto", CODEGEN),
    ("-fno-lto", CODEGEN),
    ("-g", "debug information is for the generated code"),
    ("-R", "remarks are for the optimiser"),
)

# The -f flags that change macros, keywords, types or what is an error. gcc's others either
# change code only or are unknown to clang ("unknown argument: '-fno-fat-lto-objects'").
# Each form below was parsed by libclang 22, as C and as C++, without an error.
LANGUAGE_SWITCHES: Final = frozenset(
    """
    access-control aligned-allocation aligned-new asm asm-blocks blocks borland-extensions builtin
    char8_t constant-cfstrings cxx-exceptions declspec delayed-template-parsing digraphs
    dollars-in-identifiers elide-constructors exceptions fast-math finite-math-only fixed-point
    gnu-inline-asm gnu-keywords math-errno ms-compatibility ms-extensions objc-arc openmp
    operator-names pack-struct pascal-strings pic pie PIC PIE rtti short-enums short-wchar
    signed-char sized-deallocation stack-protector threadsafe-statics trigraphs unsigned-char wrapv
    """.split()
)
"""``-fNAME`` and ``-fno-NAME``."""
LANGUAGE_FLAGS: Final = re.compile(
    r"""-f(?:freestanding|hosted|experimental-library|stack-protector-(?:all|strong)
    |(?:constexpr-depth|constexpr-steps|template-depth|template-backtrace-limit|bracket-depth
      |pack-struct|max-type-align|new-alignment|aligned-new)=\d+
    |template-depth-\d+ | no-builtin-\w+
    |ms-compatibility-version=\d+(?:\.\d+)* | strict-flex-arrays=[0-3]
    |objc-runtime=(?:macosx|ios|watchos|gnustep|gcc|objfw)(?:-\d+(?:\.\d+)*)?)""",
    re.VERBOSE,
)
"""Those with only one form, or with a value."""
# Features that sources ask for with __has_feature; gcc has sanitizers that clang has not.
SANITIZERS: Final = frozenset({"address", "leak", "memory", "thread", "undefined"})

# The -m flags that change the type model or predefined macros.
MACHINE: Final = re.compile(
    r"-m(?:no-)?(?:16|32|64|x32|arch=.+|cpu=.+|abi=.+|float-abi=.+|fpu=.+|fpmath=.+|mcu=.+"
    r"|thumb|arm|soft-float|hard-float|general-regs-only|cmodel=(?:tiny|small|kernel|medium|large)"
    r"|long-double-(?:64|80|128)|ms-bitfields|rtd|regparm=\d|red-zone|big-endian|little-endian"
    r"|mmx|3dnow|sse\w*(?:\.\d)?|ssse3|avx\w*(?:[-.]\w+)*|fma4?|f16c|aes|vaes|pclmul|vpclmulqdq"
    r"|popcnt|lzcnt|bmi2?|tbm|xop|sha|sha512|rdrnd|rdseed|rdpid|adx|fsgsbase|cx16|gfni|movbe|sahf"
    r"|prfchw|clflushopt|clwb|xsave\w*|amx-\w+|altivec|vsx|crypto|strict-align"
    r"|branch-protection=.+|macosx-version-min=.+|ios-version-min=.+|macos-version-min=.+)"
)
QUERY: Final = re.compile(
    r"-m(?:16|32|64|x32|thumb|arm|float-abi=.+|abi=.+|arch=.+|cpu=.+|mcu=.+)"
    r"|--sysroot=.+|--target=.+|-stdlib=.+|--gcc-toolchain=.+|-nostdinc(?:\+\+)?"
)
