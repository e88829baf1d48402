// Points gliding from old to new places on a plain canvas.

const MS = 600;
const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (-2 * t + 2) ** 3 / 2);

/** Animate `paths` ([x0, y0, x1, y1] in pixels) with one fill each; resolves at the end. */
export function glide(canvas, paths, fills, diameter) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas.parentElement;
  canvas.hidden = false;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.globalAlpha = 0.8;
  const buckets = new Map();
  paths.forEach((path, index) => {
    const fill = fills[index];
    if (!buckets.has(fill)) buckets.set(fill, []);
    buckets.get(fill).push(path);
  });
  return new Promise((resolve) => {
    const begin = performance.now();
    const frame = (now) => {
      const done = Math.min(1, Math.max(0, (now - begin) / MS));
      paint(pen, buckets, ease(done), diameter, width, height);
      if (done < 1 && !document.hidden) { requestAnimationFrame(frame); return; }
      canvas.hidden = true;
      resolve();
    };
    requestAnimationFrame(frame);
    setTimeout(() => { canvas.hidden = true; resolve(); }, MS * 3); // hidden tabs get no frames
  });
}

function paint(pen, buckets, t, diameter, width, height) {
  pen.clearRect(0, 0, width, height);
  const radius = diameter / 2;
  for (const [fill, paths] of buckets) {
    pen.fillStyle = fill;
    pen.beginPath();
    for (const [x0, y0, x1, y1] of paths) {
      const x = x0 + (x1 - x0) * t;
      const y = y0 + (y1 - y0) * t;
      pen.moveTo(x + radius, y);
      pen.arc(x, y, radius, 0, 6.2832);
    }
    pen.fill();
  }
}
