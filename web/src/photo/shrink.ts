// Shrinks a photo before it is uploaded: at most 1,600 pixels and 300 KB, EXIF kept for the server.
//
// Whatever this browser cannot decode is sent as it is; the server takes any size up to its limit and says
// clearly when something is no photo.

import { findExif, upright, withExif } from './exif';

export const SIDE_MAX = 1600;
export const BYTES_MAX = 300 * 1024;
/** EXIF sits within the first segments; 64 KB each is the format's own limit. */
const HEAD_BYTES = 256 * 1024;

/** The size a picture gets so that its longer side is at most `side`. */
export function fitted(width: number, height: number, side: number): { width: number; height: number } {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

export async function shrink(file: File): Promise<File> {
  const bitmap = await decode(file);
  if (!bitmap) return file;
  const exif = file.type === 'image/jpeg' ? await readExif(file) : null;
  const room = BYTES_MAX - (exif?.length ?? 0);
  const small = await squeeze(bitmap, room);
  bitmap.close();
  if (!small || small.size >= file.size) return file;
  const bytes = new Uint8Array(await small.arrayBuffer());
  const whole = exif ? withExif(bytes, exif) : bytes;
  const name = file.name.replace(/\.[^.]*$/, '') || 'photo';
  return new File([whole as BlobPart], `${name}.jpg`, { type: 'image/jpeg', lastModified: file.lastModified });
}

async function decode(file: File): Promise<ImageBitmap | null> {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    return null;
  }
}

async function readExif(file: File): Promise<Uint8Array | null> {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const found = findExif(head);
  return found && upright(found);
}

/** First less quality, then fewer pixels, until it fits. */
async function squeeze(bitmap: ImageBitmap, room: number): Promise<Blob | null> {
  let smallest: Blob | null = null;
  for (const side of [SIDE_MAX, 1200, 800]) {
    const { width, height } = fitted(bitmap.width, bitmap.height, side);
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, width, height);
    for (const quality of [0.85, 0.7, 0.55]) {
      smallest = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality));
      if (smallest && smallest.size <= room) return smallest;
    }
  }
  return smallest;
}
