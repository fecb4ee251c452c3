"""The HTML pages: what they hold, and in a real browser where there is one."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.show.test_leaks import PAYLOADS, SAMPLE, _Saved, page, run

pytest.importorskip("jinja2")
pytest.importorskip("pygments")

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(os.environ.get("AXE_CORE") or ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js")
WINDOWS = str(ROOT / "samples" / "python-3.9-windowsservercore")


def hostile(folder: Path) -> str:
    """An image with markup wherever an image can hold text."""
    text = (
        PAYLOADS["markup"] + "</script><script>document.title='owned'</script>\"'><svg onload=document.title='owned'>"
    )
    saved = _Saved()
    saved.config["author"] = text
    saved.config["created"] = text
    saved.config["config"] |= {"Env": [f"A={text}"], "Labels": {text: text}, "User": text, "Cmd": [text]}
    saved.config["history"][-1] |= {"created_by": f"RUN /bin/sh -c {text}", "comment": text, "author": text}
    saved.config["history"].append({"created_by": text, "empty_layer": True})
    saved.layers[-1]["mediaType"] = text
    saved.entry["annotations"]["org.opencontainers.image.ref.name"] = text
    return saved.write(folder)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of the samples and of a hostile image, by name."""
    folder = tmp_path_factory.mktemp("pages")
    bad = hostile(folder / "bad")
    platforms = "windows(10.0.14393.3930)/amd64", "windows(10.0.17763.1457)/amd64"
    commands = {
        "report": ["report", WINDOWS, "--platform", platforms[0]],
        "audit": ["audit", "--no-hadolint", "--now", "2026-11-01", WINDOWS, "--platform", platforms[0]],
        "diff": ["diff", WINDOWS, "--platform-old", platforms[0], "--platform-new", platforms[1]],
        "hostile report": ["report", bad],
        "hostile audit": ["audit", "--no-hadolint", bad],
        "hostile diff": ["diff", bad, str(SAMPLE)],
    }
    found = {}
    for name, args in commands.items():
        status, out, err = run(*args, "--format", "html")
        assert status in (0, 1), err
        found[name] = folder / f"{name}.html"
        found[name].write_text(out)
    return found


def test_a_page_has_only_our_elements(pages: dict[str, Path]) -> None:
    for path in pages.values():
        page(path.read_text())


def test_the_policy_allows_the_page_s_own_style_and_script_alone(pages: dict[str, Path]) -> None:
    for path in pages.values():
        text = path.read_text()
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert policy
        assert policy[1].replace("&#39;", "'").startswith("default-src 'none'; ")
        for element in ("style", "script"):
            inside = re.search(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
            assert inside
            digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
            assert f"{element}-src &#39;sha256-{digest}&#39;" in text


def test_nothing_is_fetched(pages: dict[str, Path]) -> None:
    for path in pages.values():
        assert not re.search(
            r"""(?:src|@import|url\()\s*[=(]?\s*["']?(?:https?:)?//""", path.read_text().split("<h1>")[0]
        )


def test_the_report_says_what_the_table_says(pages: dict[str, Path]) -> None:
    text = pages["report"].read_text()
    assert "<svg" in text
    assert "aria-label=" in text
    assert 'id="s11"' in text
    assert "The base, mcr.microsoft.com/windows/servercore" in text


def test_findings_are_next_to_their_lines(pages: dict[str, Path]) -> None:
    assert 'class="beside"' in pages["audit"].read_text()


def test_without_the_extra_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from reconstruct.show import page as room

    monkeypatch.setitem(sys.modules, "jinja2", None)
    room._environment.cache_clear()
    status, out, err = run("diff", str(SAMPLE), str(SAMPLE), "--format", "html")
    room._environment.cache_clear()
    assert (status, out) == (2, "")
    assert "pip install 'reconstruct[html]'" in err
    assert len(err.splitlines()) == 1


# --- in a real browser ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra browser)")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with api.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_it_opens_without_an_error_or_a_request(pages: dict[str, Path], browser: Any, scheme: str, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in pages.values():
        said: list[str] = []
        asked: list[str] = []
        tab = context.new_page()
        tab.on("console", lambda message, said=said: said.append(message.text))
        tab.on("pageerror", lambda error, said=said: said.append(str(error)))
        tab.on("dialog", lambda dialog, said=said: (said.append(dialog.message), dialog.dismiss()))
        tab.on("request", lambda request, asked=asked: asked.append(request.url))
        tab.goto(path.as_uri())
        assert said == []
        assert asked == [path.as_uri()]
        assert tab.title() != "owned"
        # Nothing is wider than the window but what scrolls by itself.
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        tab.close()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(pages: dict[str, Path], browser: Any, scheme: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (npm install --prefix tests/browser)")
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    for name, path in pages.items():
        tab = context.new_page()
        tab.goto(path.as_uri())
        tab.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        tab.add_script_tag(path=str(AXE))
        found = tab.evaluate("axe.run()")
        told = [(each["id"], [node["html"][:200] for node in each["nodes"]][:3]) for each in found["violations"]]
        assert told == [], (name, json.dumps(told, indent=1))
        tab.close()
    context.close()


def test_sizes_sort_and_the_bar_leads_to_its_step(pages: dict[str, Path], browser: Any) -> None:
    tab = browser.new_page()
    tab.goto(pages["report"].as_uri())
    head = tab.locator("th", has_text="Transfer")
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    sizes = tab.evaluate(
        "Array.from(document.querySelectorAll('tbody tr td:nth-child(3)'), (cell) => Number(cell.dataset.v))"
    )
    assert sizes == sorted(sizes, reverse=True)
    link = tab.locator("svg.bar a").first
    link.focus()
    link.press("Enter")
    assert tab.url.endswith("#s1")
    tab.close()
