"""Examples of each command, for `--help`, the man pages and the documentation's reference."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "dockerfile": (
        "reconstruct dockerfile app.tar > Dockerfile",
        "docker save app:1.2 | reconstruct dockerfile -",
        "reconstruct dockerfile configs/ --output-dir dockerfiles --jobs 2",
    ),
    "base": ("reconstruct base app.tar", "reconstruct base --format json app.tar"),
    "report": (
        "reconstruct report app.tar --sort size --top 5",
        "reconstruct report --format html -o app.html app.tar",
    ),
    "ast": ("reconstruct ast app.tar", "reconstruct ast app.tar | jq '.steps[] | select(.certainty == \"lost\")'"),
    "list": ("reconstruct list app.tar", "reconstruct list --format json builds/"),
    "diff": (
        "reconstruct diff old.tar new.tar",
        "reconstruct diff --format markdown --ignore label old.tar new.tar",
        "reconstruct diff last-week/ mirror/ --jobs 2",
    ),
    "verify": (
        "reconstruct verify app.tar Dockerfile",
        "reconstruct verify --target prod --build-arg VERSION=1.2 app.tar Dockerfile",
        "reconstruct verify images/ 'services/{name}/Dockerfile'",
    ),
    "audit": (
        "reconstruct audit app.tar",
        "reconstruct audit --fail-on high --format sarif -o audit.sarif builds/",
        "reconstruct audit configs/ --format jsonl --jobs 2 > audit.jsonl",
    ),
    "catalogue": ("reconstruct catalogue add bases/", "reconstruct catalogue list 'acme/*'"),
    "files": ("reconstruct files app.tar --top 10", "reconstruct files archives/ --format jsonl > files.jsonl"),
    "export": (
        "reconstruct export app.tar app/ && docker build app/",
        "reconstruct export archives/ --output-dir apps",
    ),
    "cat": ("reconstruct cat app.tar /etc/os-release", "reconstruct cat app.tar /app/config.json | jq ."),
    "rules": ("reconstruct rules", "reconstruct rules --format markdown > rules.md"),
    "explain": ("reconstruct explain SEC001", "reconstruct explain base-without-digest"),
}


def epilog(name: str) -> str | None:
    """The examples as click's epilog, in a form that it doesn't wrap."""
    lines = EXAMPLES.get(name)
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines) if lines else None
