"""The PyTorch side of ``deno task bench``.

Started with a job as JSON (see ``_work.ts``), it prints one line of JSON when it is ready. Each line on standard input
then asks for one turn, which it answers with one line: the seconds that the turn took, measured here, and a number
that was computed. It ends when standard input does. Everything else that anything prints goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import sys
import time
import types
from dataclasses import dataclass
from typing import Any, Callable

import torch
import torch.nn.functional as F

Job = dict[str, Any]


@dataclass
class Session:
    """A job that is ready to be done again and again.

    Attributes:
        turn: Does the work once and returns a number that depends on all of it.
        prepare: What comes before each turn and is not measured.
        images: Images that a turn gives, for jobs that read data.
    """

    turn: Callable[[], float]
    prepare: Callable[[], None] = lambda: None
    images: int | None = None


def provide_functional_tensor() -> None:
    """Gives BasicSR 1.4.2 a module that torchvision had until 0.16."""
    import torchvision.transforms.functional as functional

    name = 'torchvision.transforms.functional_tensor'
    module = types.ModuleType(name)
    module.rgb_to_grayscale = functional.rgb_to_grayscale
    sys.modules[name] = module


def build_network(job: Job) -> torch.nn.Module:
    """Builds BasicSR's network for the job, with channels last, which is what oneDNN likes best."""
    from basicsr.archs import build_network as build

    torch.manual_seed(0)
    return build(job['network']).to(memory_format=torch.channels_last)


def random_images(count: int, size: int) -> torch.Tensor:
    """Returns ``[count, 3, size, size]``, float32 in [0, 1), channels last."""
    return torch.rand(count, 3, size, size).to(memory_format=torch.channels_last)


def autocast(job: Job) -> torch.autocast:
    """Returns the context that lowers precision where the job asks for it."""
    return torch.autocast('cpu', torch.bfloat16, enabled=job['precision'] == 'bf16')


def open_training(job: Job, compiled: bool) -> Session:
    """Training steps, in the order of BasicSR's ``SRModel.optimize_parameters``."""
    net = build_network(job)
    forward = torch.compile(net) if compiled else net
    optimizer = torch.optim.Adam(net.parameters(), lr=job['lr'])
    lq = random_images(job['batch'], job['size'])
    gt = random_images(job['batch'], job['size'] * job['scale'])

    def turn() -> float:
        optimizer.zero_grad(set_to_none=True)
        with autocast(job):
            loss = F.l1_loss(forward(lq), gt)
        loss.backward()
        optimizer.step()
        return loss.item()

    return Session(turn)


def open_gan(job: Job, compiled: bool) -> Session:
    """Whole iterations of BasicSR's own ``RealESRGANModel``, whose calls of ``cuda`` are passed over."""
    from basicsr.models import build_model, realesrgan_model

    # Its filters take no other layout, which today's PyTorch does not hand them by itself.
    filter2d = realesrgan_model.filter2D
    realesrgan_model.filter2D = lambda image, kernel: filter2d(image.contiguous(), kernel)
    torch.nn.Module.cuda = lambda self, *args, **kwargs: self
    torch.Tensor.cuda = lambda self, *args, **kwargs: self
    torch.manual_seed(0)
    optimizer = {'type': 'Adam', 'lr': job['lr']}
    model = build_model({
        **job['options'],
        'name': 'bench',
        'model_type': 'RealESRGANModel',
        'scale': job['scale'],
        'num_gpu': 0,
        'is_train': True,
        'dist': False,
        'path': {},
        'gt_size': job['size'],
        'network_g': dict(job['network']),
        'network_d': dict(job['discriminator']),
        'train': {
            'total_iter': 1,
            'ema_decay': 0.999,
            'optim_g': dict(optimizer),
            'optim_d': dict(optimizer),
            'scheduler': {'type': 'MultiStepLR', 'milestones': [1000000]},
            'pixel_opt': {'type': 'L1Loss'},
            'gan_opt': {'type': 'GANLoss', 'gan_type': 'vanilla', 'loss_weight': 0.1},
        },
    })
    for net in (model.net_g, model.net_d, model.net_g_ema):
        net.to(memory_format=torch.channels_last)
        if compiled:
            net.compile()
    kernels = [torch.rand(job['batch'], 21, 21) for _ in range(3)]
    kernels = [kernel / kernel.sum((1, 2), keepdim=True) for kernel in kernels]
    batch = {
        'gt': torch.rand(job['batch'], 3, job['source'], job['source']),
        'kernel1': kernels[0],
        'kernel2': kernels[1],
        'sinc_kernel': kernels[2],
    }
    iteration = 0

    def turn() -> float:
        nonlocal iteration
        iteration += 1
        model.feed_data(batch)
        with autocast(job):
            model.optimize_parameters(iteration)
        return model.log_dict['l_d_real']

    return Session(turn)


def open_inference(job: Job, compiled: bool) -> Session:
    """Restores one image."""
    net = build_network(job).eval()
    forward = torch.compile(net) if compiled else net
    lq = random_images(1, job['size'])

    def turn() -> float:
        with torch.inference_mode(), autocast(job):
            return forward(lq).float().mean().item()

    return Session(turn)


def open_data(job: Job) -> Session:
    """Reads training batches with BasicSR's own dataset, sampler, loader and prefetcher."""
    import yaml
    from basicsr.data import build_dataloader, build_dataset
    from basicsr.data.data_sampler import EnlargedSampler
    from basicsr.data.prefetch_dataloader import CPUPrefetcher

    with open(job['options'], encoding='utf-8') as file:
        options = yaml.safe_load(file)
    block = {**options['datasets']['train'], 'phase': 'train', 'scale': options['scale']}
    dataset = build_dataset(block)
    sampler = EnlargedSampler(dataset, num_replicas=1, rank=0, ratio=job['enlarge'])
    loader = build_dataloader(dataset, block, num_gpu=0, sampler=sampler, seed=options['manual_seed'])
    batches = CPUPrefetcher(loader)
    value = 0.0

    def take(count: int) -> None:
        nonlocal value
        for _ in range(count):
            value = batches.next()['lq'][0, 0, 0, 0].item()

    def turn() -> float:
        take(job['batches'])
        return value

    return Session(turn, lambda: take(job['skipped']), job['batches'] * block['batch_size_per_gpu'])


def about() -> dict[str, str]:
    """Returns the versions of what can change a result."""
    import basicsr

    config = torch.__config__.show().splitlines()
    onednn = next((line.split('MKL-DNN')[1].split('(')[0].strip() for line in config if 'MKL-DNN' in line), 'none')
    return {
        'torch': torch.__version__,
        'oneDNN': f'{onednn} ({torch.backends.cpu.get_cpu_capability()})',
        'BasicSR': basicsr.__version__,
        'Python': platform.python_version(),
    }


def open_session(job: Job, compiled: bool) -> Session:
    """Opens the job, whatever it is."""
    if job['kind'] == 'train':
        return open_training(job, compiled)
    if job['kind'] == 'gan':
        return open_gan(job, compiled)
    if job['kind'] == 'infer':
        return open_inference(job, compiled)
    if job['kind'] == 'data':
        return open_data(job)
    raise ValueError(f'job.kind must be train, gan, infer, data or about, received {job["kind"]}')


def main() -> None:
    """Answers requests until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('job', type=json.loads, help='the job, as JSON')
    parser.add_argument('--threads', type=int, required=True, help='threads of PyTorch')
    parser.add_argument('--compile', action='store_true', help='use torch.compile')
    args = parser.parse_args()

    # Answers alone go to the real standard output, whoever prints.
    answers = os.fdopen(os.dup(1), 'w', encoding='utf-8')
    os.dup2(2, 1)

    def answer(values: Job) -> None:
        print(json.dumps(values), file=answers, flush=True)

    torch.set_num_threads(args.threads)
    provide_functional_tensor()
    if args.job['kind'] == 'about':
        answer({'ready': True, 'about': about()})
        return
    session = open_session(args.job, args.compile)
    answer({'ready': True} if session.images is None else {'ready': True, 'images': session.images})
    for _ in sys.stdin:
        session.prepare()
        start = time.perf_counter()
        value = session.turn()
        answer({'seconds': time.perf_counter() - start, 'value': value})
    for reader in multiprocessing.active_children():
        reader.terminate()
        reader.join()
    # The thread that prefetches must not be waited for.
    os._exit(0)


if __name__ == '__main__':
    main()
