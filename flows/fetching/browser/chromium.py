"""A Chromium of our own: found, started without a way to the network, watched, and ended with all that it started."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from contextlib import AsyncExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.extras import install

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession

RENDERER_BYTES = 1_000_000_000
"""A page whose process takes more memory is ended (where there is ``/proc``, on Linux)."""
_HEAP_MEGABYTES = 512  # of a page's scripts
# between two looks at memory, set by hand: more often would cost time, more rarely let a page grow
_WATCH_SECONDS = 0.5
# set by hand, below the 108 bytes of a socket's path (unix(7)): Chromium adds names of its own
_LONGEST_FOLDER = 60  # characters
_START_SECONDS, _END_SECONDS = 60.0, 5.0
_DRIVER_END_SECONDS = (
    60.0  # of Playwright's driver: cut short on a busy machine, its process would outlive us
)

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# where Playwright keeps browsers that it has installed
_OWN_FOLDERS = MappingProxyType(
    {"darwin": "~/Library/Caches/ms-playwright", "win32": "~/AppData/Local/ms-playwright"}
)
# a proxy where nobody listens, and no names at all: what is not intercepted gets nowhere
_NOWHERE = "http://127.0.0.1:9"
# of several such lists Chromium reads the last alone: what Playwright switches off, and two
_FEATURES_OFF = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
    # the suggestions of an address bar that nobody sees: two pages of Chromium's own, loaded beside each of ours, in
    # more processor time than it takes
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
)
FEATURES_OFF = f"--disable-features={','.join(_FEATURES_OFF)}"
_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # its name before
    "--disable-quic",
    "--disable-gpu",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--no-first-run",
    "--no-pings",
    "--block-new-web-contents",
    f"--js-flags=--max-old-space-size={_HEAP_MEGABYTES}",
    FEATURES_OFF,
)
# nothing else of our environment is the business of a program that runs what pages bring: there may be secrets in it
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "SYSTEMROOT", "USERPROFILE", "FONTCONFIG_PATH")


def find_chromium() -> str | None:
    """The path of an installed Chromium, None where Playwright has one of its own.

    Raises EnvironmentFault where there is none, or no Playwright; the message has what to install.
    """
    if find_spec("playwright") is None:
        raise EnvironmentFault(
            f'--browser and fetch = "browser" need the browser extra: {install("browser")}, and a Chromium'
        )
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    usual = _OWN_FOLDERS.get(sys.platform, "~/.cache/ms-playwright")
    own = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or usual).expanduser()
    if found is None and not any(own.glob("chromium*/INSTALLATION_COMPLETE")):
        raise EnvironmentFault(
            '--browser and fetch = "browser" need a Chromium: install your system\'s package chromium, '
            "or run: playwright install chromium"
        )
    return found


class Chromium:
    """One running Chromium. The requests of its pages go nowhere unless it is intercepted."""

    def __init__(self, opened: AsyncExitStack, browser: Browser, session: CDPSession, process: int) -> None:
        self._opened = opened
        self.browser = browser
        self._session = session
        self._process = process
        self._watcher = asyncio.create_task(self._watch())

    @classmethod
    async def start(cls) -> Chromium:
        """Starts one. Raises EnvironmentFault, in one line, where that cannot be done."""
        from playwright.async_api import Error, async_playwright

        path = find_chromium()
        async with AsyncExitStack() as opened:
            try:
                driver = await opened.enter_async_context(async_playwright())
                browser = await driver.chromium.launch(
                    executable_path=path,
                    # root has no sandbox to put pages into: the kernel does not let Chromium make one for it
                    chromium_sandbox=not (hasattr(os, "geteuid") and os.geteuid() == 0),
                    proxy={"server": _NOWHERE, "bypass": "<-loopback>"},
                    args=_ARGUMENTS,
                    env=_environment(),
                    timeout=_START_SECONDS * 1000,
                )
                session = await browser.new_browser_cdp_session()
                info = await session.send("SystemInfo.getProcessInfo")
            except (Error, OSError) as error:
                raise EnvironmentFault(
                    f"{path or 'Chromium'} cannot be started: {_why(error)}; try it by hand: {path or 'chromium'} --headless --dump-dom about:blank"
                ) from error
            process = next(one["id"] for one in info["processInfo"] if one["type"] == "browser")
            return cls(opened.pop_all(), browser, session, process)
        raise AssertionError  # an exit stack swallows nothing

    @property
    def is_alive(self) -> bool:
        """Whether it still answers to us."""
        return self.browser.is_connected()

    async def close(self) -> None:
        """Ends it, by force where it does not in some seconds."""
        self._watcher.cancel()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self.browser.close()
        except Exception:  # noqa: BLE001 - whatever keeps it from ending, it must end
            self.kill()
        with suppress(TimeoutError):  # the driver ends with us at the latest: its pipe breaks
            async with asyncio.timeout(_DRIVER_END_SECONDS):
                await self._opened.aclose()

    def kill(self) -> None:
        """Ends the process, and with it those of its pages."""
        if self.is_alive:  # the number is still its own
            _kill(self._process)

    async def _watch(self) -> None:
        """Ends processes of pages that take too much memory, as long as Chromium answers."""
        from playwright.async_api import Error

        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            try:
                info = await self._session.send("SystemInfo.getProcessInfo")
            except Error:
                return
            for one in info["processInfo"]:
                if one["type"] == "renderer" and _memory_bytes(one["id"]) > RENDERER_BYTES:
                    _kill(one["id"])


def _environment() -> dict[str, str | float | bool]:
    """The environment of Chromium; a folder in which the name of its socket would be too long is kept from it."""
    known = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {name: value for name, value in known.items() if name != "TMPDIR" or len(value) <= _LONGEST_FOLDER}


def _why(error: Exception) -> str:
    """Why Chromium did not start: its own last word, where Playwright's error has it."""
    words = [line.partition("FATAL:")[2] for line in str(error).splitlines() if "FATAL:" in line]
    return words[-1][:200] if words else first_line(error)


def first_line(error: Exception) -> str:
    """The first line of an error, cut where it is long; Playwright adds a log to it."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def _memory_bytes(process: int) -> int:
    """What a process holds in memory; 0 where that is not known."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _kill(process: int) -> None:
    try:
        os.kill(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    except OSError:  # ended meanwhile
        return
