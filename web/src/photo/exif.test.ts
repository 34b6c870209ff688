import { describe, expect, it } from 'vitest';
import { findExif, upright, withExif } from './exif';

/** SOI, a JFIF segment, an EXIF segment with one IFD entry (orientation 6), then the start of the scan. */
function jpegTurned(little: boolean): Uint8Array {
  const tiff = new DataView(new ArrayBuffer(8 + 2 + 12 + 4));
  tiff.setUint16(0, little ? 0x4949 : 0x4d4d);
  tiff.setUint16(2, 42, little);
  tiff.setUint32(4, 8, little);
  tiff.setUint16(8, 1, little);
  tiff.setUint16(10, 0x0112, little);
  tiff.setUint16(12, 3, little);
  tiff.setUint32(14, 1, little);
  tiff.setUint16(18, 6, little);
  const body = [...new TextEncoder().encode('Exif'), 0, 0, ...new Uint8Array(tiff.buffer)];
  const length = body.length + 2;
  const jfif = [0xff, 0xe0, 0, 4, 1, 2];
  return new Uint8Array([0xff, 0xd8, ...jfif, 0xff, 0xe1, length >> 8, length & 255, ...body, 0xff, 0xda, 0, 2]);
}

function orientation(segment: Uint8Array, little: boolean): number {
  return new DataView(segment.buffer, segment.byteOffset).getUint16(10 + 8 + 2 + 8, little);
}

describe('exif', () => {
  for (const little of [true, false]) {
    it(`is found behind other segments and set upright (${little ? 'little' : 'big'} endian)`, () => {
      const found = findExif(jpegTurned(little));
      expect(found && orientation(found, little)).toBe(6);
      const turned = found && upright(found);
      expect(turned && orientation(turned, little)).toBe(1);
      expect(turned?.length).toBe(found?.length);
    });
  }

  it('is put first into a JPEG that has none', () => {
    const segment = findExif(jpegTurned(true))!;
    const plain = new Uint8Array([0xff, 0xd8, 0xff, 0xda, 0, 2, 9, 9]);
    expect(findExif(plain)).toBeNull();
    const both = withExif(plain, segment);
    expect(findExif(both)).toEqual(segment);
    expect([...both.slice(-6)]).toEqual([0xff, 0xda, 0, 2, 9, 9]);
  });

  it('is not found in what is no JPEG, or is cut short', () => {
    expect(findExif(new TextEncoder().encode('not a photo at all'))).toBeNull();
    expect(findExif(jpegTurned(true).slice(0, 20))).toBeNull();
    expect(upright(new Uint8Array(12))).toBeNull();
    expect(upright(new Uint8Array([0xff, 0xe1, 0, 20, 69, 120, 105, 102, 0, 0, 0x49, 0x49, 42, 0, 255, 255, 0, 0]))).toBeNull();
  });
});
