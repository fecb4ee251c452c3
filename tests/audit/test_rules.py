"""Every rule on what must fire and on look-alikes, through the whole way from a saved config."""

from __future__ import annotations

import pytest

from reconstruct.audit.registry import rules
from tests.audit import cases, spellings
from tests.audit.images import config, entry, of_lines, run

FIRES = [*cases.FIRES, *spellings.FIRES]
SPARES = [*cases.SPARES, *spellings.SPARES]


@pytest.mark.parametrize(("rule", "lines", "at"), FIRES, ids=[f"{rule}-{n}" for n, (rule, _, _) in enumerate(FIRES)])
def test_fires_at_the_step(rule: str, lines: list[str], at: int) -> None:
    found = [finding for finding in of_lines(*lines) if finding.rule == rule]
    assert [finding.step for finding in found] == [at], [(f.rule, f.step, f.message) for f in of_lines(*lines)]


@pytest.mark.parametrize(("rule", "lines"), SPARES, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(SPARES)])
def test_spares_the_look_alike(rule: str, lines: list[str]) -> None:
    assert [finding.message for finding in of_lines(*lines) if finding.rule == rule] == []


def test_every_rule_has_cases() -> None:
    # Those about the record as a whole have tests of their own.
    from tests.audit.test_record import RULES as RECORD_RULES

    fires = {rule for rule, _, _ in FIRES} | set(RECORD_RULES)
    assert {rule.id for rule in rules()} - fires == set()


WINDOWS = [
    ("SRC001", "iex ((New-Object System.Net.WebClient).DownloadString('https://x.example.org/i.ps1'))"),
    ("SRC001", "iwr https://x.example.org/i.ps1 -UseBasicParsing | iex"),
    ("SRC002", "Invoke-WebRequest -Uri https://x.example.org/y.exe -OutFile y.exe ; Start-Process y.exe -Wait"),
    ("SRC003", "(New-Object Net.WebClient).DownloadFile('http://x.example.org/y.msi', 'y.msi')"),
    ("SEC009", "net user bob S3cretPa55 /add"),
    ("SEC003", "$p = ConvertTo-SecureString 'S3cretPa55' -AsPlainText -Force"),
    ("SEC003", "$env:API_TOKEN = 'abc123secret' ; make"),
    ("SEC003", "setx API_TOKEN abc123secret"),
    ("SRC006", "[System.Net.ServicePointManager]::ServerCertificateValidationCallback = {$true} ; make"),
    ("SRC005", "choco install git --allow-empty-checksums"),
    ("USR005", "icacls C:\\app /grant 'Everyone:(OI)(CI)F'"),
    (
        "USR005",
        "$r = New-Object System.Security.AccessControl.FileSystemAccessRule('Everyone','FullControl','Allow'); Set-Acl C:\\a $r",
    ),
    ("SRC001", "& ([scriptblock]::Create((irm https://x.example.org/c.ps1))) -Version 1"),
    ("USR008", "Add-WindowsCapability -Online -Name OpenSSH.Server~~~~0.0.1.0"),
    ("USR008", "Enable-PSRemoting -Force"),
    ("SRC001", "$s = (iwr -useb https://x.example.org/in.ps1).Content; iex $s"),
    ("SRC001", 'iex "& { $(irm https://x.example.org/p.ps1) } -UseMSI"'),
    ("SRC002", "iwr -Uri ('https://x.example.org/{0}.zip' -f $env:V) -OutFile t.zip"),
    (
        "SRC002",
        "$wc = New-Object System.Net.WebClient; $wc.DownloadFile('https://x.example.org/u.exe', 'u.exe'); u.exe /S",
    ),
    ("SRC002", "cmd /c curl -SL --output vs.exe https://x.example.org/vs.exe"),
    ("SRC003", "Start-BitsTransfer http://x.example.org/z.zip z.zip"),
    ("SRC003", "choco source add -n=x -s http://c.example.org/nuget"),
    ("SEC003", "cmdkey /add:srv /user:u /pass:S3cr3tPw9"),
]
WINDOWS_SPARES = [
    ("SRC001", "irm https://x.example.org/v.json | Select-Object version; [scriptblock]::Create('1+1')"),
    ("USR008", "Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0"),
    ("SRC001", "$s = (iwr -useb https://x.example.org/v.txt).Content; iex $t"),
    ("SRC002", "$v = Invoke-RestMethod -Uri ('https://x.example.org/{0}.json' -f $env:V); Write-Host $v"),
    (
        "SRC002",
        "Invoke-WebRequest https://x.example.org/y.exe -OutFile y.exe; "
        "if ((Get-FileHash y.exe -Algorithm sha256).Hash -ne $env:SHA) { exit 1 }",
    ),
    ("SRC001", "Invoke-WebRequest https://x.example.org/y.zip -OutFile y.zip; Expand-Archive y.zip; Remove-Item y.zip"),
    ("SEC003", "$env:PATH = 'C:\\x;' + $env:PATH; $env:API_TOKEN = $env:OTHER"),
]


def _on_windows(text: str) -> list[tuple[str, int | None]]:
    shell = "powershell -Command $ErrorActionPreference = 'Stop';"
    history = [
        {"created": "2026-04-20T00:00:00Z", "created_by": "Apply image 10.0.20348.643"},
        entry(f"SHELL [{shell}]", 0),
        {**entry("ENV X=1", 1), "created_by": f"RUN {shell} {text} # buildkit", "empty_layer": False},
    ]
    settings = {"Shell": ["powershell", "-Command", "$ErrorActionPreference = 'Stop';"]}
    made = config(history, settings, os="windows")
    return [(finding.rule, finding.step) for finding in run(made).findings]


@pytest.mark.parametrize(("rule", "text"), WINDOWS)
def test_fires_in_powershell(rule: str, text: str) -> None:
    assert (rule, 2) in _on_windows(text)


@pytest.mark.parametrize(("rule", "text"), WINDOWS_SPARES)
def test_spares_in_powershell(rule: str, text: str) -> None:
    assert (rule, 2) not in _on_windows(text)


@pytest.mark.parametrize(("folder", "deleted", "hits"), [("/root/", "/root/*.rpm", [2]), ("/etc/", "/etc/x.conf", [])])
def test_a_file_without_a_name_is_known_by_its_folder(folder: str, deleted: str, hits: list[int]) -> None:
    # The classic builder keeps a checksum in the place of the name.
    texts = [f"#(nop) COPY file:{'1f' * 32} in {folder} ", f"rm -f {deleted}"]
    history = [{"created": "2026-04-20T00:00:00Z", "created_by": "/bin/sh -c #(nop) ADD file:" + "0a" * 32 + " in / "}]
    history += [{"created": "2026-04-20T00:00:01Z", "created_by": f"/bin/sh -c {text}"} for text in texts]
    assert [finding.step for finding in run(config(history)).findings if finding.rule == "SIZ001"] == hits
