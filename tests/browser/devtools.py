"""A page in, what a real Chromium makes of it out: the DevTools protocol over a pipe, so that no port is opened."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FLAGS = (
    "--headless",
    "--no-sandbox",  # without it Chromium refuses to run as root, which CI often is
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
_PATIENCE = 60.0


def find_chromium() -> str | None:
    """The browser's path: `KUBEPLUMB_CHROMIUM`, or one of its usual names."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("KUBEPLUMB_CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)


class Page:
    """One tab; `events` holds everything that it reported."""

    def __init__(self, browser: "Browser", target: str) -> None:
        self._browser = browser
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.events: list[dict[str, Any]] = []
        browser.pages[self._session] = self
        for domain in ("Page", "Runtime", "Log", "Network", "Audits", "DOM"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of one protocol method."""
        return self._browser.call(method, self._session, **params)

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a file and wait until it has loaded."""
        self.events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri() + fragment)
        self._browser.read_until(lambda: any(event["method"] == "Page.loadEventFired" for event in self.events))

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited if it is a promise."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def width(self, pixels: int, height: int = 900) -> None:
        """Make the window so wide; below 600 pixels, a telephone's."""
        size = {"width": pixels, "height": height, "deviceScaleFactor": 1}
        self.call("Emulation.setDeviceMetricsOverride", mobile=pixels < 600, **size)

    def scheme(self, name: str) -> None:
        """Prefer `light` or `dark`."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def screenshot(self, file: Path | None = None, whole: bool = False) -> bytes:
        """The window's picture as PNG, or the whole page's."""
        data = base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])
        if file:
            file.write_bytes(data)
        return data

    def pdf(self, file: Path | None = None) -> bytes:
        """The printed page, A4."""
        paper = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True}
        data = base64.b64decode(self.call("Page.printToPDF", **paper)["data"])
        if file:
            file.write_bytes(data)
        return data

    def complaints(self) -> list[str]:
        """Whatever the console, the content security policy or an exception reported."""
        loud = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Audits.issueAdded")
        return [json.dumps(event) for event in self.events if event["method"] in loud]

    def requests(self) -> list[str]:
        """The addresses that the page asked for."""
        sent = [event["params"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [str(params["request"]["url"]) for params in sent]


class Browser:
    """A running Chromium."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader, self._writer = reader, writer
        self._buffer = b""
        self._answers: dict[int, dict[str, Any]] = {}
        self._last = 0
        self.pages: dict[str, Page] = {}

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """The result of one protocol method; AssertionError with Chromium's words if it fails."""
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        self.read_until(lambda: number in self._answers)
        answer = self._answers.pop(number)
        assert "error" not in answer, (method, answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def read_until(self, done: Callable[[], bool]) -> None:
        """Read messages until `done()`; TimeoutError if that takes too long."""
        end = time.monotonic() + _PATIENCE
        while not done():
            if not select.select([self._reader], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError("Chromium does not answer")
            data = os.read(self._reader, 1 << 20)
            if not data:
                raise ConnectionError("Chromium has ended")
            *messages, self._buffer = (self._buffer + data).split(b"\0")
            for message in messages:
                self._take(json.loads(message))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
        elif page := self.pages.get(message.get("sessionId", "")):
            page.events.append(message)

    @contextmanager
    def page(self) -> Iterator[Page]:
        """A fresh tab."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        yield Page(self, target)
        self.call("Target.closeTarget", targetId=target)


_LAUNCH = """
import fcntl, os, sys
commands, answers = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 5) for number in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads commands on descriptor 3 and answers on 4: put the pipes there, then become it."""


@contextmanager
def running(binary: str, profile: Path) -> Iterator[Browser]:
    """Chromium with an empty profile, ended afterwards."""
    commands, answers = os.pipe(), os.pipe()
    launch = [sys.executable, "-c", _LAUNCH, str(commands[0]), str(answers[1])]
    process = subprocess.Popen(
        [*launch, binary, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(commands[0], answers[1]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(commands[0])
    os.close(answers[1])
    try:
        yield Browser(answers[0], commands[1])
    finally:
        process.terminate()
        process.wait(20)
        os.close(commands[1])
        os.close(answers[0])
