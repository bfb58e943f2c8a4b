"""What every client script needs: a virtual environment with pinned packages, where the sandbox listens, and the
binaries that clients of the command line drive.

It knows no vendor. Scripts are started by `run`.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
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


COLOUR = re.compile(r"\\u001b\[[0-9;]*m")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def same_by_every_binary(drive):
    """Calls `drive(binary, environment, folder)` with our binary, under the name `terraform`, and with Terraform where it
    is installed; what the calls give, ids and colours aside, must be the same."""
    with tempfile.TemporaryDirectory(dir=os.environ["CLIENTS_HOME"]) as around:
        around = pathlib.Path(around)
        ours = around / "bin" / "terraform"
        ours.parent.mkdir()
        ours.symlink_to(os.environ["TRUNKLINE"])
        binaries = {"ours": str(ours)}
        # Some clients take the environment of this program along, whatever they are given.
        for name in [n for n in os.environ if n.startswith(("TF_", "TRUNKLINE_"))]:
            del os.environ[name]
        environment = dict(os.environ)
        environment |= {"CHECKPOINT_DISABLE": "1", "HOME": str(around), "TRUNKLINE_STATE_KEY": "AAEC" * 10 + "AAE="}
        theirs = shutil.which("terraform")
        version = theirs and subprocess.run([theirs, "version"], capture_output=True, text=True, env=environment).stdout
        if version and version.startswith("Terraform v1.11."):
            binaries["terraform"] = theirs
        else:
            print("skipped: the same with Terraform 1.11, which is not installed")
        read = {}
        for name, binary in binaries.items():
            folder = around / name
            folder.mkdir()
            with contextlib.chdir(folder):
                said = drive(binary, dict(environment), folder)
            text = json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False).replace(str(folder), "FOLDER")
            text = COLOUR.sub("", text)
            ids = {}
            read[name] = UUID.sub(lambda m: ids.setdefault(m.group(), f"id {len(ids)}"), text)
        if "terraform" in read and read["ours"] != read["terraform"]:
            import difflib

            lines = difflib.unified_diff(*(read[n].splitlines() for n in ("terraform", "ours")), lineterm="")
            raise AssertionError("not the same as with Terraform:\n" + "\n".join(lines))
