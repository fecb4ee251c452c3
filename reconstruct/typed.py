"""What this package uses of `typing`: for type checkers the real names, at run time ones without meaning.

Importing `typing` takes a twentieth of a small command's time, and nothing here needs it: annotations are never
evaluated. So every module has its names from here, but for `NamedTuple`, which does something (`named.py`).
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any as Any
    from typing import BinaryIO as BinaryIO
    from typing import ClassVar as ClassVar
    from typing import Final as Final
    from typing import Generic as Generic
    from typing import Literal as Literal
    from typing import NoReturn as NoReturn
    from typing import Protocol as Protocol
    from typing import Self as Self
    from typing import TypeVar as TypeVar
    from typing import cast as cast
    from typing import dataclass_transform as dataclass_transform
    from typing import get_args as get_args
else:
    from types import GenericAlias

    class _Name:
        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)

    Any = BinaryIO = ClassVar = Final = Generic = Literal = NoReturn = Protocol = Self = _Name

    class TypeVar:
        def __init__(self, name, bound=None):
            pass

    def cast(kind, value):
        return value

    def dataclass_transform(**settings):
        return lambda decorator: decorator

    def get_args(kind):
        return kind.__args__
