// Waveform and spectrogram of what plays.

const SIZE = 1024;

/** Return the power of each of `SIZE / 2` bins of a stretch of samples that begins at a place. */
export function powers(samples, begin) {
  const re = new Float64Array(SIZE), im = new Float64Array(SIZE);
  for (let n = 0; n < SIZE; n += 1) {
    let back = 0;
    for (let bit = 1, left = n; bit < SIZE; bit <<= 1, left >>= 1) back = (back << 1) | (left & 1);
    re[back] = (samples[begin + n] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / SIZE));
  }
  for (let half = 1; half < SIZE; half *= 2) {
    for (let group = 0; group < SIZE; group += 2 * half) {
      for (let k = 0; k < half; k += 1) {
        const angle = (-Math.PI * k) / half, a = group + k, b = a + half;
        const x = re[b] * Math.cos(angle) - im[b] * Math.sin(angle);
        const y = re[b] * Math.sin(angle) + im[b] * Math.cos(angle);
        [re[b], im[b]] = [re[a] - x, im[a] - y];
        [re[a], im[a]] = [re[a] + x, im[a] + y];
      }
    }
  }
  return Float64Array.from({ length: SIZE / 2 }, (_, k) => re[k] ** 2 + im[k] ** 2);
}

/** Draw samples as a wave. */
export function drawWave(canvas, samples, colour) {
  const pen = fitted(canvas), { width, height } = canvas;
  pen.fillStyle = colour;
  for (let x = 0; x < width; x += 1) {
    let low = 0, high = 0;
    const last = Math.floor(((x + 1) * samples.length) / width);
    for (let n = Math.floor((x * samples.length) / width); n < last; n += 1) {
      low = Math.min(low, samples[n]);
      high = Math.max(high, samples[n]);
    }
    pen.fillRect(x, (1 - high) * height / 2, 1, Math.max((high - low) * height / 2, 1));
  }
}

/** Draw a spectrogram, 60 decibels from dark to light, low below; pitch rises by octaves as it is heard. */
export function drawSpectrum(canvas, samples, rate) {
  const pen = fitted(canvas), { width, height } = canvas;
  const columns = Math.min(width, 300), rows = 96;
  const image = pen.createImageData(columns, rows);
  const bins = Array.from({ length: rows }, (_, y) => {
    const hertz = 60 * (Math.min(rate / 2, 8000) / 60) ** ((rows - y - 0.5) / rows);
    return Math.min(Math.max(Math.round((hertz * SIZE) / rate), 1), SIZE / 2 - 1);
  });
  for (let x = 0; x < columns; x += 1) {
    const found = powers(samples, Math.round(((x + 0.5) * samples.length) / columns - SIZE / 2)); // below the same samples of the wave
    for (let y = 0; y < rows; y += 1) {
      const light = Math.min(Math.max((10 * Math.log10(found[bins[y]] + 1e-9) + 30) / 60, 0), 1);
      image.data.set([255 * light ** 1.5, 230 * light ** 0.9 * light, 90 + 90 * light - 90 * (1 - light), 255], 4 * (y * columns + x));
    }
  }
  const small = document.createElement("canvas");
  [small.width, small.height] = [columns, rows];
  small.getContext("2d").putImageData(image, 0, 0);
  pen.drawImage(small, 0, 0, width, height);
}

function fitted(canvas) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.max(Math.round(canvas.clientWidth * scale), 1);
  canvas.height = Math.max(Math.round(canvas.clientHeight * scale), 1);
  return canvas.getContext("2d");
}
