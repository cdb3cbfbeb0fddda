// An indicator by territory: shares, rates and distances fill the territories, counts are circles.
const MANY = 3000;

function figureSaid(page, value, unit) {
  if (value === null || value === undefined) return page.words.unknown;
  if (unit === "share") return page.percent.format(value);
  return page.number.format(unit === "m" ? Math.round(value) : value);
}

// Territories without a value are hatched: neither 0 nor the lightest class.
function indicatorOn(view) {
  const { map, page } = view;
  const scale = textScale();
  const unknown = patternFill(page.settings.unknownPattern, scale);
  let told = null;
  let figures = null;
  let level = null;
  let layer = null;

  const fillOf = (row) => {
    if (told.count) return figures.value[row] === null ? unknown : null;
    return figures.class[row] < 0 ? unknown : told.classes[figures.class[row]].colour;
  };
  const radius = (value) => Math.sqrt(value / told.most) * view.largestCircle();
  function circles(all) {
    const rows = level.codes.map((_, row) => row).filter((row) => figures.value[row] > 0 && level.places[row] && (!all || all.has(row)));
    rows.sort((a, b) => figures.value[b] - figures.value[a]); // the small ones on top
    return rows.map((row) => {
      const [lon, lat] = level.places[row];
      return L.circleMarker([lat, lon], {
        ...still(view), radius: radius(figures.value[row]), color: "#fff", weight: 1.2 * scale, opacity: 1,
        fillColor: page.settings.circle, fillOpacity: 0.72, row,
      });
    });
  }
  function build(all) {
    const many = level.codes.length;
    const rows = Array.from({ length: many }, (_, row) => row);
    // Many territories are melted by colour: five layers are drawn faster than thirty thousand.
    const far = async () => {
      const byFill = new Map();
      for (const row of rows) {
        const fill = fillOf(row);
        if (!fill || !level.shapes[row].length || (all && !all.has(row))) continue;
        const key = many < MANY ? row : fill;
        if (!byFill.has(key)) byFill.set(key, { fill, shapes: [] });
        byFill.get(key).shapes.push(level.shapes[row]);
      }
      return L.featureGroup([...byFill.values()].map(({ fill, shapes }) => area(shapes.length > 1 ? shapes.flat() : shapes[0], fill, many)));
    };
    const near = level.id === "regions" || told.count ? null : async (part) => {
      const come = await page.store.near(level.id, part);
      const group = L.featureGroup();
      come.codes.forEach((code, n) => {
        const row = level.rowOf.get(code);
        if (come.shapes[n].length && fillOf(row) && (!all || all.has(row))) group.addLayer(area(come.shapes[n], fillOf(row), 1));
      });
      return group;
    };
    const from = level.id === "communes" ? page.communesFrom : NEAR;
    layer = twoScales(view, { far, near, from });
    layer.circles = told.count ? L.featureGroup(circles(all)) : null;
  }
  // Without limits of their own, territories get an edge of their colour, which closes the seams.
  const area = (shape, fill, many) => L.polygon(shape, {
    ...still(view), fillColor: fill, fillOpacity: 1, stroke: !told.count && typeof fill === "string",
    ...(many < MANY ? { color: "#8C95A0", weight: 0.5 * scale, opacity: 0.8 } : { color: fill, weight: 0.9 * scale }),
  });
  // The territory under a point, and its figure.
  function at(latlng) {
    if (!told) return null;
    let best = null;
    if (layer.circles) {
      const point = map.latLngToLayerPoint(latlng);
      layer.circles.eachLayer((one) => {
        if (one._point && one._point.distanceTo(point) <= one.getRadius()) best = one.options.row;
      });
    }
    best ??= level.shapes.findIndex((shape, row) => holds(shape, level.boxes[row], latlng.lat, latlng.lng));
    return best < 0 ? null : best;
  }
  function say(row) {
    const value = figureSaid(page, figures.value[row], told.unit);
    const low = figures.low[row];
    const high = figures.high[row];
    const bounds = low !== null && high !== null && low !== high
      ? page.words.between.replace("{low}", figureSaid(page, low, told.unit)).replace("{high}", figureSaid(page, high, told.unit)) : "";
    const note = figures.note && figures.note.is[row] >= 0 ? figures.note.texts[figures.note.is[row]] : "";
    return { value, bounds, note };
  }
  function set(answer, levelData, date, all) {
    clear();
    told = answer;
    level = levelData;
    figures = answer.dates.find((one) => one.date === date) || answer.dates[0];
    build(all);
  }
  function clear() {
    if (layer) for (const group of [...layer.all(), layer.circles]) if (group) map.removeLayer(group);
    told = level = figures = layer = null;
  }
  const current = () => (layer ? [...layer.current(true), ...(layer.circles ? [layer.circles] : [])] : []);
  const resize = () => { if (layer && layer.circles) layer.circles.eachLayer((one) => one.setRadius(radius(figures.value[one.options.row]))); };
  return { set, clear, current, at, say, radius, resize, level: () => level, told: () => told, figures: () => figures, all: () => (layer ? [...layer.all(), layer.circles].filter(Boolean) : []) };
}
