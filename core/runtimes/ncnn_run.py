"""Computes one ncnn model for ncnn.ts: requests on stdin, answers on stdout, until stdin ends.

Arguments: the .param and the .bin file; without them it only says its version. A line of JSON comes before numbers, which are
float32 in the machine's order, channels last. What ncnn itself prints goes to stderr.
"""

import json
import os
import sys


def main() -> None:
    # ncnn prints to stdout, which is for answers alone.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def answer(head: dict, data: bytes = b"") -> None:
        answers.write(json.dumps(head).encode() + b"\n" + data)
        answers.flush()

    try:
        import ncnn
        import numpy as np
    except ImportError as error:
        return answer({"missing": str(error)})
    if len(sys.argv) < 3:
        return answer({"version": ncnn.__version__})

    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    # Numbers as the file has them: no shorter ones in between.
    net.opt.use_fp16_packed = False
    net.opt.use_fp16_storage = False
    net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    for path, load in zip(sys.argv[1:], (net.load_param, net.load_model)):
        if not os.path.isfile(path) or load(path) != 0:
            return answer({"error": f"{path}: ncnn does not read it"})
    if "data" not in net.input_names() or "output" not in net.output_names():
        return answer({"error": f"{sys.argv[1]}: it takes no blob data, or gives none named output"})
    answer({"version": ncnn.__version__})

    while line := sys.stdin.buffer.readline():
        n, h, w, c = json.loads(line)["shape"]
        data = sys.stdin.buffer.read(4 * n * h * w * c)
        results = []
        code = 0
        for image in np.frombuffer(data, np.float32).reshape(n, h, w, c):
            extractor = net.create_extractor()
            # A Mat of NumPy's numbers does not keep them alive.
            planes = np.ascontiguousarray(image.transpose(2, 0, 1))
            code = code or extractor.input("data", ncnn.Mat(planes).clone())
            if code == 0:
                code, result = extractor.extract("output")
            if code == 0:
                results.append(np.array(result).transpose(1, 2, 0))
        if code != 0:
            answer({"error": f"ncnn does not compute it (code {code})"})
            continue
        made = np.ascontiguousarray(np.stack(results), np.float32)
        answer({"shape": made.shape}, made.tobytes())


main()
