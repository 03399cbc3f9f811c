"""What the worker does beside its pass is named by each app, and imported only where it works. What counts
everywhere, kinds of events and parts of the audit, is there as soon as Django is.
"""

import subprocess
import sys

from django.utils.module_loading import import_string

from zhilu.server.ledger.services import worker

REGISTERED = """
import os, pkgutil
os.environ["DJANGO_SETTINGS_MODULE"] = "zhilu.server.settings"
import django, zhilu.server
django.setup()
from zhilu.server.ledger import events
from zhilu.server.ledger.services import audit
from zhilu.server.oversight.services import messages

def found():
    parts = [f"{one.__module__}.{one.__name__}" for one in (*audit._extras, *audit._own_extras)]
    return {*events._by_name, *messages.KINDS, *parts, len(messages._producers)}

at_start = found()
for module in pkgutil.walk_packages(zhilu.server.__path__, "zhilu.server."):
    __import__(module.name)
print(len(at_start), sorted(map(str, found() - at_start)))
"""


def test_what_the_worker_is_to_run_is_there() -> None:
    named = [run for _name, run in worker._loops] + [chore.run for chore in worker._chores]
    assert len(named) >= 10 and all(callable(import_string(one)) for one in named)


def test_nothing_registers_itself_after_the_start() -> None:
    done = subprocess.run([sys.executable, "-c", REGISTERED], capture_output=True, text=True)
    count, late = done.stdout.split(" ", 1)
    assert late == "[]\n" and int(count) > 100, done.stderr
