"""Two threads may compute at once, as when a curve is probed during a run, whatever numba's thread pool."""

import os
import subprocess
import sys

SCRIPT = """
import threading
import numpy as np
from CTPerfusionLib.kinetics import METHODS, ArterialInput, compute_maps, curve_explainer
from CTPerfusionLib.preprocessing import FILTERS

times = np.arange(0.0, 40.0, 1.0)
aif = ArterialInput.from_samples(times, 300.0 * np.exp(-0.5 * ((times - 12.0) / 3.0) ** 2))
curves = 0.04 * np.repeat(aif.value(times - 2.0)[:, None], 2 * 30 * 40, axis=1).reshape(-1, 2, 30, 40)
curves += np.random.default_rng(0).normal(0.0, 1.0, curves.shape)
voxels, mask = curves.astype(np.float32), np.ones(curves.shape[1:], dtype=bool)
failures = []

def work():
    try:
        for method in METHODS:
            maps = compute_maps(voxels, times, mask, aif, method=method, device="cpu")
            values = {name: float(image[0, 9, 9]) for name, image in maps.maps.items()}
            curve_explainer(maps, times, aif)(voxels[:, 0, 9, 9], values)
        for noise_filter in FILTERS.values():
            noise_filter.apply(voxels, (1.0, 1.0, 5.0), mask)
    except BaseException as error:
        failures.append(error)

threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(failures)
"""


def test_two_threads_compute_at_once_with_the_simplest_thread_pool():
    environment = {**os.environ, "NUMBA_THREADING_LAYER": "workqueue"}
    command = [sys.executable, "-c", SCRIPT]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603

    assert (result.returncode, result.stdout.strip()) == (0, "[]"), result.stderr
