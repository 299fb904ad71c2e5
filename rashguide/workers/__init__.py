"""Where a message is understood and its reply is planned and worded: in a process that can be ended.

Nothing that reads what somebody wrote runs in the server's own process. Whatever it meets, the worker that works on it
is ended at the deadline and another takes its place; the server, and everybody else, go on.
"""
