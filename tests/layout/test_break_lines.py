"""Lines come back as authors wrote them: each case is the layout, joined as a builder joins it, and found again."""

from __future__ import annotations

import pytest

from reconstruct.layout import break_lines

SH = ("/bin/sh", "-c")
POWERSHELL = ("powershell", "-Command", "$ErrorActionPreference = 'Stop';")
CMD = ("cmd", "/S", "/C")

# Each line without its continuation character, and as the author indented it.
LAYOUTS = {
    "tabs, `;` at line ends, a block and empty lines": [
        "set -eux; ",
        "\t",
        '\tarch="$(uname -m)"; ',
        '\tcase "$arch" in ',
        "\t\t'x86_64') ",
        "\t\t\turl='https://example.com/a.tgz'; ",
        "\t\t\t;; ",
        "\t\t*) echo >&2 \"error: unsupported '$arch'\"; exit 1 ;; ",
        "\tesac; ",
        "\t",
        '\twget -O a.tgz "$url"; ',
        "\ttar --extract ",
        "\t\t--file a.tgz ",
        "\t\t--strip-components 1 ",
        "\t; ",
        "\trm a.tgz; ",
        "\t",
        '\tif [ -n "${A:-}" ]; then ',
        "\t\techo nested; ",
        "\t\tfor f in 1 2 3; do ",
        '\t\t\techo "$f  two  spaces"; ',
        "\t\tdone; ",
        "\tfi; ",
        "\techo end",
    ],
    "tabs, a list with empty lines in it": [
        "set -eux; ",
        "\tapt-get update; ",
        "\tapt-get install -y --no-install-recommends ",
        "\t\tbzip2 ",
        "\t\tunzip ",
        "\t\t",
        "\t\tfontconfig libfreetype6 ",
        "\t\t",
        "\t\tca-certificates ",
        "\t; ",
        "\trm -rf /var/lib/apt/lists/*",
    ],
    "what gets printed is indented, and is no line of its own": [
        "set -e; ",
        "    printf 'while true; do\\n' >> /run.sh; ",
        "    printf '    date\\n' >> /run.sh; ",
        "    printf '    sleep 1\\n' >> /run.sh; ",
        "    printf '    sync\\n' >> /run.sh; ",
        '    echo -e "    done" >> /run.sh; ',
        "    chmod +x /run.sh",
    ],
    "a condition lined up with those below": [
        "set -e; ",
        '  if   [ "$A" = 1 ]; then ',
        "    one; ",
        '  elif [ "$A" = 2 ]; then ',
        "    two; ",
        "  fi",
    ],
    "an operator on a line of its own behind a list, another at a line end": [
        "apt-get update && ",
        "    apt-get install -y ",
        "        git ",
        "        curl ",
        "        && ",
        "    ldconfig && ",
        "    apk del  git",
    ],
    "commands behind one blank, lists behind a tab": [
        'echo "**** install ****" && ',
        " apk add --no-cache ",
        "\tcurl ",
        "\tgit && ",
        ' echo "**** clean ****" && ',
        " rm -rf /tmp/* && ",
        " rm -rf /root/.cache",
    ],
    "a quoted list of options, the first one on a line of its own": [
        "VERSION=1 ",
        '\t&& CONFIG="',
        "\t\t--prefix=/etc/nginx ",
        "\t\t--sbin-path=/usr/sbin/nginx ",
        '\t" ',
        "\t&& ./configure $CONFIG ",
        "\t&& make ",
        "\t&& make install",
    ],
    "operators without indentation behind a list": [
        "apt-get update && apt-get install -y ",
        "\tgcc ",
        "\tg++ ",
        "&& apt-get clean ",
        "&& rm -rf /var/lib/apt/lists/*",
    ],
    "four blanks, `&&` at line ends": [
        "apt-get update && ",
        "    apt-get install -y --no-install-recommends ",
        "        curl ",
        "        git && ",
        "    rm -rf /var/lib/apt/lists/*",
    ],
    "no blank before the continuation": [
        "apt-get update &&",
        "    apt-get install -y curl &&",
        "    rm -rf /var/lib/apt/lists/*",
    ],
    "four blanks, `&&` first": [
        "set -x ",
        "    && apk add --no-cache ",
        "        bash ",
        "        curl ",
        "    && mkdir -p /a/b",
    ],
    "one blank, `&&` first": ["cd /tmp ", " && make ", " && make install ", " && rm -rf /tmp/x"],
    "two blanks, `&&` first, arguments lined up": [
        "mkdir -p ",
        "      /tmp/a ",
        "      /tmp/b ",
        "  && rmdir /tmp/a ",
        "           /tmp/b",
    ],
    "empty lines of blanks": [
        "set -eux; ",
        "    ",
        '    arch="$(apk --print-arch)"; ',
        '    wget "$url"; ',
        "    ",
        "    chmod +x a; ",
        "    ./a; ",
        "    rm a",
    ],
    "operators on lines of their own": [
        "apk add --no-cache ",
        "        git ",
        "        bash ",
        "        && ",
        "    pip install -U pip && ",
        "    pip install x",
    ],
    "continuations lined up": [
        "yum -y install   ",
        "    git              ",
        "    gcc-c++          ",
        "    libcurl-devel    ",
        "    ncurses-devel    ",
        "    rsync",
    ],
    "operators lined up at line ends": [
        "curl -LO http://example.com/latest.tar.gz       && ",
        "    tar xzf /latest.tar.gz -C /var/www/html     && ",
        "    rm /latest.tar.gz                           && ",
        "    chown -R apache:apache /var/www/",
    ],
    "two blanks in a string and in a line": [
        "curl -fsSLO https://example.com/x ",
        '    && echo "$SUM  x" | sha256sum -c - ',
        "    && chmod  +x x ",
        "    && mv x /usr/bin",
    ],
    "a string that goes on": [
        "set -x ",
        '    && packages=" ',
        "        nginx=1 ",
        "        njs=2 ",
        '    " ',
        "    && apk add $packages",
    ],
    "case arms lined up": [
        'case "$arch" in ',
        "        amd64)  a='x' ;; ",
        "        arm)    a='y' ;; ",
        "        *)      exit 1 ;; ",
        "    esac; ",
        "    echo $a",
    ],
    "braces": [
        "{ ",
        "\t\techo '[section]'; ",
        "\t\techo 'key = value'; ",
        "\t} > /conf; ",
        "\tcat /conf | ",
        "\t\tsed -e 's/a  b/c/'",
    ],
    "one blank too many before one continuation": [
        "apt-get update && apt-get install -y ",
        "    curl ",
        "    git  ",
        "    make ",
        "    gcc ",
        "    && rm -rf /var/lib/apt/lists/*",
    ],
    "seven blanks": [
        "apt-get update && ",
        "       apt-get install -y curl && ",
        "       rm -rf /var/lib/apt/lists/*",
    ],
    "commands deeper than those around, without empty lines": [
        "mkdir -p /src ",
        "    && cd /src ",
        "        && ./configure ",
        "        && make ",
        "        && make install ",
        "    && rm -rf /src",
    ],
    "blanks, then a tab": [
        "apt-get update && ",
        "    \tapt-get install -y curl && ",
        "    \trm -rf /var/lib/apt/lists/*",
    ],
    "a tab within a line": [
        "set -x && ",
        "    printf 'a\\n' >\t/x && ",
        "    make && ",
        "    make install",
    ],
    "gaps in short strings as wide as the breaks": [
        "set -x ",
        "    && echo 'a     b' > /x ",
        '    && echo "deb     http://example.com" >> /y ',
        "    && sed -i 's/^     foo/bar/' /etc/x ",
        "    && make",
    ],
    "a string that begins with a break": [
        "set -x && ",
        '    packages="',
        "        curl ",
        "        git ",
        '    " && ',
        "    apt-get install -y $packages",
    ],
    "the first of a list on the command's own line": [
        "apt-get update ",
        "    && apt-get install -y autoconf ",
        "                          build-essential ",
        "                          curl ",
        "    && apt-get install -y libtiff5 ",
        "                          libtiff5-dev ",
        "                          zlib1g-dev ",
        "    && make",
    ],
    "`;` before the closing word": [
        "if [ ${A} = true ]; then ",
        "    apt-get install -y curl ",
        ";else ",
        "    apt-get install -y wget ",
        ";fi",
    ],
    "an instruction swallowed by a continuation too many": [
        "apt-get update ",
        "    && make ",
        "RUN make install",
    ],
    "one short line of commands": ["apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*"],
}


@pytest.mark.parametrize("lines", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_posix_shell(lines: list[str]) -> None:
    assert visible(break_lines("".join(lines), shell=SH)) == visible(lines)


def visible(lines: list[str] | tuple[str, ...]) -> list[str]:
    """Lines without the blanks at their ends, which no one sees."""
    return [line.rstrip() for line in lines]


def test_powershell() -> None:
    lines = [
        "$url = ('https://example.com/v{0}.zip' -f $env:V); ",
        "\tWrite-Host ('Downloading {0} ...' -f $url); ",
        "\tInvoke-WebRequest -Uri $url -OutFile 'a.zip'; ",
        "\t",
        "\tif ((Get-FileHash a.zip -Algorithm sha256).Hash -ne $env:SHA) { ",
        "\t\tWrite-Host 'FAILED!'; ",
        "\t\texit 1; ",
        "\t}; ",
        "\t",
        "\tWrite-Host '  a --version'; a --version; ",
        "\tRemove-Item a.zip -Force",
    ]
    assert visible(break_lines("".join(lines), shell=POWERSHELL, escape="`")) == visible(lines)


def test_powershell_called_from_cmd() -> None:
    lines = [
        'powershell -Command " ',
        "        $ErrorActionPreference = 'Stop'; ",
        "        $ProgressPreference = 'SilentlyContinue'; ",
        "        ",
        "        Invoke-WebRequest -OutFile a.zip https://example.com/a.zip; ",
        "        if ((Get-FileHash a.zip).Hash -ne $sum) { ",
        "            Write-Host 'CHECKSUM VERIFICATION FAILED!'; ",
        "            exit 1; ",
        "        }; ",
        '        Remove-Item a.zip"',
    ]
    assert visible(break_lines("".join(lines), shell=CMD, escape="`")) == visible(lines)


def test_cmd() -> None:
    lines = ['curl -SLo "a  b.exe" %URL% ', "    && start /w a.exe /quiet ", "    && del a.exe"]
    assert visible(break_lines("".join(lines), shell=CMD, escape="`")) == visible(lines)


def test_the_language_tells_strings() -> None:
    text = "echo 'one    two    three' && mv a b"
    assert break_lines(text, shell=SH) != break_lines(text, shell=CMD)


def test_an_indentation_is_not_trailing_blanks_of_a_long_line() -> None:
    lines = ["curl -SLo a.exe %A%" + 40 * " ", "  && start a.exe ", "  && del a.exe"]
    assert visible(break_lines("".join(lines), shell=CMD)) == visible(lines)


def test_a_long_chain_without_indentation_is_broken_at_its_commands() -> None:
    commands = [f"curl -fsSL -o /tmp/file{i} https://example.com/downloads/file{i}" for i in range(6)]
    lines = break_lines(" && ".join(commands), shell=SH)
    assert lines == (*(c + " && " for c in commands[:-1]), commands[-1])


def test_a_space_missing_before_operators_shows_that_they_come_first() -> None:
    commands = [f"curl -fsSL -o /tmp/file{i} https://example.com/downloads/file{i}" for i in range(6)]
    lines = break_lines("&& ".join(commands), shell=SH)
    assert lines == (commands[0], *("&& " + c for c in commands[1:]))


def test_a_chain_in_parentheses_or_strings_is_unchanged() -> None:
    inner = " && ".join(f"curl -fsSL -o /tmp/file{i} https://example.com/downloads/file{i}" for i in range(6))
    assert break_lines(f"( {inner} )", shell=SH) == (f"( {inner} )",)
    assert break_lines(f'sh -c "{inner}"', shell=SH) == (f'sh -c "{inner}"',)


def test_other_instructions_are_read_as_words() -> None:
    lines = ["PATH=/a:$PATH ", '    NOTE="two  blanks" ', "    LANG=C.UTF-8"]
    assert visible(break_lines("".join(lines), shell=CMD, kind="ENV")) == visible(lines)
    assert visible(break_lines("".join(lines), shell=POWERSHELL, kind="LABEL")) == visible(lines)


def test_only_runs_are_broken_without_evidence() -> None:
    chain = " && ".join(f"curl -fsSL -o /tmp/file{i} https://example.com/downloads/file{i}" for i in range(6))
    assert break_lines(chain, shell=SH, kind="CMD") == (chain,)


def test_flat_is_one_line() -> None:
    assert break_lines("a; \tb; \tc", shell=SH, mode="flat") == ("a; \tb; \tc",)


def test_a_text_with_newlines_is_unchanged() -> None:
    assert break_lines("<<EOF\n\ta; \tb\nEOF", shell=SH) == ("<<EOF\n\ta; \tb\nEOF",)


PRETTY = """\
set -eux; \\
    apt-get update; \\
    if [ -n "$x  y" ]; then \\
        echo a; \\
        for i in 1 2; do \\
            echo $i; \\
        done; \\
    else \\
        foo; \\
    fi; \\
    cd /tmp \\
    && make \\
    || exit 1"""


def test_pretty_puts_one_command_on_a_line() -> None:
    text = (
        'set -eux; apt-get update;   if [ -n "$x  y" ]; then echo a; for i in 1 2; do echo $i; done; else foo; fi; '
        "cd /tmp && make || exit 1"
    )
    assert "\\\n".join(break_lines(text, shell=SH, mode="pretty")) == PRETTY


def test_pretty_leaves_what_it_cannot_read() -> None:
    assert break_lines("echo it's && b", shell=SH, mode="pretty") == ("echo it's && b",)


def test_pretty_knows_the_languages() -> None:
    assert break_lines("A `; b; C", shell=POWERSHELL, mode="pretty") == ("A `; b; ", "    C")
    assert break_lines("set X=a;b && c", shell=CMD, mode="pretty") == ("set X=a;b ", "    && c")
