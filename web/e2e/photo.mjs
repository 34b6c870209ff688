// A photograph as a phone would send it: drawn in the browser, with noise so that it is as large as a real one.

/** A JPEG of the given size in pixels, as a buffer for a file input. */
export async function drawPhoto(browser, width = 2400, height = 1800) {
  const page = await browser.newPage();
  const base64 = await page.evaluate(
    ([w, h]) => {
      const canvas = document.createElement('canvas');
      canvas.width = w;
      canvas.height = h;
      const pen = canvas.getContext('2d');
      // A fixed sequence: the same photo, hence the same hash, in every run.
      let seed = 42;
      const next = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
      for (let i = 0; i < 6000; i++) {
        pen.fillStyle = `hsl(${next() * 360} 60% ${20 + next() * 60}%)`;
        pen.fillRect(next() * w, next() * h, 20 + next() * 120, 20 + next() * 120);
      }
      return canvas.toDataURL('image/jpeg', 0.95).split(',')[1];
    },
    [width, height],
  );
  await page.close();
  return { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') };
}

export const NOT_A_PHOTO = { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('this is not a photo') };
