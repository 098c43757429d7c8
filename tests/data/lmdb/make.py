"""Makes the data bases of this folder and expected.json: see README.md.

The page size is that of the operating system: 4096 where these were made.
"""
import gzip
import hashlib
import json
import os
import random
import shutil

import cv2
import lmdb
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
expected = {}


def write(name, fill, compact=True, **options):
    """Fills a data base in a scratch folder and keeps its data.mdb."""
    scratch = os.path.join(HERE, "scratch")
    shutil.rmtree(scratch, ignore_errors=True)
    env = lmdb.open(scratch, map_size=1 << 24, **options)
    fill(env)
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    if compact:
        env.copy(folder, compact=True)
    else:
        env.sync(True)
        shutil.copy(os.path.join(scratch, "data.mdb"), folder)
    env.close()
    shutil.rmtree(scratch)
    return folder


def describe(name):
    """What Python's lmdb reads, key by key."""
    env = lmdb.open(os.path.join(HERE, name), readonly=True, lock=False, max_dbs=1)
    with env.begin() as txn:
        expected[name] = {
            "depth": env.stat()["depth"],
            "overflow_pages": env.stat()["overflow_pages"],
            "values": {
                key.decode("latin-1"): [len(value), hashlib.sha256(value).hexdigest()]
                for key, value in txn.cursor()
            },
        }
    env.close()


# Pairs as BasicSR's make_lmdb_from_imgs writes them, and the same files in folders.
rng = np.random.default_rng(7)
for kind, scale in (("gt", 2), ("lq", 1)):
    folder = os.path.join(HERE, "files", kind)
    os.makedirs(folder, exist_ok=True)
    images, lines = {}, []
    for name, height, width in (("a.v1", 22, 26), ("b", 6, 8)):
        noise = rng.integers(0, 256, (height * scale, width * scale, 3), np.uint8)
        images[name] = cv2.imencode(".png", noise, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        lines.append(f"{name}.png ({height * scale},{width * scale},3) 1\n")
        with open(os.path.join(folder, f"{name}.png"), "wb") as file:
            file.write(images[name])

    def fill(env):
        for name, png in images.items():
            with env.begin(write=True) as txn:
                txn.put(name.encode("ascii"), png)

    folder = write(f"{kind}.lmdb", fill)
    with open(os.path.join(folder, "meta_info.txt"), "w") as file:
        file.writelines(reversed(lines))
    describe(f"{kind}.lmdb")


# Keys so long that few fit a page: three levels. Several transactions with deletions, not compacted: both meta pages
# differ, and there are pages that are free.
def many(env):
    random.seed(3)
    keys = [b"%03d" % i + b"k" * random.randrange(470, 500) for i in range(44)]
    random.shuffle(keys)
    odd = [b"a", b"ab", b"abc", b"b", b"\x00", b"\x7f", b"\xc3\xa9", b"\xc3\xa9\xff", b"zero"]
    with env.begin(write=True) as txn:
        for key in keys:
            txn.put(key, b"value of " + key[:3])
    with env.begin(write=True) as txn:
        for i, key in enumerate(odd):
            txn.put(key, b"" if key == b"zero" else b"odd %d" % i)
        txn.put(b"large", bytes(range(256)) * 20)
    with env.begin(write=True) as txn:
        for key in keys[:4]:
            txn.delete(key)


write("many", many, compact=False)
describe("many")
with open(os.path.join(HERE, "many", "data.mdb"), "rb") as file:
    packed = gzip.compress(file.read(), 9, mtime=0)
with open(os.path.join(HERE, "many.mdb.gz"), "wb") as file:
    file.write(packed)
shutil.rmtree(os.path.join(HERE, "many"))

write("empty", lambda env: None)
describe("empty")


def named(env):
    with env.begin(write=True, db=env.open_db(b"inner")) as txn:
        txn.put(b"a", b"1")


write("named", named, max_dbs=1)

with open(os.path.join(HERE, "expected.json"), "w") as file:
    json.dump(expected, file, indent=1, sort_keys=True)
    file.write("\n")
