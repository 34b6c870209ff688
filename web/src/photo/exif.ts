// Carries a photo's EXIF over to its shrunk copy.
//
// A canvas drops the EXIF. When and where a photo was taken is evidence (the server reads it into protected
// columns and strips it from every stored copy), so the segment is put back, with the orientation set to
// upright because the canvas has turned the picture already.

const SOI = 0xffd8;
const APP1 = 0xffe1;
const SOS = 0xffda;
const ORIENTATION = 0x0112;

/** The whole EXIF segment of a JPEG (marker and length included), or null. Reads no further than the headers. */
export function findExif(bytes: Uint8Array): Uint8Array | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== SOI) return null;
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = view.getUint16(at);
    if (marker === SOS || marker >> 8 !== 0xff) return null;
    const length = view.getUint16(at + 2);
    if (marker === APP1 && at + 2 + length <= bytes.length && hasExifName(bytes, at + 4)) {
      return bytes.slice(at, at + 2 + length);
    }
    at += 2 + length;
  }
  return null;
}

function hasExifName(bytes: Uint8Array, at: number): boolean {
  return String.fromCharCode(...bytes.slice(at, at + 4)) === 'Exif';
}

/** The segment with its orientation set to upright; null when it is not built as EXIF should be. */
export function upright(segment: Uint8Array): Uint8Array | null {
  const copy = segment.slice();
  const tiff = 10;
  const view = new DataView(copy.buffer);
  if (copy.length < tiff + 8) return null;
  const order = view.getUint16(tiff);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  const little = order === 0x4949;
  const ifd = tiff + view.getUint32(tiff + 4, little);
  if (ifd + 2 > copy.length) return null;
  const entries = view.getUint16(ifd, little);
  for (let i = 0; i < entries; i++) {
    const at = ifd + 2 + i * 12;
    if (at + 12 > copy.length) return null;
    if (view.getUint16(at, little) === ORIENTATION) view.setUint16(at + 8, 1, little);
  }
  return copy;
}

/** A JPEG with the segment as its first one. */
export function withExif(jpeg: Uint8Array, segment: Uint8Array): Uint8Array {
  const out = new Uint8Array(jpeg.length + segment.length);
  out.set(jpeg.subarray(0, 2), 0);
  out.set(segment, 2);
  out.set(jpeg.subarray(2), 2 + segment.length);
  return out;
}
