"""What every client script needs: a virtual environment with pinned packages, and where the sandbox listens.

It knows no vendor. Scripts are started by `run`.
"""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request

CANNOT_INSTALL = 75


def in_environment(name, *requirements):
    """Runs the calling script again inside its own environment, which is made if it is not there."""
    home = pathlib.Path(os.environ["CLIENTS_HOME"]) / name
    python = home / "bin" / "python"
    if pathlib.Path(sys.prefix).resolve() == home.resolve():
        # A script may be called like the package that it is about to import.
        here = pathlib.Path(__file__).parent.resolve()
        sys.path[:] = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != here]
        return
    stamp = home / "installed"
    wanted = "\n".join(requirements)
    if not stamp.exists() or stamp.read_text() != wanted:
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
            subprocess.run(
                [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements],
                check=True,
            )
        except subprocess.CalledProcessError:
            sys.exit(CANNOT_INSTALL)
        stamp.write_text(wanted)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.execv(str(python), [str(python), *sys.argv])


class Sandbox:
    """The running sandbox: base URLs by service, provider settings by vendor, the admin service."""

    def __init__(self):
        with open(os.environ["SANDBOX_ENDPOINTS"], encoding="utf-8") as file:
            said = json.load(file)
        self.admin_url = said["admin"]
        self.services = said["services"]
        self.settings = said["settings"]

    def admin(self, line, body=None):
        """One call of the admin service: `METHOD /path`."""
        method, path = line.split(" ", 1)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.admin_url + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def effects(self, vendor):
        """What was done through a vendor's services, as `effect kind`, oldest first."""
        log = self.admin("GET /log?effects=true")
        return [f"{e['effect']} {e['kind']}" for e in log if e["service"].startswith(vendor + ".")]
