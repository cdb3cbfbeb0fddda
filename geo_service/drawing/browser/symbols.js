// Symbols, patterns and shapes: what the map draws, from plain values.
const SVG = "http://www.w3.org/2000/svg";
// Screens from a telephone to 4K: everything drawn in pixels follows the size of the text.
const textScale = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

function svg(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (parent) parent.append(made);
  return made;
}

function markIcon(mark, hollow, scale) {
  const size = Math.round(20 * scale);
  const drawing = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  svg("path", { d: mark.path, class: "edge" }, drawing);
  const outline = { d: mark.path, fill: "#fff", stroke: mark.colour, "stroke-width": 2.4 };
  svg("path", hollow ? { ...outline, "stroke-dasharray": "3.2 2" }
    : mark.outlined ? outline : { d: mark.path, fill: mark.colour }, drawing);
  // As text: one element cannot stand in two markers.
  return L.divIcon({ html: drawing.outerHTML, className: "mark", iconSize: [size, size] });
}

// A ring cut by kind, with the number in the middle; parts: [kind, number] of each. What is not
// open yet has a thin part of the ring, as it has the outline of a symbol.
function ringIcon(parts, total, scale) {
  const size = Math.round(scale * (total < 10 ? 24 : total < 100 ? 30 : 38));
  const drawing = svg("svg", { viewBox: "0 0 36 36", "aria-hidden": "true" });
  svg("circle", { cx: 18, cy: 18, r: 18, fill: "#fff" }, drawing);
  const radius = 15.2;
  const around = 2 * Math.PI * radius;
  let turn = 0;
  for (const [of, n] of parts) {
    const part = (n / total) * around;
    svg("circle", { cx: 18, cy: 18, r: radius, fill: "none", stroke: of.mark.colour,
      "stroke-width": of.mark.outlined ? 1.6 : 4,
      "stroke-dasharray": `${Math.max(0, part - (parts.length > 1 ? 1 : 0))} ${around}`,
      "stroke-dashoffset": -turn, transform: "rotate(-90 18 18)" }, drawing);
    turn += part;
  }
  svg("text", { x: 18, y: 18.5, class: "total", "font-size": total < 10 ? 18 : total < 100 ? 15 : 12 }, drawing).textContent = total;
  return L.divIcon({ html: drawing, className: "cluster", iconSize: [size, size] });
}

function clusterIcon(cluster, scale) {
  const kinds = new Map();
  for (const marker of cluster.getAllChildMarkers()) {
    const of = marker.options.of;
    kinds.set(of, (kinds.get(of) || 0) + 1);
  }
  const parts = [...kinds].sort((a, b) => (a[0].id < b[0].id ? 1 : -1));
  cluster.said = parts.map(([of, n]) => `${n} ${of.title}`).join(", ");
  return ringIcon(parts, cluster.getChildCount(), scale);
}

// The pattern of a class: a tint and strokes on an 8 × 8 tile, sharp on dense screens.
function patternFill(pattern, scale) {
  const sharp = Math.max(1, Math.round(window.devicePixelRatio || 1)) * 2;
  const tile = document.createElement("canvas");
  tile.width = tile.height = Math.round(8 * sharp * scale);
  const ctx = tile.getContext("2d");
  ctx.scale(tile.width / 8, tile.height / 8);
  ctx.globalAlpha = pattern.tint;
  ctx.fillStyle = pattern.colour;
  ctx.fillRect(0, 0, 8, 8);
  if (pattern.path) {
    ctx.globalAlpha = 0.6;
    ctx.strokeStyle = pattern.colour;
    ctx.lineWidth = pattern.width;
    ctx.lineCap = "round";
    ctx.stroke(new Path2D(pattern.path));
  }
  const fill = ctx.createPattern(tile, "repeat");
  fill.setTransform(new DOMMatrix().scale(1 / sharp));
  return fill;
}

// [[[x0, y0, dx1, dy1, …], hole…], polygon…] in parts of a degree → rings of [lat, lng].
function unpack(shape, units = 1e5) {
  return shape.map((polygon) => polygon.map((ring) => {
    const line = [];
    for (let i = 0, x = 0, y = 0; i < ring.length; i += 2) {
      x += ring[i];
      y += ring[i + 1];
      line.push([y / units, x / units]);
    }
    return line;
  }));
}

// QPV where the scale makes them smaller than a symbol.
const Square = L.CircleMarker.extend({
  _updatePath() {
    const renderer = this._renderer;
    if (!renderer._drawing || this._empty()) return;
    const r = this._radius;
    renderer._ctx.beginPath();
    renderer._ctx.rect(this._point.x - r, this._point.y - r, 2 * r, 2 * r);
    renderer._fillStroke(renderer._ctx, this);
  },
});
