"""All rules, in the order in which they are listed. A rule's module is imported when an audit runs, not before."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

from reconstruct.audit.rule import Rule
from reconstruct.errors import NotFoundError

MODULES: tuple[str, ...] = (
    "sec001_env",
    "sec002_arg",
    "sec003_command",
    "sec004_private_key",
    "sec005_url",
    "sec006_token",
    "sec007_login_file",
    "sec008_label",
    "sec009_account",
    "sec010_secret_file",
    "sec011_open_door",
    "src001_pipe_to_shell",
    "src002_unchecked_download",
    "src003_plain_http",
    "src004_add_url",
    "src005_signatures_off",
    "src006_tls_off",
    "src007_pip_trusted_host",
    "src008_package_from_git",
    "src009_unpinned_base",
    "src010_base_without_digest",
    "src011_end_of_life",
    "src012_foreign_layer",
    "src013_git_clone",
    "src014_weak_key_id",
    "src015_weak_checksum",
    "src016_extra_index",
    "src017_update_alone",
    "src018_add_instead_of_copy",
    "usr001_root",
    "usr002_user_by_name",
    "usr003_sudo",
    "usr004_sudo_without_password",
    "usr005_world_writable",
    "usr006_setuid",
    "usr007_low_port",
    "usr008_remote_login",
    "usr009_no_healthcheck",
    "usr010_engine_socket",
    "usr011_insecure_default",
    "siz001_deleted_later",
    "siz002_apt_cache",
    "siz003_yum_cache",
    "siz004_apk_cache",
    "siz005_pip_cache",
    "siz006_npm_cache",
    "siz007_copied_twice",
    "siz008_changed_whole",
    "siz009_heavy_step",
    "siz010_language_cache",
    "rec001_unexplained_layers",
    "rec002_unbacked_entries",
    "rec003_config_not_set",
    "rec004_config_disagrees",
    "rec005_times_disordered",
    "rec006_time_in_future",
    "rec007_no_times",
    "rec008_old_base",
    "rec009_no_history",
    "rec010_squashed",
    "rec011_commit",
    "rec012_mixed_builders",
    "rec013_created_differs",
    "rec014_imported_root",
)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of ours (hadolint's are its own)."""
    return tuple(import_module(f"reconstruct.audit.rules.{module}").rule for module in MODULES)


def find(name: str) -> Rule:
    """The rule with this ID or name; `NotFoundError` with the nearest ones if there is none."""
    wanted = name.strip().lower()
    for rule in rules():
        if wanted in (rule.id.lower(), rule.name):
            return rule
    near = ", ".join(f"{rule.id} {rule.name}" for rule in _near(wanted))
    hint = f"; do you mean {near}?" if near else ""
    raise NotFoundError(f"there is no rule {name!r}{hint} (`reconstruct rules` lists them)")


def _near(wanted: str) -> list[Rule]:
    """The rules whose IDs or names are near to what was asked for, the nearest first."""
    from difflib import get_close_matches

    # `src01`, `SRC-1`, `src1`: the number without its zeros.
    match = re.fullmatch(r"([a-z]{2,4})[-_ ]?0*(\d+)", wanted)
    found = [rule for rule in rules() if match and rule.id.lower() == f"{match[1]}{int(match[2][:6]):03}"]
    found += [rule for rule in rules() if len(wanted) > 2 and (rule.id.lower().startswith(wanted) or wanted in rule.name)]
    by_word = {word: rule for rule in rules() for word in (rule.id.lower(), rule.name)}
    found += [by_word[word] for word in get_close_matches(wanted, by_word, 3, 0.6)]
    return list(dict.fromkeys(found))[:3]
