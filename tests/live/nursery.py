"""Workers as `python worker.py` starts them, without its second of imports for each.

`python -m tests.live.nursery` loads everything once; each line it reads is a failpoint (or empty), for which it forks a
worker in a process group of its own and prints its process id. It ends with its input.
"""

import os
import signal
import sys

import worker
from crm import failpoints, jobs


def main() -> None:
    jobs.the_app()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a worker that ended is gone at once
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(2, 1)  # RQ tells on its standard output what it does
            failpoints.set_up(line.strip())
            worker.Family(worker.parts()).run()
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
