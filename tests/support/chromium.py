"""A headless Chromium, driven through a pipe with the DevTools protocol: no port, no package."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
)


class Chromium:
    """A browser with one tab. Use as a context; skips the test where there is no Chromium (or no bash)."""

    def __init__(self, folder: Path) -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        shell = shutil.which("bash")
        if program is None or shell is None:
            pytest.skip("Chromium is not installed: the page is not opened (Debian: apt-get install chromium)")
        theirs, self.input = os.pipe()
        self.output, answers = os.pipe()
        command = f'exec "$0" "$@" 3<&{theirs} 4>&{answers}'
        flags = [*FLAGS, "--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([shell, "-c", command, program, *flags], pass_fds=(theirs, answers), **quiet)
        os.close(theirs)
        os.close(answers)
        self.number, self.rest, self.session, self.events = 0, b"", None, []
        target = next(each for each in self.call("Target.getTargets")["targetInfos"] if each["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self.input)  # Chromium ends with its pipe
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.output)

    def call(self, method: str, **parameters: object) -> dict:
        """Call a method of the protocol; keeps the events that come before its answer."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.input, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def _read(self) -> dict:
        while b"\0" not in self.rest:
            part = os.read(self.output, 1 << 20)
            assert part, "Chromium ended"
            self.rest += part
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def open(self, address: str, width: int = 1400, dark: bool = False, calm: bool = False) -> None:
        """Open a page and wait until it is loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        features = [("prefers-color-scheme", "dark" if dark else "light")]
        features += [("prefers-reduced-motion", "reduce" if calm else "no-preference")]
        self.call("Emulation.setEmulatedMedia", features=[{"name": name, "value": value} for name, value in features])
        for each in ("about:blank", address):  # between pages: a change of the hash alone would load nothing
            self.events.clear()
            self.call("Page.navigate", url=each)
            while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
                self.events.append(self._read())

    def run(self, script: str) -> object:
        """Value of an expression on the page; a promise is awaited."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def click(self, selector: str) -> None:
        """Click the middle of an element with the mouse, after scrolling to it."""
        place = f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
        place += " e.scrollIntoView({block: 'center', behavior: 'instant'});"
        place += " const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        x, y = self.run(place)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, text: str = "") -> None:
        """Press and release a key."""
        more = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def type(self, text: str) -> None:
        """Type text into what has the focus."""
        self.call("Input.insertText", text=text)

    def errors(self) -> list[str]:
        """Errors of scripts and of the Content-Security-Policy since the page was opened."""
        found = [event for event in self.events if event.get("method") == "Runtime.exceptionThrown"]
        logged = [event for event in self.events if event.get("method") == "Log.entryAdded"]
        return [str(event["params"]) for event in found] + [event["params"]["entry"]["text"] for event in logged]

    def requests(self) -> list[str]:
        """Addresses that the page asked for, without those inside it."""
        sent = [event["params"] for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        return [each["request"]["url"] for each in sent if not each["request"]["url"].startswith("data:")]
