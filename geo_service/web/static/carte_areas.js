// Areas: the ground, limits, zonage, quartiers vécus and QPV; far ones light, near ones exact.
const NEAR = 9; // from this zoom on, limits come département by département, as they are stored
const VECU_FROM = 10;
const SMALLEST = 13; // pixels: a smaller QPV is a symbol

function boundsMeet(bounds, [west, south, east, north]) {
  return bounds.getWest() <= east && bounds.getEast() >= west && bounds.getSouth() <= north && bounds.getNorth() >= south;
}

// A layer drawn whole from afar and by département near by. far() and near(part) give promises of
// layer groups; far may be absent.
function twoScales(view, { far, near, from = NEAR, always = false }) {
  const groups = new Map();
  const { map, page } = view;
  const waiting = new Map();
  function group(key, make) {
    if (groups.has(key) || waiting.has(key)) return;
    waiting.set(key, make().then((made) => { groups.set(key, made); }, page.fail).finally(() => {
      waiting.delete(key);
      view.stackSoon();
    }));
  }
  // The groups that should be on the map now.
  function current(on) {
    if (!on) return [];
    const close = map.getZoom() >= from && near;
    if (always && far) group("far", far); // stands in until the near parts have come
    if (!close) {
      if (far) group("far", far);
      return groups.has("far") && far ? [groups.get("far")] : [];
    }
    const seen = map.getBounds();
    const wanted = page.settings.parts.filter(([, ...box]) => boundsMeet(seen, box)).map(([part]) => part);
    for (const part of wanted) group(part, () => near(part));
    const missing = wanted.some((part) => !groups.has(part));
    const there = wanted.filter((part) => groups.has(part)).map((part) => groups.get(part));
    return missing && groups.has("far") ? [groups.get("far"), ...there] : there; // nothing blinks
  }
  return { current, all: () => [...groups.values()], settled: () => Promise.all(waiting.values()) };
}

const still = (view) => ({ interactive: false, renderer: view.ground, pane: "ground", smoothFactor: 0.8 });

function landOn(view) {
  const { settings, store } = view.page;
  const id = settings.ground;
  const fill = (shapes) => L.featureGroup(shapes.filter((shape) => shape.length).map((shape) => L.polygon(shape, {
    ...still(view), stroke: !settings.tiles, color: "#FDFCFA", weight: 0.6, fillColor: "#FDFCFA", fillOpacity: settings.tiles ? 0.25 : 1,
  })));
  return twoScales(view, {
    far: async () => fill((await store.limits(id)).shapes),
    always: true,
    near: id === "regions" ? null : async (part) => fill((await store.near(id, part)).shapes),
  });
}

function limitOn(view, layer) {
  const { store } = view.page;
  const scale = textScale();
  const lines = (level) => L.featureGroup(level.shapes.filter((shape) => shape.length).map((shape) => L.polygon(shape, {
    ...strokeStyle(layer.stroke, scale), ...still(view), fill: false,
  })));
  const own = layer.id === "communes";
  // Regions have no near shapes: départements then show their limits exactly.
  const nothing = view.page.settings.layers.some((one) => one.id === "departements") ? async () => L.featureGroup() : null;
  return twoScales(view, {
    far: own ? null : async () => { const level = await store.limits(layer.id); view.addNames(level); return lines(level); },
    near: layer.id === "regions" ? nothing : async (part) => {
      const level = await store.near(layer.id, part);
      if (own) view.addNames(level);
      return lines(level);
    },
    from: own ? view.page.communesFrom : NEAR,
  });
}

function zonageOn(view) {
  const { store } = view.page;
  const scale = textScale();
  const melt = (told) => L.featureGroup(told.shapes.map((shape, row) => L.polygon(unpack(shape, told.units), {
    ...still(view), stroke: false, fill: true, fillColor: patternFill(told.patterns[row], scale), fillOpacity: 1,
  })));
  return twoScales(view, {
    far: async () => melt(await store.json("zonage")),
    near: async (part) => melt(await store.json(`proche/zonage/${encodeURIComponent(part)}`)),
  });
}

// Zones with a validity: each a polygon or, where that would be a speck, a square.
function zonesOn(view, layer) {
  const { map, page } = view;
  const scale = textScale();
  const style = strokeStyle(layer.stroke, scale);
  const pool = L.featureGroup();
  const shown = new Map();
  const symbols = layer.role === "qpv";
  let data = null;
  let shapes = null;
  let rows = [];

  pool.on("click", (event) => {
    L.DomEvent.stopPropagation(event);
    page.popups.zone(view, layer, event.layer.options.row, event.latlng);
  });
  pool.bindTooltip((one) => {
    const span = element("span");
    span.append(element("bdi", "", data.names[one.options.row] || data.codes[one.options.row]));
    return span;
  }, { sticky: true, className: "hint" });

  function draw() {
    if (!data) return;
    const zoom = map.getZoom();
    const pixels = (256 * 2 ** zoom) / 360 / 1e5;
    const seen = map.getBounds().pad(0.1);
    const keys = new Set();
    let wanting = false;
    for (const { row, force } of symbols || zoom >= VECU_FROM ? rows : []) {
      // A large zone may reach into view from outside.
      const reach = data.across[row] / 1e5;
      if (!seen.intersects([[data.lat[row] - reach, data.lon[row] - reach], [data.lat[row] + reach, data.lon[row] + reach]])) continue;
      const large = data.across[row] * pixels >= SMALLEST * scale;
      wanting ||= large || !symbols;
      const whole = shapes && (large || !symbols) && shapes[row].length;
      if (!whole && !symbols) continue;
      const key = `${row} ${whole ? "" : zoom < 7.5}`;
      keys.add(key);
      if (shown.has(key)) continue;
      const faint = force ? {} : { dashArray: "2 4", fillOpacity: 0.06, opacity: 0.8 };
      const made = whole
        ? L.polygon(shapes[row], { ...style, ...faint, smoothFactor: 0.6, row })
        : new Square([data.lat[row], data.lon[row]], {
          color: force ? "#fff" : layer.stroke.colour, weight: scale, opacity: 1,
          fillColor: force ? layer.stroke.colour : "#fff", fillOpacity: 1, row, radius: (zoom < 7.5 ? 2.4 : 3.8) * scale,
        });
      shown.set(key, made);
      pool.addLayer(made);
    }
    for (const [key, made] of shown) {
      if (keys.has(key)) continue;
      pool.removeLayer(made);
      shown.delete(key);
    }
    if (wanting && !shapes) page.store.zoneShapes(layer.id).then((come) => { shapes = come; draw(); }, page.fail);
  }
  // Which are shown: in force at the date (or not, and then faint), inside the territory chosen.
  async function choose(on, date, members, old) {
    if (!on) {
      if (map.hasLayer(pool)) map.removeLayer(pool);
      return;
    }
    data ??= await page.store.zones(layer.id);
    rows = [];
    for (let row = 0; row < data.length; row += 1) {
      const force = inForce(data, row, date);
      if ((force || old) && (!members || members.has(row)) && !Number.isNaN(data.lat[row])) rows.push({ row, force });
    }
    pool.clearLayers();
    shown.clear();
    if (!map.hasLayer(pool)) map.addLayer(pool);
    draw();
  }
  return { layer, choose, draw, pool, rows: () => rows };
}

// The territory chosen: what lies outside is dimmed, its limit is drawn strong.
function shadeOn(view, outline) {
  const shape = unpackAll(outline);
  const world = [[[85, -180], [85, 180], [-85, 180], [-85, -180]], ...shape.map((polygon) => polygon[0])];
  const how = { interactive: false, renderer: view.shade, pane: "shade", smoothFactor: 0.8 };
  const edge = L.polygon(shape, { ...how, fill: false, color: "#1D2733", weight: 2.4 * textScale() });
  if (outline.alone) return L.featureGroup([edge]); // around a QPV, what is near matters
  return L.featureGroup([
    L.polygon(world, { ...how, stroke: false, fillColor: "#eef1f3", fillOpacity: 0.72 }),
    edge,
  ]);
}

const unpackAll = ({ units, shapes }) => shapes.flatMap((shape) => unpack(shape, units));
