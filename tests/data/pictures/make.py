"""Makes the pictures of this folder and expected.json (name -> [width, height, channels, depth, samples in base64, 16-bit ones big-endian]).

Needs numpy, Pillow and OpenCV. PNGs are put together byte by byte, so that every colour type, depth, filter and
interlacing is there; what is expected of them follows from the standard, and is compared with Pillow or OpenCV here
wherever those give the same thing. JPEG, WebP, BMP and GIF are expected as Pillow decodes them.
"""

import base64
import io
import json
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps

HERE = Path(__file__).parent
RNG = np.random.default_rng(17)
EXPECTED = {}


def expect(name, pixels, depth=8):
    pixels = np.asarray(pixels)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    h, w, c = pixels.shape
    kind = ">u2" if depth == 16 else "u1"
    EXPECTED[name] = [w, h, c, depth, base64.b64encode(pixels.astype(kind).tobytes()).decode()]


def save(name, data):
    (HERE / name).write_bytes(data)


# ---------------------------------------------------------------- PNG
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def filtered(rows, bpp):
    out, above = b"", bytes(len(rows[0]))
    for y, row in enumerate(rows):
        f = y % 5
        out += bytes([f])
        for i, v in enumerate(row):
            a = row[i - bpp] if i >= bpp else 0
            b = above[i]
            c = above[i - bpp] if i >= bpp else 0
            out += bytes([(v - [0, a, b, (a + b) >> 1, paeth(a, b, c)][f]) & 255])
        above = row
    return out


def packed_rows(pixels, depth):
    rows = []
    for row in pixels.reshape(len(pixels), -1):
        if depth == 16:
            rows.append(row.astype(">u2").tobytes())
        elif depth == 8:
            rows.append(row.astype("u1").tobytes())
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in row)
            bits += "0" * (-len(bits) % 8)
            rows.append(bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)))
    return rows


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(stored, depth, color, before=(), after=(), interlaced=False, pieces=3):
    h, w, samples = stored.shape
    bpp = max(1, samples * depth // 8)
    if interlaced:
        raw = b""
        for x, y, dx, dy in ADAM7:
            part = stored[y::dy, x::dx]
            if part.size:
                raw += filtered(packed_rows(part, depth), bpp)
    else:
        raw = filtered(packed_rows(stored, depth), bpp)
    data = zlib.compress(raw, 9)
    step = max(1, -(-len(data) // pieces))
    idat = [chunk(b"IDAT", data[i : i + step]) for i in range(0, len(data), step)]
    ihdr = struct.pack(">IIBBBBB", w, h, depth, color, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", ihdr), *before, *idat, *after, chunk(b"IEND", b"")]
    )


def pngs():
    w, h = 9, 7
    for color, samples, name in [(0, 1, "gray"), (2, 3, "rgb"), (4, 2, "graya"), (6, 4, "rgba")]:
        for depth in [1, 2, 4, 8, 16] if color == 0 else [8, 16]:
            stored = RNG.integers(0, 2**depth, (h, w, samples))
            full = stored * 255 // (2**depth - 1) if depth < 8 else stored
            for interlaced in [False, True]:
                file = f"{name}{depth}{'i' if interlaced else ''}.png"
                data = png(stored, depth, color, interlaced=interlaced)
                save(file, data)
                expect(file, full, 16 if depth == 16 else 8)
                seen = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
                if samples == 1 or samples >= 3:
                    seen = seen[..., None] if seen.ndim == 2 else seen
                    seen = seen[..., [2, 1, 0, 3][:samples] if samples > 1 else [0]]
                    assert (seen == full).all(), file
            if color in (0, 2):
                key = stored[3, 4]
                stored[5, 2] = key
                file = f"{name}{depth}_key.png"
                bits = [chunk(b"tRNS", b"".join(struct.pack(">H", int(v)) for v in key))]
                save(file, png(stored, depth, color, bits, interlaced=depth == 8))
                full = stored * 255 // (2**depth - 1) if depth < 8 else stored
                alpha = np.where((stored == key).all(-1, keepdims=True), 0, 65535 if depth == 16 else 255)
                alpha[3, 4] = 0
                expect(file, np.concatenate([full, alpha], -1), 16 if depth == 16 else 8)
                if depth == 8:
                    mode = "LA" if color == 0 else "RGBA"
                    seen = np.asarray(Image.open(io.BytesIO((HERE / file).read_bytes())).convert(mode))
                    assert (seen == np.concatenate([full, alpha], -1)).all(), file
    for depth in [1, 2, 4, 8]:
        colors = min(2**depth, 40)
        palette = RNG.integers(0, 256, (colors, 3))
        stored = RNG.integers(0, colors, (h, w, 1))
        plte = chunk(b"PLTE", palette.astype("u1").tobytes())
        file = f"palette{depth}.png"
        save(file, png(stored, depth, 3, [plte], interlaced=depth == 2))
        expect(file, palette[stored[..., 0]])
        assert (np.asarray(Image.open(HERE / file).convert("RGB")) == palette[stored[..., 0]]).all()
        alpha = RNG.integers(0, 256, colors)
        alpha[colors // 2 + 1 :] = 255
        trns = chunk(b"tRNS", alpha[: colors // 2 + 1].astype("u1").tobytes())
        file = f"palette{depth}_alpha.png"
        save(file, png(stored, depth, 3, [plte, trns]))
        full = np.concatenate([palette[stored[..., 0]], alpha[stored]], -1)
        expect(file, full)
        assert (np.asarray(Image.open(HERE / file).convert("RGBA")) == full).all(), file
    for size in [(1, 1), (1, 40), (40, 1), (2, 5)]:
        stored = RNG.integers(0, 256, (size[1], size[0], 3))
        for interlaced in [False, True]:
            file = f"size{size[0]}x{size[1]}{'i' if interlaced else ''}.png"
            save(file, png(stored, 8, 2, interlaced=interlaced))
            expect(file, stored)
    frames = [Image.fromarray(RNG.integers(0, 256, (6, 5, 3), dtype=np.uint8)) for _ in range(3)]
    frames[0].save(HERE / "animated.png", save_all=True, append_images=frames[1:], duration=50)
    expect("animated.png", np.asarray(frames[0]))


# ---------------------------------------------------------------- metadata
def exif(orientation, order="<"):
    """IFD0: width, length, orientation, a pointer to the Exif directory; then a thumbnail in IFD1."""
    mark = b"II*\0" if order == "<" else b"MM\0*"

    def entry(tag, kind, value):
        field = struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value)
        return struct.pack(order + "HHI", tag, kind, 1) + field

    ifd0_at, exif_at = 8, 8 + 2 + 4 * 12 + 4
    ifd1_at = exif_at + 2 + 2 * 12 + 4
    thumb_at = ifd1_at + 2 + 2 * 12 + 4
    ifd0 = [entry(0x100, 3, 5), entry(0x101, 4, 3), entry(0x112, 3, orientation), entry(0x8769, 4, exif_at)]
    inner = [entry(0xA002, 3, 5), entry(0xA003, 4, 3)]
    ifd1 = [entry(0x201, 4, thumb_at), entry(0x202, 4, 9)]

    def directory(entries, following):
        return struct.pack(order + "H", len(entries)) + b"".join(entries) + struct.pack(order + "I", following)

    return (
        mark
        + struct.pack(order + "I", ifd0_at)
        + directory(ifd0, ifd1_at)
        + directory(inner, 0)
        + directory(ifd1, 0)
        + b"THUMBNAIL"
    )


XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def orientations():
    small = RNG.integers(0, 256, (3, 5, 3), dtype=np.uint8)
    blocks = Image.fromarray(np.kron(small, np.ones((8, 8, 1), np.uint8)))
    for o in range(1, 9):
        order = "<" if o % 2 else ">"
        for kind in ["png", "jpg", "webp"]:
            name = f"turned{o}.{kind}"
            image = Image.fromarray(small) if kind == "png" else blocks
            options = {"quality": 95} if kind == "jpg" else {"lossless": True} if kind == "webp" else {}
            image.save(HERE / name, exif=b"Exif\0\0" + exif(o, order), **options)
            expect(name, np.asarray(ImageOps.exif_transpose(Image.open(HERE / name))))
    with_all = Image.fromarray(small)
    whole = dict(icc_profile=SRGB, exif=b"Exif\0\0" + exif(6))
    blocks.save(HERE / "metadata.jpg", quality=95, xmp=XMP, **whole)
    blocks.save(HERE / "metadata.webp", lossless=True, xmp=XMP, **whole)
    iccp = chunk(b"iCCP", b"icc\0\0" + zlib.compress(SRGB))
    itxt = chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP))
    others = [chunk(b"gAMA", struct.pack(">I", 45455)), chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1))]
    late = [chunk(b"eXIf", exif(6))]
    save("metadata.png", png(np.asarray(with_all).astype(int), 8, 2, [*others, iccp, itxt], late))
    for name in ["metadata.jpg", "metadata.webp"]:
        expect(name, np.asarray(ImageOps.exif_transpose(Image.open(HERE / name))))
    expect("metadata.png", np.rot90(small, -1))
    (HERE / "srgb.icc").write_bytes(SRGB)
    (HERE / "packet.xmp").write_bytes(XMP)


# ---------------------------------------------------------------- JPEG
def smooth(w, h, channels):
    y, x = np.mgrid[0:h, 0:w]
    planes = [127 + 90 * np.sin(x / (7 + 3 * c) + c) + 37 * np.cos(y / (5 + 2 * c)) for c in range(channels)]
    noise = RNG.integers(-6, 7, (h, w, channels))
    return np.clip(np.stack(planes, -1) + noise, 0, 255).astype(np.uint8)


def with_adobe(data, transform):
    segment = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([transform])
    return data[:2] + segment + data[2:]


def without_adobe(data):
    at = data.index(b"\xff\xee\0\x0eAdobe")
    return data[:at] + data[at + 16 :]


def jpegs():
    w, h = 37, 29
    rgb, cmyk = Image.fromarray(smooth(w, h, 3)), Image.fromarray(smooth(w, h, 4), "CMYK")

    def made(image, **options):
        out = io.BytesIO()
        image.save(out, "jpeg", **options)
        return out.getvalue()

    files = {
        "gray.jpg": made(rgb.convert("L"), quality=90),
        "ycc444.jpg": made(rgb, quality=90, subsampling=0),
        "ycc422.jpg": made(rgb, quality=90, subsampling=1),
        "ycc420.jpg": made(rgb, quality=90, subsampling=2),
        "progressive.jpg": made(rgb, quality=85, progressive=True),
        "restart.jpg": made(rgb, quality=85, restart_marker_blocks=2),
        "rgb.jpg": made(rgb, quality=90, keep_rgb=True),
        "cmyk.jpg": made(cmyk, quality=90),
    }
    files["cmyk_unmarked.jpg"] = without_adobe(files["cmyk.jpg"])
    # Four components of which Adobe's marker says that the first three are YCbCr: any content will do.
    files["ycck.jpg"] = with_adobe(files["cmyk_unmarked.jpg"], 2)
    for name, data in files.items():
        save(name, data)
        image = Image.open(io.BytesIO(data))
        expect(name, np.asarray(image if image.mode == "L" else image.convert("RGB")))


# ---------------------------------------------------------------- WebP, BMP, GIF
def webps():
    rgb = smooth(21, 17, 3)
    alpha = RNG.integers(0, 256, (17, 21, 1), dtype=np.uint8)
    rgba = np.concatenate([rgb, alpha], -1)
    for name, pixels, options in [
        ("lossless.webp", rgb, dict(lossless=True)),
        ("lossless_alpha.webp", rgba, dict(lossless=True, exact=True)),
        ("lossy.webp", rgb, dict(quality=80)),
        ("lossy_alpha.webp", rgba, dict(quality=80)),
    ]:
        Image.fromarray(pixels).save(HERE / name, **options)
        expect(name, np.asarray(Image.open(HERE / name)))
    frames = [Image.fromarray(smooth(21, 17, 3)) for _ in range(3)]
    frames[0].save(HERE / "animated.webp", save_all=True, append_images=frames[1:], lossless=True)
    expect("animated.webp", np.asarray(Image.open(HERE / "animated.webp").convert("RGBA")))


def bmp(bits, compression, data, width, height, palette=b"", masks=b"", header=40):
    used = len(palette) // 4
    size = 14 + header + (len(masks) if header == 40 else 0) + len(palette)
    info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(data), 0, 0, used, 0)
    info += masks
    info += bytes(max(0, header - len(info)))
    return b"BM" + struct.pack("<IHHI", size + len(data), 0, 0, size) + info + palette + data


def bmps():
    w, h = 7, 5
    rgba = RNG.integers(0, 256, (h, w, 4), dtype=np.uint8)
    rgb = Image.fromarray(rgba[..., :3])
    for name, image in [
        ("rgb24.bmp", rgb),
        ("palette8.bmp", rgb.quantize(20)),
        ("gray8.bmp", rgb.convert("L")),
        ("bits1.bmp", rgb.convert("1")),
        ("bits32.bmp", Image.fromarray(rgba)),
    ]:
        image.save(HERE / name)
    words = RNG.integers(0, 65536, (h, w), dtype=np.uint16)
    rows = b"".join(row.tobytes() + b"\0\0" for row in words)
    save("bits555.bmp", bmp(16, 0, rows, w, h))
    save("bits565.bmp", bmp(16, 3, rows, w, h, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    save("down.bmp", bmp(32, 0, rgba.tobytes(), w, -h))
    masks = struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000)
    save("alpha.bmp", bmp(32, 3, rgba[::-1].tobytes(), w, h, masks=masks, header=108))
    palette = RNG.integers(0, 256, (16, 4), dtype=np.uint8).tobytes()
    index = RNG.integers(0, 16, (h, w))
    nibbles = b"".join(
        bytes([row[0] << 4 | row[1], row[2] << 4 | row[3], row[4] << 4 | row[5], row[6] << 4]) for row in index.tolist()
    )
    save("palette4.bmp", bmp(4, 0, nibbles, w, h, palette))
    runs = b"".join([bytes([0, w, *row]) + b"\0" * (w % 2) + b"\0\0" for row in index[:3].tolist()])
    runs += bytes([w, 5, 0, 0]) + bytes([3, 9, 4, 2]) + b"\0\1"
    save("rle8.bmp", bmp(8, 1, runs, w, h, palette))
    runs4 = bytes([w, 0x3A, 0, 0]) * 3 + bytes([0, 5, 0x12, 0x34, 0x50, 0, 2, 0x77, 0, 0]) + bytes([7, 0x11, 0, 1])
    save("rle4.bmp", bmp(4, 2, runs4, w, h, palette))
    for file in sorted(HERE.glob("*.bmp")):
        image = Image.open(file)
        mode = image.mode if image.mode in ("L", "RGB", "RGBA") else "L" if image.mode == "1" else "RGB"
        expect(file.name, np.asarray(image.convert(mode)))


def gifs():
    w, h = 23, 19
    pixels = smooth(w, h, 3)
    Image.fromarray(pixels).quantize(200).save(HERE / "plain.gif", interlace=0)
    Image.fromarray(pixels).quantize(200).save(HERE / "interlaced.gif", interlace=1)
    noise = Image.fromarray(RNG.integers(0, 256, (70, 74), dtype=np.uint8), "L")
    noise.save(HERE / "long.gif")  # more than 4096 strings
    few = Image.fromarray(pixels).quantize(3)
    few.save(HERE / "transparent.gif", transparency=1)
    frames = [Image.fromarray(smooth(w, h, 3)) for _ in range(3)]
    frames[0].save(HERE / "animated.gif", save_all=True, append_images=frames[1:])
    for file in sorted(HERE.glob("*.gif")):
        image = Image.open(file)
        expect(file.name, np.asarray(image.convert("RGBA" if "transparency" in image.info else "RGB")))


pngs()
orientations()
jpegs()
webps()
bmps()
gifs()
(HERE / "expected.json").write_text(json.dumps(EXPECTED, indent=0) + "\n")
