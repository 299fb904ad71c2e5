"""The topology of docker-compose.yml from this machine's own programs: two assistants, PostgreSQL, Redis, nginx.

All on the loopback interface, nginx with the configuration that ships.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Iterator, Optional

import dns.message
import dns.rrset
import httpx
import psutil
import sqlalchemy as sa
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.harness.server import MODEL, ROOT, Server, advice_count, free_port

TEMPLATE = ROOT / "deploy/nginx/guide.conf.template"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
HOSTS = ("127.0.0.1", "127.0.0.2")  # of the two assistants: all of 127.0.0.0/8 is this machine
DEADLINE = 8  # seconds; REPLY_DEADLINE of these assistants
AWAY = "I can't answer right now"


def program(name: str) -> str:
    """The program's path, also where Debian hides PostgreSQL's."""
    hidden = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") or (hidden and str(hidden[-1]))
    assert found, f"{name} is not installed; run bash tests/programs.sh"
    return found


def until(true, seconds: float = 20, what: str = "it") -> None:
    """Waits until the function returns something true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what} did not come about in {seconds} s"
        time.sleep(0.1)


def settable(folder: Path) -> dict[str, str]:
    """The environment of a server whose clock can be set: it goes by the file "clock", as in "+60" (seconds)."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    assert library, "libfaketime is not installed; run bash tests/programs.sh"
    (folder / "clock").write_text("+0")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
        "FAKETIME_CACHE_DURATION": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def shipped() -> dict[str, str]:
    """The environment in which the image starts the guide, and what docker-compose.yml adds: no secrets, no stores.

    Nothing is signed off by a clinician yet, so that somebody must answer for a start: here the tests do.
    """
    last_stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    image = re.findall(r"\b([A-Z0-9_]+)=(\S+)", re.search(r"^ENV ((?:.*\\\n)*.*)", last_stage, re.M)[1])
    compose = {name: str(value) for name, value in COMPOSE["assistant-1"]["environment"].items()}
    defaults = {name: re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", value) for name, value in compose.items()}
    told = {name: value for name, value in defaults.items() if "$" not in value and "_URL" not in name}
    return dict(image) | told | {"ALLOW_UNSIGNED": "True"}


class Postgres:
    """A PostgreSQL of its own, started as docker-compose.yml does.

    It refuses to run as root, so that it runs as another user where the tests do not.
    """

    SEGMENT = 1 << 20  # bytes of its own log's files: small, so that a disk can be full of data and not of log

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="guide-postgres-", dir="/tmp"))
        self.port = free_port()
        self.user = {}
        if os.geteuid() == 0:
            user = next(u for u in pwd.getpwall() if u.pw_name in ("postgres", "nobody"))
            self.user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        command = [program("initdb"), "-D", self.folder / "data", "-U", "guide", "-A", "trust", "-E", "UTF8", "-N"]
        command += ["--wal-segsize=1"]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, **self.user)
        self.url = f"postgresql://guide@127.0.0.1:{self.port}/postgres"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [program("postgres"), "-D", self.folder / "data", "-p", str(self.port), "-k", self.folder]
            + ["-c", "listen_addresses=127.0.0.1", *COMPOSE["postgres"]["command"][1:]],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("a"),
            **self.user,
        )
        self.engine = sa.create_engine(self.url, poolclass=sa.pool.NullPool)
        until(self.answers, what="PostgreSQL")

    def answers(self) -> bool:
        try:
            return bool(self.rows("select 1"))
        except sa.exc.OperationalError:
            return False

    def rows(self, statement: str, **values: object) -> list:
        with self.engine.connect() as connection:
            found = connection.execute(sa.text(statement), values).fetchall()
            connection.exec_driver_sql("commit")
            return found

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self.folder / "log").read_text()

    def fill(self) -> None:
        """Stores so many events of nobody that the events' file is larger than one of its log's."""
        self.rows(
            "insert into events (sender_id, type_name, timestamp, data) select 'filler', 'slot', 1e10, repeat('x', 500)"
            " from generate_series(1, 4000) returning 1"
        )

    @contextlib.contextmanager
    def files_of(self, most: int) -> Iterator[None]:
        """No file of it may grow beyond so many bytes, for a while: its disk is full."""

        def limit(most: str) -> None:
            own = psutil.Process(self.process.pid)
            for process in [own, *own.children()]:
                command = ["prlimit", f"--pid={process.pid}", f"--fsize={most}:"]
                subprocess.run(command, cwd="/", capture_output=True, **self.user)

        limit(str(most))
        try:
            yield
        finally:
            limit("unlimited")

    @contextlib.contextmanager
    def set(self, name: str, value: str) -> Iterator[None]:
        """A setting of all its connections from now on, for a while."""
        autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        try:
            with autocommit.connect() as connection:
                connection.exec_driver_sql(f"alter system set {name} = '{value}'")
                connection.exec_driver_sql("select pg_reload_conf()")
            yield
        finally:
            with autocommit.connect() as connection:
                connection.exec_driver_sql(f"alter system reset {name}")
                connection.exec_driver_sql("select pg_reload_conf()")

    def crash(self) -> None:
        """As a machine that loses its power: nobody is told, nothing is written back."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)


class Listening:
    """A program of ours that listens on a port of the loopback interface, and ends when it is asked to."""

    process: subprocess.Popen
    port: int

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


class Pooler(Listening):
    """A pgbouncer before a PostgreSQL: each transaction gets any of its connections. Clients need the password."""

    def __init__(self, postgres: Postgres, password: str) -> None:
        self.port = free_port()
        self.url = f"postgresql://guide@127.0.0.1:{self.port}/postgres"
        (postgres.folder / "users").write_text(f'"guide" "{password}"\n')
        configuration = postgres.folder / "pgbouncer.ini"
        configuration.write_text(
            f"[databases]\npostgres = host=127.0.0.1 port={postgres.port} user=guide\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = md5\nauth_file = {postgres.folder}/users\npool_mode = transaction\n"
        )
        log = (postgres.folder / "pgbouncer.log").open("a")
        self.process = subprocess.Popen([program("pgbouncer"), configuration], cwd="/", stderr=log, **postgres.user)


class Redis:
    """A Redis of its own that writes nothing to disk."""

    def __init__(self, folder: Path, password: str = "") -> None:
        self.folder, self.password = folder, password
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                program("redis-server"),
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                *(["--requirepass", self.password] if self.password else []),
            ],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )

    def crash(self) -> None:
        self.process.kill()
        self.process.wait(20)

    stop = crash


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.utcnow()
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.crt").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "tls.crt", folder / "tls.key"


def rendered(values: dict[str, object]) -> str:
    """The shipped configuration, filled in as the nginx image does it. Fails where a value is missing."""
    return re.sub(r"\$\{([A-Z_0-9]+)\}", lambda found: str(values[found[1]]), TEMPLATE.read_text())


class Names(threading.Thread):
    """A name server that knows one name, for a container engine's or a cluster's own."""

    NAME = "assistants.example"

    def __init__(self, addresses: list[str]) -> None:
        super().__init__(daemon=True)
        self.addresses = addresses
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.start()

    def run(self) -> None:
        while True:
            data, asker = self._socket.recvfrom(512)
            asked = dns.message.from_wire(data)
            (question,) = asked.question
            answer = dns.message.make_response(asked)
            if str(question.name) == f"{self.NAME}." and question.rdtype == dns.rdatatype.A and self.addresses:
                answer.answer = [dns.rrset.from_text(question.name, 600, "IN", "A", *self.addresses)]
            self._socket.sendto(answer.to_wire(), asker)


class Nginx(Listening):
    """nginx with the shipped configuration. The assistants are at one port of several addresses, under one name."""

    def __init__(self, folder: Path, hosts: list[str], port: int, **changed: object) -> None:
        self.port, self.plain = free_port(), free_port()
        self.names = Names(hosts)
        self.log = folder / "access.log"
        self.certificate, key = certificate(folder)
        compose = COMPOSE["nginx"]["environment"]
        values = {
            "NGINX_LOCAL_RESOLVERS": f"{self.names.address} ipv6=off",
            "ASSISTANTS": f"{Names.NAME}:{port}",
            "LISTEN": f"127.0.0.1:{self.port}",
            "LISTEN_PLAIN": f"127.0.0.1:{self.plain}",
            "SERVER_NAME": "_",
            "CERTIFICATE": self.certificate,
            "CERTIFICATE_KEY": key,
            **{name: compose[name] for name in ("REQUESTS_A_SECOND", "BURST", "CONNECTIONS")},
            "BODY_LIMIT": 65536,
            "EMERGENCY_NUMBER": "911",
            "LOG": self.log,
            **changed,
        }
        (folder / "guide.conf").write_text(rendered(values))
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"{'user root;' if os.geteuid() == 0 else ''} daemon off; pid {folder}/pid; error_log {folder}/error.log;"
            f"events {{ worker_connections 2048; }} http {{ {temporary} include {folder}/guide.conf; }}"
        )
        self.command = [program("nginx"), "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
        subprocess.run([*self.command, "-t"], check=True, capture_output=True)
        self.process = subprocess.Popen(self.command)
        self.url = f"https://127.0.0.1:{self.port}"
        self.trust = ssl.create_default_context(cafile=str(self.certificate))

    def raw(self, address: str = "127.0.0.1") -> ssl.SSLSocket:
        """A connection that comes from an address of its own, for whatever bytes."""
        return self.trust.wrap_socket(
            socket.create_connection(("127.0.0.1", self.port), timeout=10, source_address=(address, 0)),
            server_hostname="127.0.0.1",
        )

    def client(self, address: str = "127.0.0.1") -> httpx.Client:
        """A client that comes from an address of its own (all of 127.0.0.0/8 is this machine)."""
        transport = httpx.HTTPTransport(local_address=address, verify=self.trust)
        return httpx.Client(base_url=self.url, transport=transport, timeout=40)


class Topology:
    """All of it, and what goes wrong with it."""

    def __init__(self, folder: Path, nginx: Optional[dict] = None, clocks: bool = False, **settings: str) -> None:
        self.folder, self.clocks = folder, clocks
        own = {"REPLY_DEADLINE": str(DEADLINE), "LOG_LEVEL": "DEBUG", "ADDRESS_LIMIT": "6000"}
        self.settings = {**shipped(), **own, **settings}
        for name in ("INTERFACE", "PORT"):
            self.settings.pop(name)
        self.started: list = []
        try:
            self.postgres = self._running(Postgres())
            self.redis = self._running(Redis(folder))
            self.port = free_port()
            self.assistants = [self.assistant(number, host=host) for number, host in enumerate(HOSTS, start=1)]
            for assistant in self.assistants:
                assistant.wait()
            self.nginx = self._running(Nginx(folder, list(HOSTS), self.port, **(nginx or {})))
            self.client = self.nginx.client()
            until(self.nginx.listens, what="nginx")
        except BaseException:
            self.stop()
            raise

    def _running(self, part):
        self.started.append(part)
        return part

    def assistant(self, number: int, model: Path = MODEL, host: str = HOSTS[0]) -> Server:
        folder = self.folder / f"assistant-{number}-{uuid.uuid4().hex[:6]}"
        folder.mkdir()
        return self._running(
            Server(
                folder,
                model=model,
                port=self.port,
                host=host,
                DATABASE_URL=self.postgres.url,
                REDIS_URL=self.redis.url,
                **(settable(folder) if self.clocks else {}),
                **self.settings,
            )
        )

    def ask(self, message: str, sender: str, client: httpx.Client | None = None) -> list[dict]:
        """Asks through nginx."""
        body = json.dumps({"sender": sender, "message": message})
        response = (client or self.client).post("/webhooks/rest/webhook", content=body)
        assert response.status_code == 200, (response.status_code, response.text)
        return response.json()

    def kept(self, sender: str) -> list[str]:
        """The messages that are stored of a sender, in order."""
        rows = self.postgres.rows(
            "select data from events where sender_id = :id and type_name = 'user' order by id", id=f"rest:{sender}"
        )
        return [json.loads(data)["text"] for (data,) in rows]

    def stop(self) -> None:
        for part in reversed(self.started):
            part.stop()


class Talker(threading.Thread):
    """Somebody who goes on writing through nginx whatever happens, and remembers what came back."""

    def __init__(self, topology: Topology, pause: float = 0.1) -> None:
        super().__init__(daemon=True)
        self.topology, self.pause = topology, pause
        self.sender = f"talker-{uuid.uuid4().hex}"
        self.replies: list[tuple[str, int, list[dict]]] = []
        self._over = threading.Event()

    def run(self) -> None:
        with self.topology.nginx.client() as client:
            while not self._over.is_set():
                message = f"What kind of medicine is dupixent? {len(self.replies)}"
                body = json.dumps({"sender": self.sender, "message": message})
                response = client.post("/webhooks/rest/webhook", content=body)
                self.replies.append((message, response.status_code, response.json()))
                time.sleep(self.pause)

    def __enter__(self) -> Talker:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join(60)
        assert not self.is_alive(), "somebody waits for a reply for ever"

    def answered(self) -> list[str]:
        """The messages that got an answer: neither an apology nor a request to wait."""
        return [
            message
            for message, status, reply in self.replies
            if status == 200 and not any(words in reply[0]["text"] for words in (AWAY, "faster than I can read"))
        ]

    def was_not_let_down(self) -> None:
        """Every reply carried the advice, and whatever was answered is kept."""
        assert len(self.replies) > 5
        for message, _, reply in self.replies:
            assert advice_count(reply) == 1, (message, reply)
        kept = self.topology.kept(self.sender)
        assert not [message for message in self.answered() if message not in kept], "answered, and lost"
