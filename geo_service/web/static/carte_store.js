// The data, each asked for once, when something needs it; columns as they come, shapes unpacked.
function storeOf(settings) {
  const asked = new Map();
  const suffix = `v=${settings.version}&lang=${settings.language}`;

  function json(name, more = {}) {
    const words = new URLSearchParams(Object.entries(more).flatMap(([key, value]) => (
      value === null ? [] : [value].flat().map((one) => [key, one]))));
    const address = `${settings.data}${name}.json?${suffix}${words.size ? `&${words}` : ""}`;
    if (!asked.has(address)) {
      const answer = fetch(address).then((response) => {
        if (!response.ok) throw new Error(`${response.status} ${name}`);
        return response.json();
      });
      answer.catch(() => asked.delete(address)); // the next who needs it asks again
      asked.set(address, answer);
    }
    return asked.get(address);
  }
  const once = new Map();
  function made(key, make) {
    if (!once.has(key)) {
      const promise = make();
      promise.catch(() => once.delete(key));
      once.set(key, promise);
    }
    return once.get(key);
  }
  const asFlags = (rows, length) => {
    const flags = new Uint8Array(length);
    for (const row of rows) flags[row] = 1;
    return flags;
  };

  // Points: latitude and longitude by row, NaN for a row without a position.
  function placed(told) {
    const length = (told.kind || told.codes).length;
    const lat = new Float64Array(length).fill(NaN);
    const lon = new Float64Array(length).fill(NaN);
    for (let i = 0, x = 0, y = 0; i < told.points.length; i += 2) {
      const row = told.placed ? told.placed[i / 2] : i / 2;
      x += told.points[i];
      y += told.points[i + 1];
      lon[row] = x / 1e5;
      lat[row] = y / 1e5;
    }
    return { ...told, length, lat, lon };
  }
  const numbered = (told) => ({ ...told, rowOf: new Map(told.codes.map((code, row) => [code, row])) });
  const structures = () => made("structures", async () => {
    const told = placed(await json("structures"));
    return { ...told, id: "structures", hollow: asFlags(told.hollow, told.length) };
  });
  // Opening dates come as days: a third of the bytes of the words, and they sort.
  const details = () => made("details", async () => {
    const told = numbered(await json("details"));
    if (told.dated < 0) return { ...told, days: null };
    const days = told.values[told.dated];
    const values = [...told.values];
    values[told.dated] = days.map((day) => daySaid(settings, day));
    return { ...told, values, days };
  });
  const zones = (id) => made(id, async () => ({ ...numbered(placed(await json(id))), id }));
  const zoneShapes = (id) => made(`formes/${id}`, async () => {
    const told = await json(`formes/${id}`);
    return told.shapes.map((shape) => unpack(shape, told.units));
  });

  // Territories of a level: rows of the whole result, whose shapes are replaced by nearer ones.
  const limits = (id) => made(id, async () => {
    const told = await json(id);
    const level = { ...told, id, shapes: told.shapes.map((shape) => unpack(shape, told.units)), near: new Set() };
    level.rowOf = new Map(level.codes.map((code, row) => [code, row]));
    level.boxes = level.shapes.map(boxOf);
    return level;
  });
  const near = (id, part) => made(`proche/${id}/${part}`, async () => {
    const told = await json(`proche/${id}/${encodeURIComponent(part)}`);
    return { ...told, id, shapes: told.shapes.map((shape) => unpack(shape, told.units)) };
  });
  const place = (territory) => json("lieu", { territoire: territory });
  const indicator = (chosen, dates) => json("indicateur", {
    niveau: chosen.level, indicateur: chosen.name, nature: chosen.kind, definition: chosen.definition,
    classes: chosen.method, date: dates,
  });
  return { json, structures, details, zones, zoneShapes, limits, near, place, indicator };
}

function daySaid(settings, day) {
  if (day === null) return settings.words.unknownDate;
  const said = settings.inWords.format(new Date(day * 86400000));
  return settings.language === "fr" ? said.replace(/^1 /, "1er ") : said;
}

function boxOf(shape) {
  const box = [90, 360, -90, -360];
  for (const polygon of shape) {
    for (const [lat, lon] of polygon[0]) {
      if (lat < box[0]) box[0] = lat;
      if (lon < box[1]) box[1] = lon;
      if (lat > box[2]) box[2] = lat;
      if (lon > box[3]) box[3] = lon;
    }
  }
  return box;
}

// Whether a point lies in a shape: rings crossed by a ray, holes and all.
function holds(shape, box, lat, lon) {
  if (lat < box[0] || lon < box[1] || lat > box[2] || lon > box[3]) return false;
  let inside = false;
  for (const polygon of shape) {
    for (const ring of polygon) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
        const [y1, x1] = ring[i];
        const [y2, x2] = ring[j];
        if ((y1 > lat) !== (y2 > lat) && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
      }
    }
  }
  return inside;
}
