"""Drives Chromium or Chrome, by the DevTools protocol through a pipe, for the checks of pages beside this file.

In Rust it would take a crate that drives browsers, which nobody else here needs.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


def drive(limit_s, checks):
    """Calls this with a browser. Without one it ends with 77: can't be checked here."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if not program:
        print(f"NOT CHECKED: none of {', '.join(NAMES)} is here.")
        sys.exit(77)
    # A browser that hangs must not hang the whole run.
    if hasattr(os, "fork"):
        import signal

        signal.alarm(limit_s)
    profile = tempfile.mkdtemp(prefix="handoff-browser-")
    try:
        with Browser(program, profile) as browser:
            checks(browser)
    finally:
        # Its helpers may still write for a moment.
        shutil.rmtree(profile, ignore_errors=True)


def fails(failed, why):
    if failed:
        sys.exit(f"FAILED: {why}")


def as_address(path):
    return Path(path).resolve().as_uri()


class Page:
    def __init__(self, browser, url):
        self.browser = browser
        browser.session = None
        browser.events.clear()
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.call("Page.enable")
        browser.call("Network.enable")
        browser.call("Page.navigate", url=url)
        browser.wait_for("Page.loadEventFired")

    def value(self, expression):
        result = self.browser.call("Runtime.evaluate", expression=expression, returnByValue=True)
        fails("exceptionDetails" in result, f"{expression}: {result.get('exceptionDetails')}")
        return result["result"].get("value")

    def count(self, selector):
        return self.value(f"document.querySelectorAll('{selector}').length")

    def shows(self, selector, text):
        seen = self.value(f"document.querySelector('{selector}').textContent")
        fails(seen != text, f"{selector} shows '{seen}', not '{text}'")

    def is_seen(self, selector):
        fails(not self.value(f"document.querySelector('{selector}').checkVisibility()"), f"{selector} is hidden")

    def is_hidden(self, selector):
        fails(self.value(f"document.querySelector('{selector}').checkVisibility()"), f"{selector} is seen")

    def offline(self):
        """It asked for nothing but itself."""
        sent = [event for event in self.browser.events if event["method"] == "Network.requestWillBeSent"]
        asked = [event["params"]["request"]["url"] for event in sent]
        fails(len(asked) != 1 or not asked[0].startswith("file:"), f"it asked for {asked}")

    def focus(self, selector):
        self.value(f"document.querySelector('{selector}').focus()")

    def click(self, selector, nth=0):
        place = self.value(
            f"(() => {{ const it = document.querySelectorAll('{selector}')[{nth}]; it.scrollIntoView({{block: 'center'}});"
            "const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ["mousePressed", "mouseReleased"]:
            self.browser.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def type(self, text):
        self.browser.call("Input.insertText", text=text)

    def press(self, key):
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "Space": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        texts = {"Enter": "\r", "Space": " "}
        event = {"key": " " if key == "Space" else key, "code": key, "windowsVirtualKeyCode": codes[key]}
        self.browser.call("Input.dispatchKeyEvent", type="keyDown", text=texts.get(key, ""), **event)
        self.browser.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def press_until(self, key, holds):
        for _ in range(40):
            self.press(key)
            if self.value(holds):
                return
        fails(True, f"40 times {key}, and not: {holds}")


class Browser:
    def __init__(self, program, profile):
        self.session, self.events, self.number, self.rest = None, [], 0, b""
        there, self.write_to = os.pipe()
        self.read_from, back = os.pipe()

        def as_3_and_4():
            # Above 4 first, so that neither is overwritten by the other.
            high = [os.dup2(fd, 50 + number) for number, fd in enumerate([there, back])]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        flags = ["--headless", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            flags.append("--no-sandbox")
        self.process = subprocess.Popen(
            [program, *flags], preexec_fn=as_3_and_4, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(there)
        os.close(back)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                fails("error" in answer, f"{method}: {answer.get('error')}")
                return answer["result"]

    def wait_for(self, method):
        while not any(event["method"] == method for event in self.events):
            self.read()

    def read(self):
        while b"\0" not in self.rest:
            chunk = os.read(self.read_from, 65536)
            fails(not chunk, "the browser has gone")
            self.rest += chunk
        message, _, self.rest = self.rest.partition(b"\0")
        message = json.loads(message)
        if "method" in message:
            self.events.append(message)
        return message
