"""Uses the HTML report of a plan in headless Chromium: search, filter, differences, keyboard, dark, many changes.

It speaks WebDriver to chromedriver with Python's own library. Nothing but the page's file may be asked for, and its
console must stay empty. With SCREENSHOTS set to a folder it keeps pictures there.
"""

import base64
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.request

TRUNKLINE = os.environ["TRUNKLINE"]
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
MANY = 5000
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

BEFORE = """
resource "terraform_data" "gone" { input = "old" }
resource "terraform_data" "base" { triggers_replace = "one" }
resource "terraform_data" "user" { input = terraform_data.base.id }
resource "terraform_data" "text" { input = "first\\nsecond\\nthird" }
resource "terraform_data" "same" { input = "same" }
"""
AFTER = """
resource "terraform_data" "base" { triggers_replace = "two" }
resource "terraform_data" "user" { input = terraform_data.base.id }
resource "terraform_data" "text" { input = "first\\nother\\nthird" }
resource "terraform_data" "same" { input = "same" }
resource "terraform_data" "new" { input = "<b>needle</b></script>" }
"""


def reported(folder, before, after):
    """The report of the change from one configuration to another."""
    folder.mkdir()
    environment = {**os.environ, "TRUNKLINE_STATE_KEY": KEY, "HOME": str(folder)}
    main = folder / "main.tf"

    def run(*words):
        done = subprocess.run([TRUNKLINE, *words], cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    if before:
        main.write_text(before)
        run("apply", "-auto-approve")
    main.write_text(after)
    run("plan", "-report=plan.html")
    return folder / "plan.html"


class Browser:
    """A session of chromedriver."""

    def __init__(self, dark):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
        self.base = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{self.base}/status", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000"]
        arguments += ["--disable-dev-shm-usage"]
        arguments += ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if dark else []
        options = {
            "goog:chromeOptions": {"args": arguments, "binary": "/usr/bin/chromium"},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        self.base += "/session"
        made = self.call("POST", "", {"capabilities": {"alwaysMatch": options}})
        self.base += f"/{made['sessionId']}"

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def open(self, path):
        self.call("POST", "/url", {"url": path.as_uri()})

    def script(self, text):
        return self.call("POST", "/execute/sync", {"script": text, "args": []})

    def keys(self, *keys):
        actions = []
        for key in keys:
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def click(self, selector):
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        self.call("POST", f"/element/{found[ELEMENT]}/click", {})

    def until(self, text, what):
        for _ in range(100):
            if self.script(f"return {text}"):
                return
            time.sleep(0.05)
        raise AssertionError(f"{what}: {text}")

    def log(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def shot(self, name):
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            picture = base64.b64decode(self.call("GET", "/screenshot"))
            (pathlib.Path(folder) / f"{name}.png").write_bytes(picture)

    def requests(self):
        """What was asked for, the page's own file and data within it apart."""
        found = []
        for entry in self.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(("file:", "data:")):
                    found.append(url)
        return found

    def end(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()


SHOWN = "[...document.querySelectorAll('#changes ~ .module > ol > li')].filter(l => l.offsetParent).length"
ENTER, ESCAPE, TAB = "\ue007", "\ue00c", "\ue004"


def small(browser, page):
    browser.open(page)
    browser.until(f"{SHOWN} === 5", "five changes are shown")
    browser.shot("small-light")
    # A difference is opened, text beside text.
    browser.click("a[href='#e0']")
    browser.until("document.querySelector('#e0').open", "a link opens its change")
    browser.script("document.querySelectorAll('details[data-list]').forEach(d => d.open = true)")
    browser.until("document.querySelectorAll('details[data-list] table').length === 5", "differences are tables")
    cells = browser.script("return [...document.querySelectorAll('td pre .out, td pre .in')].map(s => s.textContent)")
    assert cells[:2] == ["removed: second", "added: other"], cells
    chain = browser.script("return [...document.querySelectorAll('.why li')].map(l => l.textContent).join('|')")
    assert "terraform_data.base.id: is replaced" in chain, chain
    assert browser.script("return document.querySelectorAll('td ins b').length") == 0, "markup of a value is text"
    assert browser.script("return document.body.textContent.includes('<b>needle</b></script>')")
    browser.shot("small-open")
    browser.script("document.querySelectorAll('details[data-list]').forEach(d => d.open = false)")
    # Keyboard only: search, go to a change, open it, show all again.
    browser.keys("/")
    browser.until("document.activeElement.id === 'search'", "/ goes to the search")
    browser.keys(*"needle")
    browser.until(f"{SHOWN} === 1", "the search finds one")
    assert browser.script("return document.getElementById('count').textContent") == "1 of 5 shown"
    browser.keys(TAB)
    browser.keys("j")
    browser.until("document.activeElement.tagName === 'SUMMARY'", "j goes to a change")
    browser.keys(ENTER)
    browser.until("document.activeElement.parentElement.open", "Enter opens it")
    browser.keys(ESCAPE)
    browser.until(f"{SHOWN} === 5", "Esc shows all")
    # Filter.
    browser.click("input[name=what][value=update]")
    browser.until(f"{SHOWN} === 3", "a filter hides what is only changed")
    browser.click("input[name=what][value=update]")
    # What happens is told as a bar, and beside each name what changes in it.
    bar = browser.script("return [...document.querySelectorAll('.bar li')].map(l => l.textContent.trim()).join('|')")
    assert "destroy 1" in bar and "create 1" in bar, bar
    short = browser.script("return [...document.querySelectorAll('.short')].map(l => l.textContent)")
    assert "forced by triggers_replace" in short, short
    # The graph leads to its changes.
    browser.script("document.querySelector('a[data-find=\"terraform_data.user\"]').dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))")
    browser.until("document.getElementById('search').value === 'terraform_data.user'", "a node finds its changes")
    # Names of what people use.
    assert browser.script("return document.querySelectorAll('h1').length") == 1
    unnamed = "return [...document.querySelectorAll('input, button, svg a')].filter(e => !(e.labels && e.labels.length) && !e.textContent.trim() && !e.getAttribute('aria-label')).length"
    assert browser.script(unnamed) == 0, "every control has a name"


def contrast(browser):
    """The least contrast of texts that are shown, by WCAG."""
    return browser.script(
        """
        const luminance = (rgb) => {
          const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const parse = (text) => text.match(/[\\d.]+/g).map(Number);
        const back = (e) => {
          for (; e; e = e.parentElement) {
            const c = parse(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c.slice(0, 3);
          }
          return [255, 255, 255];
        };
        let least = 21;
        for (const e of document.querySelectorAll('h1, h2, p, summary, .tag, .bar li, .short, .why li, code, th, td, a')) {
          if (!e.offsetParent) continue;
          const [a, b] = [luminance(parse(getComputedStyle(e).color).slice(0, 3)), luminance(back(e))];
          least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
        }
        return least;
        """
    )


def dark(browser, page):
    browser.open(page)
    browser.script("document.documentElement.dataset.theme = 'light'")
    light = browser.script("return getComputedStyle(document.body).backgroundColor")
    assert contrast(browser) >= 4.5, contrast(browser)
    browser.click("#theme")
    shade = browser.script("return getComputedStyle(document.body).backgroundColor")
    assert light != shade, shade
    browser.shot("small-dark")
    assert contrast(browser) >= 4.5, contrast(browser)


def many(browser, page):
    began = time.monotonic()
    browser.open(page)
    browser.until(f"document.querySelectorAll('details[data-list]').length === {MANY}", "all are there")
    loaded = time.monotonic() - began
    paint = browser.script("return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
    browser.script("document.getElementById('search').focus()")
    began = time.monotonic()
    browser.keys(*"new[4321]")
    browser.until("document.getElementById('count').textContent.startsWith('1 of')", "one of many is found")
    found = time.monotonic() - began
    browser.keys(ESCAPE)
    browser.until(f"document.getElementById('count').textContent === '{MANY} of {MANY} shown'", "Esc shows all of many")
    began = time.monotonic()
    browser.click("input[name=what][value=create]")
    browser.until("document.getElementById('count').textContent.startsWith('0 of')", "a filter hides many")
    filtered = time.monotonic() - began
    browser.click("input[name=what][value=create]")
    browser.click("a[href='#e4321']") if browser.script("return !!document.querySelector(\"a[href='#e4321']\")") else browser.script("location.hash = '#e4321'")
    browser.until("document.querySelector('#e4321').open", "one of many is opened by its link")
    size = page.stat().st_size
    print(f"browser: {MANY} changes: {size} bytes, painted after {paint / 1000:.2f} s, complete after {loaded:.2f} s, found after {found:.2f} s, filtered after {filtered:.2f} s")
    browser.shot("many")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        page = reported(scratch / "small", BEFORE, AFTER)
        after = 'resource "terraform_data" "new" {\n  count = %d\n  input = { n = count.index, words = "some words" }\n}\n' % MANY
        crowd = reported(scratch / "many", "", after)
        browser = Browser(False)
        try:
            small(browser, page)
            dark(browser, page)
            many(browser, crowd)
            said = [e["message"] for e in browser.log("browser")]
            assert not said, said
            asked = browser.requests()
            assert not asked, asked
        finally:
            browser.end()
    print("browser: the report was searched, filtered, opened and read, light and dark, by mouse and keyboard")


main()
