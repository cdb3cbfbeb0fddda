// Names of places: the largest in view first, never one upon another nor upon a symbol.
function placeNames(map, layers, scale, from = 7) {
  const pane = map.createPane("names");
  pane.classList.add("leaflet-zoom-hide");
  const ruler = document.createElement("canvas").getContext("2d");
  const levels = [["regions", 0, 6.4], ["departements", 6.5, 8.4], ["communes", from, 30]];
  const crosses = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
  let shown = true;

  // What a name must not cover: the symbols, and a panel that lies on the map.
  function symbols() {
    const panel = map.getContainer().parentElement.querySelector("#panel");
    const corner = panel && map.containerPointToLayerPoint([panel.offsetLeft, panel.offsetTop]);
    const boxes = panel ? [[corner.x, corner.y, corner.x + panel.offsetWidth, corner.y + panel.offsetHeight]] : [];
    return [...boxes, ...[...map.getPane("markerPane").children].map((icon) => {
      const at = L.DomUtil.getPosition(icon);
      const half = icon.firstChild.getBoundingClientRect().width / 2;
      return [at.x - half, at.y - half, at.x + half, at.y + half];
    })];
  }
  // Beside a point: under it, over it, to the right, to the left, further away. An area has room
  // around its middle.
  function boxes(at, half, own) {
    const down = 15 * scale;
    const side = half + 10 * scale;
    const high = 8 * scale;
    const moves = own
      ? [[0, down], [0, -down], [side, 0], [-side, 0], [0, 2 * down], [0, -2 * down]]
      : [0, 1, -1, 2, -2].flatMap((lines) => [0, 0.6, -0.6, 1.2, -1.2].map((part) => [part * half, lines * down]));
    return moves.map(([x, y]) => [at.x + x - half, at.y + y - high, at.x + x + half, at.y + y + high]);
  }
  function write() {
    pane.replaceChildren();
    if (!shown) return;
    const view = map.getPixelBounds();
    const origin = map.getPixelOrigin();
    const seen = L.bounds(view.min.subtract(origin), view.max.subtract(origin));
    const size = map.getSize();
    const busy = symbols();
    const taken = [];
    for (const [id, from, to] of levels) {
      const layer = layers.find((one) => one.id === id);
      if (!layer || map.getZoom() < from || map.getZoom() > to) continue;
      const own = id === "communes";
      const most = own ? Math.ceil((size.x * size.y) / (38000 * scale * scale)) : 40;
      ruler.font = `${own ? 500 : 600} ${(own ? 12.5 : 13.5) * scale}px system-ui, "DejaVu Sans", sans-serif`;
      let written = 0;
      for (const row of layer.order) {
        if (written >= most) break;
        const place = layer.places[row];
        if (!place) continue;
        const at = map.latLngToLayerPoint([place[1], place[0]]);
        if (!seen.contains(at)) continue;
        written += 1;
        const half = ruler.measureText(layer.names[row]).width / 2 + 4 * scale;
        const free = boxes(at, half, own).filter((box) => !taken.some((other) => crosses(box, other)));
        const box = free.find((one) => !busy.some((other) => crosses(one, other))) || (own && written <= 3 ? free[0] : null);
        if (!box) continue;
        taken.push(box);
        const label = element("span", `place ${id}`, layer.names[row]);
        L.DomUtil.setPosition(label, L.point((box[0] + box[2]) / 2, (box[1] + box[3]) / 2));
        pane.append(label);
      }
    }
  }
  map.on("moveend zoomend resize", write);
  return (on) => { shown = on ?? shown; write(); };
}
