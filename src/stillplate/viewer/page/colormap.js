// Colour maps that are read by colour-blind people, too: cividis and viridis, interpolated from every 16th colour.

const CIVIDIS = "00224e 00306f 173f6e 304d6c 434e6c 53586d 61646f 6f7073 7d7c78 8b8878 9b9476 aca171 bdae6b d0bc60 e2ca52 f7dc3b fee838";
const VIRIDIS = "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725";

function table(text) {
  const stops = text.split(" ").map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const colours = new Uint32Array(256);
  for (let value = 0; value < 256; value++) {
    const place = value / 255 * (stops.length - 1), first = Math.min(stops.length - 2, Math.floor(place));
    const [r, g, b] = stops[first].map((one, c) => Math.round(one + (stops[first + 1][c] - one) * (place - first)));
    colours[value] = (255 << 24 | b << 16 | g << 8 | r) >>> 0; // little-endian RGBA
  }
  return colours;
}

export const MAPS = { doubt: table(CIVIDIS).reverse(), viridis: table(VIRIDIS) };

/** Colour the red channel of a picture by a table of 256 colours; returns a canvas. */
export function coloured(picture, colours) {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const data = context.getImageData(0, 0, canvas.width, canvas.height);
  const words = new Uint32Array(data.data.buffer);
  for (let at = 0; at < words.length; at++) words[at] = colours[words[at] & 255];
  context.putImageData(data, 0, 0);
  return canvas;
}

/** A table that shows some values in one colour each and all others not at all. */
export function labelled(shown) {
  const colours = new Uint32Array(256);
  for (const [value, [r, g, b]] of Object.entries(shown)) colours[value] = (255 << 24 | b << 16 | g << 8 | r) >>> 0;
  return colours;
}
