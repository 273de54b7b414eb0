"""libclang gets what changes how a source reads; all else is dropped with its reason."""

from __future__ import annotations

import shlex

import pytest

from cppls.project import drivers, flags, foreign


def kept(command: str) -> str:
    return shlex.join(flags.clean(shlex.split(command)).kept)


def test_what_changes_the_reading_is_kept() -> None:
    line = "-DA=1 -UB -Iinc -isystem /s -iquote q -O2 -Wall -Wno-foo -fno-rtti -pthread -msse4.2"
    assert kept(line) == line


def test_values_in_the_next_argument_are_joined() -> None:
    assert kept("-D A=1 -I inc --sysroot /r -target arm-none-eabi") == (
        "-DA=1 -Iinc --sysroot=/r --target=arm-none-eabi"
    )


def test_a_value_that_is_missing_at_the_end_drops_its_flag() -> None:
    for flag in ("-D", "-I", "-isystem", "-include", "-o", "-Xclang", "-x", "--sysroot", "-Wp,"):
        assert "-D" not in kept(f"-O1 {flag}")


@pytest.mark.parametrize(
    "hazard",
    [
        "-fplugin=evil.so",
        "-fplugin-arg-x-y=1",
        "-fpass-plugin=evil.so",
        "-Xclang -load -Xclang evil.so",
        "-Xclang -add-plugin -Xclang evil",
        "-Xclang -plugin -Xclang evil",
        "-mllvm -load=evil.so",
        "-Xclang -mllvm -Xclang -load=evil.so",
        "-load evil.so",
        "--config evil.cfg",
        "--config=evil.cfg",
        "-specs=evil.specs",
        "-specs evil.specs",
        "-wrapper evil,--",
        "-Bevil",
        "-B evil",
        "-fdump-tree-all=evil",
        "-dumpdir evil",
        "-save-temps=obj",
        "-emit-llvm",
        "-emit-pch",
        "-MF evil.d",
        "-MJevil",
        "-MD",
        "-Wp,-MD,evil.d",
        "-Xpreprocessor -MMD",
        "-ftime-trace=evil",
        "-serialize-diagnostics evil",
        "-fmodules",
        "-fmodule-file=evil.pcm",
        "-fmodules-cache-path=evil",
        "-include-pch evil.pch",
        "-Xclang -include-pch -Xclang evil.pch",
        "-resource-dir evil",
        "-index-store-path evil",
        "-fsave-optimization-record=evil",
        "-ivfsoverlay evil",
        "-Xclang -ivfsoverlay -Xclang evil",
        "-o evil",
        "evil.c",
        "-- evil.c",
    ],
)
def test_what_could_load_code_or_write_files_never_passes(hazard: str) -> None:
    cleaned = flags.clean(["-DBEFORE", *hazard.split(), "-DAFTER"])
    assert cleaned.kept in (("-DBEFORE", "-DAFTER"), ("-DBEFORE",))
    assert cleaned.dropped
    assert all(dropped.reason for dropped in cleaned.dropped)


@pytest.mark.parametrize(
    "foreign_flag",
    "-march=native -mtune=zen3 -fno-fat-lto-objects -fconcepts -flto=auto -mno-fentry "
    "-mindirect-branch=thunk-extern -Werror -fvisibility=hidden -fsanitize=bounds-strict "
    "-fcf-protection=check -gdwarf-4 -Wl,-z,now -Wa,-mx -static-libgcc --param=x=1".split(),
)
def test_what_libclang_does_not_know_or_need_is_dropped(foreign_flag: str) -> None:
    cleaned = flags.clean([foreign_flag])
    assert cleaned.kept == ()
    assert cleaned.dropped[0].flag == foreign_flag


def test_a_forced_include_goes_past_the_drivers_search_for_a_precompiled_header() -> None:
    assert kept("-include a.h") == "-Xclang -include -Xclang a.h"
    assert kept("-Xclang -include -Xclang a.h") == "-Xclang -include -Xclang a.h"


def test_macros_for_the_preprocessor_only_are_kept() -> None:
    assert kept("-Wp,-D_FORTIFY_SOURCE=2,-UX,-MD,out.d -Xpreprocessor -DY") == (
        "-D_FORTIFY_SOURCE=2 -UX -DY"
    )


def test_the_last_language_and_standard_count() -> None:
    cleaned = flags.clean(["-xc", "-std=c99", "-x", "c++", "-std=c++20"])
    assert (cleaned.language, cleaned.standard) == ("c++", "c++20")


@pytest.mark.parametrize(
    ("standard", "family", "flag"),
    [
        ("gnu++17", "c++", "-std=gnu++17"),
        ("c11", "c", "-std=c11"),
        ("c11", "c++", None),
        ("c++11", "c", None),
        ("gnu++29", "c++", "-std=gnu++26"),
        ("gnu2z", "c", "-std=gnu23"),
        ("nonsense", "c", None),
        ("", "c++", None),
    ],
)
def test_a_standard_fits_its_language_and_libclang(
    standard: str, family: str, flag: str | None
) -> None:
    assert flags.standard_flag(standard, family) == flag


@pytest.mark.parametrize(
    ("command", "program", "rest"),
    [
        ("g++ -c a.c", "g++", "-c a.c"),
        ("ccache /usr/bin/g++-12 -O2", "/usr/bin/g++-12", "-O2"),
        ("ccache sloppiness=time_macros distcc g++ -O2", "g++", "-O2"),
        ("/usr/bin/env LANG=C nice -n 10 cc -O2", "cc", "-O2"),
        ("cmake -E __run_co_compile --tidy=x --source=a.c -- clang++ -O2", "clang++", "-O2"),
        ("distcc -O2", "distcc", "-O2"),
        ("-O2 -Wall", "", "-O2 -Wall"),
        ("", "", ""),
    ],
)
def test_the_driver_is_found_behind_wrappers(command: str, program: str, rest: str) -> None:
    tokens = command.split()
    driver = drivers.find(tokens)
    assert driver.program == program
    assert tokens[driver.first_argument :] == rest.split()


def test_driver_names() -> None:
    for name in "gcc g++ cc c++ clang clang++-18 clang-18.1 x86_64-w64-mingw32-g++-posix".split():
        assert drivers.is_compiler_name(name)
    assert drivers.is_compiler_name("/usr/bin/arm-none-eabi-gcc-13.2")
    for name in ("gcc-ar", "evil", "gcc.sh", "python3", "c++filt", "nvcc", "-gcc", ""):
        assert not drivers.is_compiler_name(name)
    assert drivers.is_cxx("x86_64-linux-gnu-g++-12")
    assert not drivers.is_cxx("clang")
    assert drivers.cross_target("/opt/arm-none-eabi-gcc-13") == "arm-none-eabi"
    assert drivers.cross_target("gcc-12") == ""


def test_nvcc_unpacks_its_host_flags() -> None:
    line = "-ccbin /usr/bin/g++ -gencode arch=a,code=b -Xcompiler=-fPIC,-Wall -x cu -std=c++17 -DX"
    translated = foreign.from_nvcc(line.split())
    assert translated.host == "/usr/bin/g++"
    cleaned = flags.clean(translated.arguments)
    assert cleaned.kept == ("-fPIC", "-Wall", "-DX")
    assert (cleaned.language, cleaned.standard) == ("cu", "c++17")


def test_cl_is_said_in_gccs_words() -> None:
    line = (
        "/nologo /Iinc /I inc2 /DX=1 /std:c++20 /FIpre.h /EHsc /external:I ext /TP /Foa.obj a.cpp"
    )
    cleaned = flags.clean(foreign.from_cl(line.split()))
    assert shlex.join(cleaned.kept) == (
        "-Iinc -Iinc2 -DX=1 -Xclang -include -Xclang pre.h -isystem ext"
    )
    assert (cleaned.language, cleaned.standard) == ("c++", "c++20")
