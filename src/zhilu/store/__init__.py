"""Where sealed recordings are kept for good: an interface whose promises are said in words, and those who
keep them.

`api` says what is promised; `posix` keeps it in a folder, `memory` in a process (for tests).
"""
