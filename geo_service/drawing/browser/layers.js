// The layers: built once, switched by the legend. Values are written as text, never as markup.
function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function describe(layer, row) {
  const box = element("div", "about");
  box.append(element("p", "kind", layer.label || layer.title));
  const title = element("p", "name");
  title.append(element("bdi", "", layer.names[row]));
  const list = element("dl");
  layer.fields.forEach((field, place) => {
    const column = layer.values[place]; // texts that repeat stand once
    const value = column.texts ? column.texts[column.is[row]] : column[row];
    if (!value) return;
    const told = element("dd");
    told.append(element("bdi", "", value));
    list.append(element("dt", "", field), told);
  });
  box.append(title, list);
  return box;
}

function hint(layer, row) {
  const box = element("span");
  box.append(element("bdi", "", layer.names[row]));
  return box;
}

// A popup keeps clear of the panel and of the search field.
function popupOptions() {
  const panel = document.getElementById("panel");
  const beside = panel.offsetWidth < window.innerWidth / 2 ? panel.offsetWidth + 24 : 16;
  return { maxWidth: 340, minWidth: 180, autoPanPaddingTopLeft: [60, 60], autoPanPaddingBottomRight: [beside, 16] };
}

function describeAll(group, popup) {
  group.bindPopup((one) => describe(one.options.of, one.options.row), popup);
  group.bindTooltip((one) => hint(one.options.of, one.options.row), { sticky: true, className: "hint" });
  return group;
}

function strokeStyle(stroke, scale) {
  return {
    color: stroke.colour, weight: stroke.width * scale, opacity: stroke.opacity,
    dashArray: stroke.dash ? stroke.dash.split(" ").map((n) => n * scale).join(" ") : null,
    fill: stroke.fill > 0, fillColor: stroke.colour, fillOpacity: stroke.fill,
  };
}

// Areas; with symbols, each is a polygon or a square according to its size on the screen.
function areaLayer(layer, map, scale, popup) {
  const group = describeAll(L.featureGroup(), popup);
  const style = strokeStyle(layer.stroke, scale);
  const drawn = layer.shapes.map((shape, row) => {
    const area = L.polygon(unpack(shape), { ...style, smoothFactor: 0.6, of: layer, row });
    if (!shape.length || !layer.symbols) return { area };
    const symbol = new Square(area.getBounds().getCenter(), {
      color: "#fff", weight: scale, opacity: 1, fillColor: layer.stroke.colour, fillOpacity: 1, of: layer, row, radius: 3,
    });
    return { area, symbol };
  }).filter((one) => !one.area.isEmpty());
  const choose = () => {
    const zoom = map.getZoom();
    group.clearLayers();
    for (const { area, symbol } of drawn) {
      const bounds = area.getBounds();
      const across = map.project(bounds.getNorthEast(), zoom).distanceTo(map.project(bounds.getSouthWest(), zoom));
      if (symbol) symbol.setRadius((zoom < 7.5 ? 2.4 : 3.8) * scale);
      group.addLayer(symbol && across < 13 * scale ? symbol : area);
    }
  };
  choose();
  if (layer.symbols) map.on("zoomend", choose);
  return group;
}

function limitLayer(layer, scale, popup) {
  const group = L.featureGroup();
  const own = layer.id === "communes";
  layer.shapes.forEach((shape, row) => {
    if (shape.length) group.addLayer(L.polygon(unpack(shape), {
      ...strokeStyle(layer.stroke, scale), fill: false, interactive: own, smoothFactor: 0.8, of: layer, row,
    }));
  });
  return own ? describeAll(group, popup) : group;
}

function zoningLayer(layer, scale) {
  return L.featureGroup(layer.shapes.map((shape, row) => L.polygon(unpack(shape), {
    stroke: false, fill: true, fillColor: patternFill(layer.patterns[row], scale), fillOpacity: 1,
    interactive: false, smoothFactor: 0.8,
  })));
}

function landLayer(layer, tiles) {
  const shapes = layer.shapes.map((shape) => unpack(shape));
  return L.featureGroup(shapes.flatMap((shape) => [
    L.polygon(shape, { color: "#c9d3da", weight: 5, opacity: tiles ? 0 : 0.55, fill: false, interactive: false }),
    L.polygon(shape, { stroke: false, fillColor: "#FDFCFA", fillOpacity: tiles ? 0.25 : 1, interactive: false }),
  ]));
}

function markers(layer, scale, popup) {
  const full = markIcon(layer.mark, false, scale);
  const hollow = markIcon(layer.mark, true, scale);
  const made = layer.points.map(([lon, lat], row) => L.marker([lat, lon], { of: layer, row, icon: layer.hollow[row] ? hollow : full })
    .bindPopup((one) => describe(one.options.of, one.options.row), popup)
    .bindTooltip((one) => hint(one.options.of, one.options.row), { className: "hint", direction: "top", offset: [0, -8 * scale] })
    .on("add", (event) => event.target.getElement().setAttribute("aria-label", `${layer.names[row]}, ${layer.label}`)));
  layer.marker = (row) => made[row];
  return made;
}
