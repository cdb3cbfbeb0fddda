// Structures as symbols; those that would lie upon one another as one ring with their number.
// Grouping is the same wherever one looks from, and only what is in view becomes an element.
// Symbols are no stops for the keyboard, there may be hundreds: the table opens each of them.
const OPEN = { no: 0, yes: 1, unsure: 2 };

// State of each structure at a date of the result (its place among them): an unknown opening or
// closing date excludes nobody.
function openAt(data, date) {
  const state = new Uint8Array(data.length);
  for (let row = 0; row < data.length; row += 1) {
    const from = data.from[row];
    const to = data.to[row];
    const over = (from !== null && from > date) || (to !== null && to <= date);
    state[row] = over ? OPEN.no : from === null ? OPEN.unsure : OPEN.yes;
  }
  return state;
}

function inForce(data, row, date) {
  const from = data.from[row];
  const to = data.to[row];
  return (from === null || from <= date) && (to === null || to > date);
}

// Points grouped by nearness: the first of a group draws in those around it. Gives places in the
// columns x and y.
function nearGroups(x, y, radius) {
  const cells = new Map();
  const cell = (n) => Math.floor(x[n] / radius) * 67108864 + Math.floor(y[n] / radius);
  for (let n = 0; n < x.length; n += 1) {
    const key = cell(n);
    if (cells.has(key)) cells.get(key).push(n);
    else cells.set(key, [n]);
  }
  const taken = new Uint8Array(x.length);
  const groups = [];
  for (let n = 0; n < x.length; n += 1) {
    if (taken[n]) continue;
    const members = [];
    const middle = cell(n);
    for (const across of [-67108864, 0, 67108864]) {
      for (const down of [-1, 0, 1]) {
        for (const other of cells.get(middle + across + down) || []) {
          if (!taken[other] && (x[other] - x[n]) ** 2 + (y[other] - y[n]) ** 2 <= radius * radius) {
            taken[other] = 1;
            members.push(other);
          }
        }
      }
    }
    groups.push(members);
  }
  return groups;
}

// Rows in groups that keep apart on the screen; then groups whose middles are too near are joined,
// the largest first.
function groupsOf(data, rows, zoom, radius) {
  const world = 256 * 2 ** zoom;
  const x = Float64Array.from(rows, (row) => (data.lon[row] / 360 + 0.5) * world);
  const y = Float64Array.from(rows, (row) => {
    const sine = Math.sin((data.lat[row] * Math.PI) / 180);
    return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * world;
  });
  const mean = (members, column) => members.reduce((sum, n) => sum + column[n], 0) / members.length;
  let groups = nearGroups(x, y, radius);
  for (let round = 0; round < 2; round += 1) {
    groups.sort((a, b) => b.length - a.length);
    const middles = [x, y].map((column) => Float64Array.from(groups, (members) => mean(members, column)));
    const joined = nearGroups(...middles, radius).map((places) => places.flatMap((place) => groups[place]));
    if (joined.length === groups.length) break;
    groups = joined;
  }
  return groups.map((members) => {
    const own = members.map((n) => rows[n]);
    return { rows: own, lat: mean(own, data.lat), lon: mean(own, data.lon) };
  });
}

function pointsOn(view, data) {
  const { map, page } = view;
  const scale = textScale();
  const layers = data.kinds.map((id) => page.settings.layers.find((one) => one.id === id));
  const icons = layers.map((layer) => [markIcon(layer.mark, false, scale), markIcon(layer.mark, true, scale)]);
  const pool = L.layerGroup().addTo(map);
  const shown = new Map();
  let rows = [];
  let state = null;
  let groups = new Map();
  const radiusAt = (zoom) => scale * (zoom < 7 ? 26 : zoom < 8 ? 20 : zoom < 9 ? 17 : zoom < 12 ? 19 : 13);

  function grouped(zoom) {
    if (!groups.has(zoom)) groups.set(zoom, groupsOf(data, rows, zoom, radiusAt(zoom)));
    return groups.get(zoom);
  }
  function parts(group) {
    const count = new Map();
    for (const row of group.rows) count.set(data.kind[row], (count.get(data.kind[row]) || 0) + 1);
    return [...count].sort((a, b) => a[0] - b[0]).map(([kind, n]) => [layers[kind], n]);
  }
  function marker(group) {
    const row = group.rows[0];
    const one = group.rows.length === 1;
    const cut = one ? null : parts(group);
    const icon = one ? icons[data.kind[row]][Number(data.hollow[row] || state[row] === OPEN.unsure)] : ringIcon(cut, group.rows.length, scale);
    const made = L.marker([group.lat, group.lon], { icon, keyboard: false, riseOnHover: true });
    const said = one ? layers[data.kind[row]].label : cut.map(([layer, n]) => `${n} ${layer.title}`).join(", ");
    const named = async () => (one ? `${(await page.store.details()).names[row]}, ${said}` : said);
    made.on("add", () => made.getElement().setAttribute("aria-hidden", "true"));
    made.on("mouseover", async () => {
      const text = await named().catch(() => said);
      const span = element("span");
      span.append(element("bdi", "", text));
      if (map.hasLayer(made)) made.unbindTooltip().bindTooltip(span, { className: "hint", direction: "top", offset: [0, -8 * scale] }).openTooltip();
    });
    made.on("click", () => open(group));
    return made;
  }
  function open(group) {
    const at = [group.lat, group.lon];
    if (group.rows.length === 1) return page.popups.structure(view, group.rows[0]);
    const bounds = L.latLngBounds(group.rows.map((row) => [data.lat[row], data.lon[row]]));
    const apart = map.getBoundsZoom(bounds.pad(0.3)) > map.getZoom() && map.getZoom() < map.getMaxZoom();
    if (apart && !bounds.getNorthEast().equals(bounds.getSouthWest(), 1e-5)) return map.fitBounds(bounds.pad(0.2), { maxZoom: 17 });
    return page.popups.together(view, at, group.rows);
  }
  function draw() {
    const seen = map.getBounds().pad(0.15);
    const wanted = grouped(map.getZoom()).filter((group) => seen.contains([group.lat, group.lon]));
    const keys = new Set();
    for (const group of wanted) {
      const key = `${map.getZoom()} ${group.rows[0]} ${group.rows.length}`;
      keys.add(key);
      if (shown.has(key)) continue;
      const made = marker(group);
      shown.set(key, made);
      pool.addLayer(made);
    }
    for (const [key, made] of shown) {
      if (keys.has(key)) continue;
      pool.removeLayer(made);
      shown.delete(key);
    }
  }
  // Which are shown: kinds switched on, open at the date, inside the territory chosen.
  function choose(date, kinds, members) {
    state = openAt(data, date);
    rows = [];
    for (let row = 0; row < data.length; row += 1) {
      if (state[row] !== OPEN.no && kinds.has(data.kinds[data.kind[row]]) && (!members || members.has(row))
        && !Number.isNaN(data.lat[row])) rows.push(row);
    }
    groups = new Map();
    pool.clearLayers();
    shown.clear();
    draw();
  }
  return { choose, draw, data, rows: () => rows, state: () => state };
}
