"""Writes the interlaced PNGs of this folder byte by byte and checks them with Pillow; see README.md."""
import io, json, struct, zlib
import numpy as np
from PIL import Image

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

def rows(a, depth):
    """Packed rows of an array [h, w, samples], each with the next of the five filters."""
    h, w, s = a.shape
    bpp = max(1, s * depth // 8)
    out, above = b"", None
    for y in range(h):
        if depth == 16:
            raw = a[y].astype(">u2").tobytes()
        elif depth == 8:
            raw = a[y].astype(np.uint8).tobytes()
        else:
            bits = "".join(format(v, f"0{depth}b") for v in a[y].reshape(-1))
            bits += "0" * (-len(bits) % 8)
            raw = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
        above = above or bytes(len(raw))
        f, line = y % 5, bytearray()
        for i, v in enumerate(raw):
            l = raw[i - bpp] if i >= bpp else 0
            u = above[i]
            c = above[i - bpp] if i >= bpp else 0
            p = l + u - c
            d = [(abs(p - l), 0, l), (abs(p - u), 1, u), (abs(p - c), 2, c)]
            line.append((v - [0, l, u, (l + u) // 2, min(d)[2]][f]) % 256)
        out += bytes([f]) + bytes(line)
        above = raw
    return out

def png(a, depth, kind, interlaced, extra=b""):
    h, w, _ = a.shape
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    data = b"".join(rows(a[y::dy, x::dx], depth) for x, y, dx, dy in passes if a[y::dy, x::dx].size)
    packed = zlib.compress(data)
    half = len(packed) // 2  # two IDAT chunks, as large files have
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, int(interlaced)))
            + extra + chunk(b"IDAT", packed[:half]) + chunk(b"IDAT", packed[half:]) + chunk(b"IEND", b""))

h, w = 13, 19
y, x = np.mgrid[0:h, 0:w]
rgb = np.stack([(x * 13 + y * 7) % 256, (x * y * 5) % 256, (x * x + y * 3) % 256], -1)
gray16 = ((x * 3001 + y * 977) % 65536)[..., None]
gray2 = ((x + 2 * y) % 4)[..., None]
index4 = ((x * y + x) % 16)[..., None]
palette = bytes(v for i in range(16) for v in (i * 16, 255 - i * 7, i * i))
expected = {}
for name, a, depth, kind, extra in [
    ("rgb", rgb, 8, 2, b""), ("gray16", gray16, 16, 0, b""), ("gray2", gray2, 2, 0, b""),
    ("palette4", index4, 4, 3, chunk(b"PLTE", palette)),
]:
    for interlaced in (False, True):
        file = png(a, depth, kind, interlaced, extra)
        image = Image.open(io.BytesIO(file))
        image.load()
        pixels = np.asarray(image.convert("RGB") if kind == 3 else image.convert("L") if depth == 2 else image)
        title = f"{name}{'_interlaced' if interlaced else ''}.png"
        open(title, "wb").write(file)
        expected[title] = [3 if kind in (2, 3) else 1, pixels.reshape(-1).astype(int).tolist()]
    assert expected[f"{name}.png"] == expected[f"{name}_interlaced.png"]
json.dump({k: v for k, v in expected.items() if "interlaced" in k}, open("expected.json", "w"), separators=(",", ":"))
