// What a link to the map holds: where, which layers, dates, indicator, territory, table.
// It stands after the # of the address, so that what a visitor looks at is never sent.
const NAMES = {
  view: "vue", layers: "couches", date: "date", beside: "avec", territory: "territoire", indicator: "indicateur",
  kind: "nature", definition: "definition", level: "niveau", method: "classes", table: "tableau",
};
const EXTRAS = ["names", "old"]; // switches that are no layers

function stateOf(settings) {
  const known = new Set(settings.dates.map((one) => one.iso));
  const defaults = new Set([...settings.layers.filter((one) => one.on).map((one) => one.id), "names"]);
  const possible = new Set([...settings.layers.map((one) => one.id), ...EXTRAS]);

  function read() {
    const hash = location.hash.slice(1);
    const given = new URLSearchParams(hash || location.search);
    const territory = given.get(NAMES.territory) || new URLSearchParams(location.search).get("territory");
    const [zoom, lat, lon] = (given.get(NAMES.view) || "").split("/").map(Number);
    const there = given.has(NAMES.view) && [zoom, lat, lon].every(Number.isFinite) && Math.abs(lat) <= 90 && Math.abs(lon) <= 360;
    const layers = given.get(NAMES.layers);
    const text = (name) => given.get(NAMES[name]) || null;
    const date = text("date");
    const beside = text("beside");
    return {
      view: there ? { zoom: Math.min(18, Math.max(3, zoom)), lat, lon } : null,
      layers: layers === null ? new Set(defaults) : new Set(layers.split(",").filter((name) => possible.has(name))),
      date: known.has(date) ? date : settings.asOf,
      beside: known.has(beside) ? beside : null,
      territory,
      indicator: indicatorOf(text),
      table: text("table"),
    };
  }
  function indicatorOf(text) {
    const entry = settings.indicators.find((one) => one.indicator === text("indicator"));
    const series = entry && (entry.series.find((one) => one[0] === text("kind") && one[1] === text("definition")) || entry.series[0]);
    if (!series) return null;
    const levels = Object.keys(series[3]);
    return {
      name: entry.indicator, kind: series[0], definition: series[1],
      level: levels.includes(text("level")) ? text("level") : levels[levels.length - 1],
      method: text("method") === "equal" ? "equal" : "quantiles",
    };
  }
  function written(state) {
    const told = new URLSearchParams();
    const put = (name, value) => { if (value) told.set(NAMES[name], value); };
    if (state.view) put("view", [+state.view.zoom.toFixed(2), state.view.lat.toFixed(5), state.view.lon.toFixed(5)].join("/"));
    const same = state.layers.size === defaults.size && [...defaults].every((name) => state.layers.has(name));
    if (!same) told.set(NAMES.layers, [...state.layers].sort().join(","));
    put("date", state.date !== settings.asOf && state.date);
    put("beside", state.beside);
    put("territory", state.territory);
    if (state.indicator) {
      const { name, kind, definition, level, method } = state.indicator;
      put("indicator", name);
      put("kind", kind);
      put("definition", definition);
      put("level", level);
      put("method", method !== "quantiles" && method);
    }
    put("table", state.table);
    return told.toString().replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("%3A", ":");
  }
  return { ...read(), read, written };
}
