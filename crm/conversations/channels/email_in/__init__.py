"""An incoming mail up to the point where it is understood: bytes in, facts out, no database.

`caps.understand` reads a mail in a child process with limits; `thread` and `loops` say what may follow from it.
"""
