"""Kernels: functions over arrays and whole numbers, run as machine code.

A kernel is plain Python that reads and writes single numbers of arrays, with loops; it calls nothing but functions of
the same kind. numba translates it once, at the first start, and the code is kept (``crawler.kept``); from then on
llvmlite loads it, which takes some milliseconds where importing numba would take the most of a second. Called as it is
written, a kernel does the same, a hundred times slower: tests hold the one against the other.
"""

import ctypes
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import version
from itertools import count
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final, TypeVar, get_args, get_type_hints

import llvmlite.binding as llvm
import numpy as np

from crawler.kept import kept

__all__ = ["Kernel", "Lasting", "put_in", "translate_all"]

_ENTRY: Final = "entry"
_BARE: Final = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""What lets Python call a translated function is not needed, and takes a quarter of the translating."""

_PUT_IN: Final = "put_in"

_Nothing = ctypes.c_byte * 0
"""What lies anywhere."""

_FILLS: Final = re.compile(r"call void @llvm\.memset[^(]*\([^,]*, i8 [^,]*, i64 %")
"""What a loop becomes that fills an array: the call of a library's function, which would lead nowhere."""

_Function = TypeVar("_Function", bound=Callable[..., object])

Code = tuple[bytes, str]
"""Machine code, and under which name it is in there."""


class Kernel:
    """A function over arrays, named tuples of arrays, and whole numbers; it gives a whole number.

    Nothing checks where it reads and writes: whoever calls it gives arrays that are long enough.
    """

    def __init__(self, function: Callable[..., int]) -> None:
        if not isinstance(function, FunctionType):
            raise TypeError(f"expected a plain function, found {function!r}")
        self.function = function
        _kernels.append(self)
        self._kinds = [tuple(_flat(hint)) for hint in _parameters(function).values()]

    def __call__(self, *arguments: Any) -> int:
        numbers: list[int] = []
        for argument, kinds in zip(arguments, self._kinds, strict=True):
            numbers += argument.numbers(kinds) if isinstance(argument, Lasting) else _numbers(argument, kinds)
        table = (ctypes.c_int64 * len(numbers))(*numbers)
        return int(self.machine_code(ctypes.addressof(table)))

    @cached_property
    def machine_code(self) -> Callable[[int], int]:
        """What is called in the function's place: it takes the address of a table of arguments."""
        made, name = _kept(self, self._compile_apart)
        engine = _engine()
        engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(made))
        engine.finalize_object()
        # The interpreter's lock stays held: the arrays that kernels note things in are shared.
        self._engine = engine  # it owns the code
        return ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(engine.get_function_address(name))

    def _compile_apart(self) -> Code:
        """The machine code, made by another process: numba takes 200 MB, which this one needs not keep. All kernels
        that this one has not loaded are made with it, since they share the most of their functions."""
        if self not in _made:
            waiting = [one for one in _kernels if "machine_code" not in vars(one)]
            _made.update(zip(waiting, _compile_all([one.function for one in waiting]), strict=True))
            for other in waiting:
                if other is not self:
                    _kept(other, lambda made=_made[other]: made)  # type: ignore[misc]  # a default binds it now
        return _made[self]


def put_in(function: _Function) -> _Function:
    """The function, to be put into the code of what calls it. What is called for each letter takes many arrays: handing
    them over takes as long as what it does. What is large and called in several places is translated once for each."""
    setattr(function, _PUT_IN, True)
    return function


class Lasting:
    """Arrays that are given to kernels again and again: where they lie is looked up once."""

    def __init__(self, arrays: Any) -> None:
        self.arrays = arrays
        self._numbers: list[int] = []

    def numbers(self, kinds: tuple[Any, ...]) -> list[int]:
        if not self._numbers:
            self._numbers = _numbers(self.arrays, kinds)
        return self._numbers


_kernels: Final[list[Kernel]] = []
_made: Final[dict[Kernel, Code]] = {}


def translate_all() -> None:
    """The machine code of every kernel that is imported is there; what is not kept yet takes half a minute to make."""
    for kernel in _kernels:
        kernel.machine_code  # noqa: B018 -- made when it is asked for


def _kept(kernel: Kernel, make: Callable[[], Code]) -> Code:
    return kept(f"kernel_{kernel.function.__name__}", _identity(kernel.function), make)


def _compile_all(functions: list[FunctionType]) -> list[Code]:
    named = [(one.__module__, one.__name__) for one in functions]
    command = [sys.executable, "-P", "-c", f"import model.compiled as it; it.write_kernels({named!r})"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)  # noqa: S603 -- of our own
    made: list[Code] = pickle.loads(done.stdout)  # noqa: S301 -- of our own
    return made


def _numbers(argument: Any, kinds: tuple[Any, ...]) -> list[int]:
    return [_number(value, kind) for value, kind in zip(_values(argument), kinds, strict=True)]


def _values(argument: Any) -> Iterator[Any]:
    """All numbers and arrays of an argument, in the order of ``_flat``."""
    if isinstance(argument, tuple):
        for one in argument:
            yield from _values(one)
    else:
        yield argument


def _number(value: Any, kind: Any) -> int:
    """What stands for an argument in the table: itself, or where an array begins."""
    if kind is int:
        return int(value)
    if value.dtype != kind or not value.flags.c_contiguous:
        raise TypeError(f"expected an array of {np.dtype(kind)} in one piece, found one of {value.dtype}")
    # ``ctypes.data`` says the same, and takes as long as reading twenty words of an ad.
    return ctypes.addressof(_Nothing.from_buffer(value)) if value.flags.writeable else int(value.ctypes.data)


def _parameters(function: FunctionType) -> dict[str, Any]:
    hints = get_type_hints(function)
    return {name: hint for name, hint in hints.items() if name != "return"}


def _flat(hint: Any) -> Iterator[Any]:
    """The types of an argument's numbers: ``int``, or that of each array."""
    if hint is int:
        yield int
    elif hasattr(hint, "_fields"):
        for field in get_type_hints(hint).values():
            yield from _flat(field)
    else:
        (kind,) = get_args(get_args(hint)[1])
        yield kind


def _reached(function: FunctionType) -> list[FunctionType]:
    """All functions that a kernel calls, itself first."""
    found = [function]
    for one in found:
        found += [its for its in _called(one) if its not in found]
    return found


def _called(function: FunctionType) -> list[FunctionType]:
    named = (function.__globals__.get(name) for name in function.__code__.co_names)
    return [one for one in named if isinstance(one, FunctionType)]


def _identity(function: FunctionType) -> list[bytes]:
    """All that machine code depends on: our text, the numbers it takes from elsewhere, translator and processor."""
    reached = _reached(function)
    files = {Path(one.__code__.co_filename) for one in reached}
    numbers = {
        f"{one.__module__}.{name}={value}"
        for one in reached
        for name in one.__code__.co_names
        if isinstance(value := one.__globals__.get(name), int | float)
    }
    said = "\n".join((*_outside(), *sorted(numbers)))
    return [said.encode(), Path(__file__).read_bytes(), *(file.read_bytes() for file in sorted(files))]


@cache
def _outside() -> tuple[str, ...]:
    """The translator and the processor."""
    versions = (version("numba"), version("llvmlite"), np.__version__, llvm.get_process_triple())
    return (*versions, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())


def _machine() -> llvm.TargetMachine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        codemodel="jitdefault",
        jit=True,
    )


def _engine() -> llvm.ExecutionEngine:
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())


def write_kernels(named: list[tuple[str, str]]) -> None:
    """Writes the machine code of kernels, each named by its module and function, for the process that asked."""
    found = [getattr(import_module(module), name) for module, name in named]
    sys.stdout.buffer.write(pickle.dumps([compile_kernel(function) for function in found]))


def compile_kernel(function: FunctionType) -> Code:
    """The machine code of one."""
    import numba

    entry = numba.cfunc("int64(CPointer(int64))")(_entry(function, numba))
    written = entry.inspect_llvm()
    if _FILLS.search(written):
        raise TypeError(
            f"{function.__name__}: expected no loop that fills an array with one value, which is not linked"
        )
    module = llvm.parse_assembly(written)
    module.verify()
    return _machine().emit_object(module), entry.native_name


def _entry(function: FunctionType, numba: ModuleType) -> Callable[..., int]:
    """A function that takes the table of arguments and calls the kernel with them."""
    names: dict[str, Any] = {"kernel": _jitted(function)}
    places = count()
    given = ", ".join(_from_table(hint, places, names, numba) for hint in _parameters(function).values())
    exec(f"def {_ENTRY}(table):\n    return kernel({given})", names)  # noqa: S102 -- made of our own names
    made: Callable[..., int] = names[_ENTRY]
    return made


def _from_table(hint: Any, places: Iterator[int], names: dict[str, Any], numba: ModuleType) -> str:
    """How an argument is written that is taken from the table; ``names`` gets what it is written with."""
    if hint is int:
        return f"table[{next(places)}]"
    if hasattr(hint, "_fields"):
        names[hint.__name__] = hint
        fields = get_type_hints(hint).values()
        return f"{hint.__name__}({', '.join(_from_table(one, places, names, numba) for one in fields)})"
    (kind,) = _flat(hint)
    names[f"as_{kind.__name__}"] = _cast(kind, numba)
    return f"as_{kind.__name__}(table[{next(places)}])"


@cache
def _jitted(function: FunctionType) -> Any:
    """The function for numba, and so all that it calls, each translated once."""
    import numba

    called = {its.__name__: _jitted(its) for its in _called(function)}
    plain = FunctionType(function.__code__, function.__globals__ | called, function.__name__)
    options = _BARE | {"forceinline": hasattr(function, _PUT_IN)}
    return numba.njit(plain, **options)  # type: ignore[call-overload]  # options that the stubs leave out


def _cast(kind: Any, numba: ModuleType) -> Any:
    """Takes a number as the place where an array of some type begins."""
    if kind is int:
        return None
    pointer = numba.types.CPointer(numba.from_dtype(np.dtype(kind)))

    def typed(context: Any, address: Any) -> Any:
        def written(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(pointer))

        return pointer(numba.types.int64), written

    return numba.extending.intrinsic(typed)
