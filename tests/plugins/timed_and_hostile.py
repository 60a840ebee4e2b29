"""Methods to time that print, hang, die and look around."""

import os
import subprocess
import sys
import time
from pathlib import Path

from upbench.benchmark.core.contract import method

print("printed at import")
HERE = Path(__file__).parent


def repeat(image, scale):
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


@method("noisy", family="test")
def noisy(image, scale):
    print('{"status": "ok", "reason": "forged"}', flush=True)
    os.write(1, b"raw bytes \xff\n")
    sys.stderr.write("e" * 200_000)
    subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
    return repeat(image, scale)


@method("hanging", family="test")
def hanging(image, scale):
    if image.shape[0] == 32:
        child = subprocess.Popen(["sleep", "600"])
        (HERE / "pids").write_text(f"{os.getpid()} {child.pid}")
        time.sleep(600)
    return repeat(image, scale)


@method("dying", family="test")
def dying(image, scale):
    if image.shape[0] == 32:
        print("about to die")
        os.abort()
    if image.shape[0] == 64:
        os._exit(7)
    return repeat(image, scale)


@method("curious", family="test")
class Curious:
    def __init__(self, scale, device="cpu"):
        self.scale = scale
        seen = os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"], os.getpid()
        with (HERE / "seen").open("a") as file:
            print(*seen, "numpy" in sys.modules, sys.stdin.read(), file=file)

    def __call__(self, image):
        return repeat(image, self.scale)
