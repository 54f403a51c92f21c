"""A head study's report, opened from its file in a real Chromium without a screen."""

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from CTPerfusionLib.lesion import LesionAnalysis, segment
from CTPerfusionLib.phantom import head_phantom
from CTPerfusionLib.pipeline import PipelineConfig, StageClock, analyse_series, report_content
from CTPerfusionLib.pipeline.summary import rounded
from CTPerfusionLib.report import ReportContent, write_pdf, write_report

SEED = 301
PATIENCE = 20  # seconds


def program(name: str, package: str) -> str:
    """Return the path of a program that the tests need."""
    path = shutil.which(name)
    assert path, f"{name} is missing; on Debian: apt-get install {package}"
    return path


@dataclass(frozen=True)
class Report:
    """A report on disk with what it was made of."""

    html: Path
    pdf: Path
    content: ReportContent
    lesion: LesionAnalysis

    @property
    def summary(self) -> dict[str, Any]:
        return json.loads((self.html.parent / "summary.json").read_text(encoding="utf-8"))

    def at(self, core: float, hypoperfusion: float, reference: str) -> dict[str, float | None]:
        """Return what the library measures at other thresholds, rounded as in summary.json."""
        protocol = self.lesion.protocol
        moved = protocol.customised(
            core=(protocol.core[0].at(core),), hypoperfusion=(protocol.hypoperfusion[0].at(hypoperfusion),)
        )
        again = segment(self.lesion.maps, moved, side=self.lesion.affected.side, counted=reference)
        volumes = again.volumes
        return {
            "core": rounded(volumes.core_ml, 2),
            "penumbra": rounded(volumes.volumes_ml["penumbra"], 2),
            "hypoperfusion": rounded(volumes.hypoperfusion_ml, 2),
            "ratio": rounded(volumes.mismatch_ratio, 3),
        }


def with_hostile_words(content: ReportContent) -> ReportContent:
    """Return the content for a scanner whose name is not to be trusted."""
    scan = replace(
        content.scan,
        manufacturer="</script><script>window.hacked = 1</script>",
        model="<img src=x onerror='window.hacked = 2'>",
    )
    return replace(content, scan=scan)


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return the report of a tiny head phantom, made as a run makes it."""
    clock = StageClock(None, None)
    series = head_phantom(seed=SEED, size="tiny").series
    config = PipelineConfig()
    analysis = analyse_series(series, config, clock)
    content = with_hostile_words(report_content(analysis, config, clock.seconds))
    folder = tmp_path_factory.mktemp("report")
    (folder / "summary.json").write_text(json.dumps(content.summary), encoding="utf-8")
    write_report(folder / "report.html", content)
    write_pdf(folder / "report.pdf", content)
    return Report(folder / "report.html", folder / "report.pdf", content, analysis.lesion)


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    """Return a Chromium that tells what it asks of the network and what it complains about."""
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(program("chromedriver", "chromium-driver")))
    yield driver
    driver.quit()


class Page:
    """A report in the browser, and what a reader does with it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def element(self, identifier: str) -> Any:
        return self.driver.find_element(By.ID, identifier)

    def text(self, identifier: str) -> str:
        """Return the text of an element, also of one that is hidden."""
        return " ".join(self.element(identifier).get_property("textContent").split())

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def settled(self) -> None:
        """Wait until what was asked for is drawn: bytes are unpacked and painted in turns of the browser."""
        self.driver.execute_async_script(
            "const done = arguments[0];"
            "setTimeout(() => requestAnimationFrame(() => setTimeout(done, 40)), 40);"
        )

    def pixels(self) -> str:
        """Return what the canvas shows, as text to compare."""
        self.settled()
        return str(self.run("return document.getElementById('stage').toDataURL()"))

    def key(self, *keys: str) -> None:
        """Press keys while the picture has the focus."""
        stage = self.element("stage")
        self.run("arguments[0].focus()", stage)
        for key in keys:
            stage.send_keys(key)

    def slide(self, identifier: str, position: int) -> None:
        """Move a slider as a hand does."""
        self.run(
            "arguments[0].value = arguments[1];"
            "arguments[0].dispatchEvent(new Event('input', {bubbles: true}));",
            self.element(identifier),
            position,
        )

    def numbers(self, column: str = "now") -> dict[str, str]:
        """Return the volumes and the ratio of one column of the viewer's table."""
        names = ("core", "penumbra", "hypoperfusion", "ratio")
        return {name: self.text(f"{column}-{name}") for name in names}

    def printed(self, path: Path) -> Path:
        """Print the page into a PDF file."""
        options = {"preferCSSPageSize": True, "printBackground": True}
        data = self.driver.execute_cdp_cmd("Page.printToPDF", options)["data"]
        path.write_bytes(base64.b64decode(data))
        return path

    @property
    def description(self) -> dict[str, Any]:
        return json.loads(self.element("viewer-description").get_property("textContent"))


@pytest.fixture(scope="session")
def opened(chromium: webdriver.Chrome, report: Report) -> Callable[..., Page]:
    """Open the report in a window of a size and a colour scheme, as soon as it answers."""

    def open_page(
        path: Path | None = None, *, width: int = 1400, height: int = 1000, scheme: str = "light"
    ) -> Page:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        chromium.get((path or report.html).as_uri())
        ready = "return document.documentElement.dataset.viewer === 'ready'"
        WebDriverWait(chromium, PATIENCE, poll_frequency=0.02).until(
            lambda driver: driver.execute_script(ready)
        )
        return Page(chromium)

    return open_page


@pytest.fixture(scope="session")
def printed(opened: Callable[..., Page], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page as the browser prints it."""
    return opened().printed(tmp_path_factory.mktemp("printed") / "report.pdf")


@pytest.fixture
def page(opened: Callable[..., Page]) -> Page:
    """Return the report, newly opened in a wide, light window."""
    return opened()
