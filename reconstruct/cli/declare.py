"""Commands as data: their parameters, and the values given on a plain command line.

Importing click and creating its objects for a command costs more than reading a small image. So commands are declared
here, in click's terms, and a plain command line is parsed from the declaration alone. Anything else (help, an error,
completion, a group) goes to click; `cli.group` makes click's command from the same declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconstruct.typed import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
# Where click keeps the parameters of a function that will become a command, the last one first.
_KEPT = "__click_params__"
# The settings that `read` handles; a parameter with any other is left to click.
_PLAIN = frozenset(
    [
        "type",
        "metavar",
        "help",
        "is_flag",
        "default",
        "show_default",
        "multiple",
        "nargs",
        "required",
        "expose_value",
        "is_eager",
        "callback",
        "convert",
    ]
)


class Choice:
    """A value that is one of several."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = tuple(values)


class Whole:
    """A whole number, of `least` or more."""

    def __init__(self, least: int) -> None:
        self.least = least


class File:
    """A path, which shells complete; whether it exists is checked when it is opened."""


PATH = File()


class Parameter:
    """An option (its flags and perhaps a name) or an argument (its name), with click's settings for it."""

    def __init__(self, names: tuple[str, ...], is_option: bool, told: dict[str, Any]) -> None:
        self.names = names
        self.is_option = is_option
        self.told = told

    @property
    def name(self) -> str:
        """The name of the function's parameter: as declared, else from the first long flag."""
        given = [name for name in self.names if not name.startswith("-")]
        found = given or [name.split("/")[0] for name in self.names if name.startswith("--")] or list(self.names)
        return found[0].lstrip("-").replace("-", "_")

    def flags(self) -> dict[str, bool]:
        """Each flag, and the value it stands for if it takes none."""
        found = {}
        for name in self.names:
            on, _, off = name.partition("/")
            found[on] = True
            if off:
                found[off] = False
        return found

    @property
    def takes_value(self) -> bool:
        """Whether a value follows the option's flag."""
        return not self.told.get("is_flag") and not any("/" in name for name in self.names)

    def default(self) -> Any:
        """The value if the command line doesn't have the parameter."""
        if self.told.get("multiple"):
            return ()
        return self.told.get("default", False if self.told.get("is_flag") else None)

    def value(self, text: str) -> Any:
        """The value of `text`. Raises ValueError if it isn't plainly valid."""
        kind = self.told.get("type")
        if not text or (isinstance(kind, Choice) and text not in kind.values):
            raise ValueError(text)
        if kind is not int and not isinstance(kind, Whole):
            return text
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            raise ValueError(text)
        number = int(text)
        if isinstance(kind, Whole) and number < kind.least:
            raise ValueError(text)
        return number


class Command:
    """A command: its name, its function (click's `callback`) and its parameters, in the order of `--help`."""

    def __init__(self, name: str | None, callback: Callable[..., Any]) -> None:
        self.name = name
        self.callback = callback
        self.parameters: list[Any] = getattr(callback, _KEPT, [])[::-1]

    def read(self, words: Sequence[str]) -> dict[str, Any] | None:
        """The function's values on this command line; None if it isn't plain and click has to parse it."""
        known = self.parameters
        if not all(isinstance(each, Parameter) and each.told.keys() <= _PLAIN for each in known):
            return None
        try:
            return _values(words, known)
        except ValueError:
            return None

    def main(self, *args: Any, **told: Any) -> Any:
        """Runs the command on its own, like a click command (click.testing calls this)."""
        from reconstruct.cli.group import made

        return made(self).main(*args, **told)


def _values(words: Sequence[str], parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The values by their names. Raises ValueError if it isn't plain."""
    flags = {flag: each for each in parameters if each.is_option for flag in each.flags()}
    given, rest = _options(words, flags)
    given.update(_arguments(rest, [each for each in parameters if not each.is_option]))
    values = {}
    for each in parameters:
        if each.name not in given and each.told.get("required"):
            raise ValueError(each.name)
        # A parameter without a value to pass on acts when it is given; `_options` leaves that to click.
        if each.told.get("expose_value", True):
            value = given.get(each.name, each.default())
            convert = each.told.get("convert")
            values[each.name] = convert(value) if convert else value
    return values


def _options(words: Sequence[str], flags: dict[str, Parameter]) -> tuple[dict[str, Any], list[str]]:
    """The options' values by their names, and the words that are arguments. Raises ValueError if it isn't plain."""
    given: dict[str, Any] = {}
    rest = []
    left = iter(words)
    for word in left:
        if not word.startswith("-") or word == "-":
            rest.append(word)
            continue
        flag, equals, text = word.partition("=") if word.startswith("--") else (word, "", "")
        option = flags.get(flag)
        if option is None or "callback" in option.told:
            raise ValueError(word)
        if not option.takes_value:
            if equals:
                raise ValueError(word)
            given[option.name] = option.flags()[flag]
            continue
        text = text if equals else next(left, "")
        if text.startswith("-") and text != "-":
            raise ValueError(text)
        value = option.value(text)
        given[option.name] = (*given.get(option.name, ()), value) if option.told.get("multiple") else value
    return given, rest


def _arguments(words: list[str], arguments: Sequence[Parameter]) -> dict[str, Any]:
    """The arguments' values by their names. Raises ValueError if it isn't plain."""
    if not all(words):
        raise ValueError("")
    if [each for each in arguments if each.told.get("nargs") == -1]:
        if len(arguments) > 1 or not words:
            raise ValueError(words)
        return {arguments[0].name: tuple(words)}
    needed = sum(each.told.get("required", True) for each in arguments)
    if not needed <= len(words) <= len(arguments):
        raise ValueError(words)
    return {each.name: each.value(word) for each, word in zip(arguments, words, strict=False)}


class Group:
    """A group of commands; its help is the docstring of `callback`."""

    def __init__(self, name: str, callback: Callable[..., Any]) -> None:
        self.name = name
        self.callback = callback
        self.commands: list[Command] = []

    def command(self, name: str) -> Callable[[Callable[..., Any]], Command]:
        """Declares the decorated function as the group's command of that name."""

        def decorate(function: Callable[..., Any]) -> Command:
            self.commands.append(Command(name, function))
            return self.commands[-1]

        return decorate


def command(name: str | None = None) -> Callable[[Callable[..., Any]], Command]:
    """Declares the decorated function as a command."""
    return lambda function: Command(name, function)


def group(name: str) -> Callable[[Callable[..., Any]], Group]:
    """Declares the decorated function as a group of commands."""
    return lambda function: Group(name, function)


def option(*names: str, **told: Any) -> Callable[[F], F]:
    """An option; `told` is for click, and `convert` turns the text into the function's value, or raises ValueError with what
    is wrong."""
    return lambda function: _kept(function, Parameter(names, True, told))


def argument(name: str, **told: Any) -> Callable[[F], F]:
    """An argument; `told` is for click."""
    return lambda function: _kept(function, Parameter((name,), False, told))


def _kept(function: F, parameter: Parameter) -> F:
    function.__dict__.setdefault(_KEPT, []).append(parameter)
    return function
