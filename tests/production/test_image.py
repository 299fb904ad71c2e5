"""The image without an engine: its files alone, on a root that cannot be written to, as a user without rights."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import yaml

from tests.harness.server import MODEL, ROOT, Started, advice_count, free_port
from tests.harness.topology import shipped, until

DOCKERFILE = (ROOT / "Dockerfile").read_text()
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may change the root of a process")

# Makes a root of this machine's programs, the image's /guide and an empty /tmp, all else read-only, and runs there.
CONTAINER = """
set -eu
root=$1 guide=$2 python=$3
shift 3
mount -t tmpfs none "$root"
for part in usr bin lib lib64 etc proc; do
    if [ -e "/$part" ]; then mkdir -p "$root/$part"; mount --rbind "/$part" "$root/$part"; fi
done
mkdir -p "$root/dev" "$root/tmp" "$root/guide" "$root$python"
for device in null zero random urandom; do
    touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"
done
mount --bind "$guide" "$root/guide"; mount -o remount,bind,ro "$root/guide"
mount --bind "$python" "$root$python"
mount -t tmpfs -o size=256m,mode=1777 none "$root/tmp"
mount -o remount,ro "$root"
exec chroot "$root" setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all \
    --inh-caps=-all sh -c 'cd /guide && exec "$@"' sh "$@"
"""


def let_in(name: str) -> bool:
    """Whether .dockerignore lets a file into the image: the last line that fits decides, also for what is below."""
    found = True
    for line in (ROOT / ".dockerignore").read_text().split("\n"):
        pattern = line.removeprefix("!").removeprefix("**/")
        if not pattern or pattern.startswith("#"):
            continue
        parents = [name, *map(str, Path(name).parents)]
        wanted = [part for path in parents for part in (path, Path(path).name)] if "**/" in line else parents
        if any(fnmatch.fnmatchcase(path, pattern) and path.count("/") == pattern.count("/") for path in wanted):
            found = line.startswith("!")
    return found


@pytest.fixture(scope="module")
def guide(tmp_path_factory) -> Path:
    """What the Dockerfile copies, with this environment, slimmed; beside it things that must not slip in."""
    made = tmp_path_factory.mktemp("image") / "guide"
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in filter(let_in, listed):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, made / name)
    (made / "models").mkdir()
    shutil.copy(MODEL, made / "models")
    subprocess.run(["cp", "-al", ROOT / ".venv", made / ".venv"], check=True)  # links: slimming leaves the original
    subprocess.run(["sh", ROOT / "deploy/slim.sh", made / ".venv"], check=True)
    return made


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".git/config",
        "certificates/tls.key",
        "conversations.db",
        "conversations.db-wal",
        "insights/unanswered.csv",
        "insights/report.html",
        "review/sheet.pdf",
        "models/guide.tar.gz",
        "backup.sql",
        "deploy/kubernetes/secret.yaml",
        "rashguide/__pycache__/patches.pyc",
        "tests/conftest.py",
    ],
)
def test_what_is_nobodys_business_stays_out_of_the_image(name):
    assert not let_in(name)


@pytest.mark.parametrize(
    "name", ["rashguide/patches.py", "data/numbers.yml", "insights/report.py", "review/sign-offs.yml", "deploy/uv.txt"]
)
def test_what_it_needs_is_in_it(name):
    assert let_in(name)
    assert (ROOT / name).exists()


@pytest.fixture(scope="module")
def container(guide, tmp_path_factory):
    """The image's own command and environment, with compose's beside them, but for the stores."""
    command = yaml.safe_load(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.M)[1])
    root, port = tmp_path_factory.mktemp("root"), free_port()
    log = root.with_name("container.log")
    environment = shipped() | {"PATH": os.environ["PATH"], "PORT": str(port), "COUNTRY": "US"}
    environment |= {"SECRET_KEY": "a test's own", "DATABASE_URL": "sqlite:////tmp/conversations.db"}
    process = subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", CONTAINER, "sh", root, guide, sys.base_prefix]
        + command,
        env=environment,
        stdout=log.open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    running = Started(process, log, port)
    yield running.wait()
    running.stop()


def test_it_starts_as_nobody_on_a_root_that_it_cannot_write_to_and_answers(container):
    reply = container.ask("what is dupixent?", uuid.uuid4().hex)
    assert advice_count(reply) == 1
    assert "Call 911 now" in container.ask("my throat is closing and I can't breathe", uuid.uuid4().hex)[0]["text"]
    until(lambda: container.client.get("/health/ready").json()["actions"], 120, "the actions' own server")
    note = uuid.uuid4().hex
    assert "?" in container.ask("help me prepare for a visit", note)[-1]["text"], "the actions are served, too"
    logged = container.log.read_text()
    for trouble in ("Read-only", "Permission denied", "Errno 30", "Errno 13", "not writable", "Traceback"):
        assert trouble not in logged, logged[-2000:]
