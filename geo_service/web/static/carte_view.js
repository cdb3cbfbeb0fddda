// One map: its layers from the ground up, and what it shows for one state of the page.
function viewOf(page, map, { first }) {
  const { settings } = page;
  const scale = textScale();
  const view = { page, map, named: [], date: null };
  for (const [name, z] of [["ground", 210], ["shade", 420]]) {
    const pane = map.createPane(name);
    pane.style.zIndex = z;
    pane.style.pointerEvents = "none";
    view[name] = L.canvas({ pane: name, padding: 0.2 });
  }
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
    map._zoomAnimated = false;
    map.panBy = (offset, how) => L.Map.prototype.panBy.call(map, offset, { ...how, animate: false });
  }
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
  L.control.scale({ imperial: false, maxWidth: Math.round(120 * scale), position: "bottomleft" }).addTo(map);
  if (first) L.control.zoom({ zoomInTitle: page.words.zoomIn, zoomOutTitle: page.words.zoomOut, position: "topleft" }).addTo(map);

  const ofRole = (role) => settings.layers.filter((one) => one.role === role);
  const land = settings.ground ? landOn(view) : null;
  const zonage = ofRole("zonage").length ? zonageOn(view) : null;
  const limits = ofRole("limit").map((layer) => ({ layer, scales: limitOn(view, layer) }));
  const zones = [...ofRole("vecu"), ...ofRole("qpv")].reverse().map((layer) => zonesOn(view, layer));
  view.indicator = indicatorOn(view);
  view.points = null;
  view.zones = zones;
  view.largestCircle = () => Math.min(46, 5 * 1.35 ** map.getZoom()) * scale;

  const scaled = () => [land, zonage, ...limits.map((one) => one.scales)].filter(Boolean);

  let stacked = [];
  function stack() {
    const on = page.state.layers;
    const wanted = [
      ...(land ? land.current(true) : []),
      ...(zonage ? zonage.current(on.has("zonage")) : []),
      ...view.indicator.current().filter((one) => !isCircles(one)),
      ...limits.flatMap(({ layer, scales }) => scales.current(on.has(layer.id))),
      ...view.indicator.current().filter(isCircles),
    ];
    for (const group of stacked) if (!wanted.includes(group)) map.removeLayer(group);
    const grown = wanted.filter((group) => stacked.includes(group));
    const same = grown.length === stacked.length && grown.every((group, n) => wanted[n] === group);
    for (const group of wanted) if (!map.hasLayer(group)) map.addLayer(group);
    if (!same) for (const group of wanted) group.bringToFront();
    stacked = wanted;
  }
  const isCircles = (group) => view.indicator.told() && view.indicator.told().count && group.getLayers()[0] instanceof L.CircleMarker;
  let soon = 0;
  view.stackSoon = () => {
    cancelAnimationFrame(soon);
    soon = requestAnimationFrame(stack);
  };

  const writeNames = placeNames(map, view.named, scale, page.communesFrom - 0.5);
  view.addNames = (level) => {
    let known = view.named.find((one) => one.id === level.id);
    if (!known) {
      known = { id: level.id, names: [], places: [], weights: [], order: [], parts: new Set() };
      view.named.push(known);
    }
    if (known.parts.has(level)) return;
    known.parts.add(level);
    known.names.push(...level.names);
    known.places.push(...level.places);
    known.weights.push(...level.weights);
    known.order = known.names.map((_, row) => row).sort((a, b) => (known.weights[b] || 0) - (known.weights[a] || 0));
    writeNames();
  };
  // The commune under a point, where communes are drawn near.
  function communeAt({ lat, lng }) {
    const known = view.named.find((one) => one.id === "communes");
    if (!known || map.getZoom() < page.communesFrom || !page.state.layers.has("communes")) return null;
    for (const level of known.parts) {
      level.boxes ??= level.shapes.map(boxOf);
      const row = level.shapes.findIndex((shape, n) => holds(shape, level.boxes[n], lat, lng));
      if (row >= 0) return { level, row };
    }
    return null;
  }

  const size = () => { map.getContainer().dataset.far = [11.5, 9, 7.5].filter((limit) => map.getZoom() < limit).length; };
  map.on("zoomend", () => { size(); view.indicator.resize(); if (first) page.zoomed(); });
  map.on("moveend", () => {
    if (view.points) view.points.draw();
    for (const one of zones) one.draw();
    view.stackSoon();
    page.moved(view);
  });
  map.on("click", ({ latlng }) => {
    if (page.measuring()) return;
    const row = view.indicator.at(latlng);
    if (row !== null) page.popups.territory(view, view.indicator.level(), row, latlng);
    else {
      const found = communeAt(latlng);
      if (found) page.popups.territory(view, found.level, found.row, latlng);
    }
  });
  const hintBox = L.tooltip({ className: "hint", direction: "top", offset: [0, -6 * scale] });
  let under = null;
  map.on("mousemove", ({ latlng, originalEvent }) => {
    const onMap = originalEvent.target instanceof HTMLCanvasElement || originalEvent.target === map.getContainer();
    const row = onMap && !page.measuring() ? view.indicator.at(latlng) : null;
    if (row === null) { under = null; return void map.closeTooltip(hintBox); }
    if (row !== under) {
      under = row;
      const box = element("span");
      box.append(element("bdi", "", view.indicator.level().names[row]), ` : ${view.indicator.say(row).value}`);
      hintBox.setContent(box);
    }
    hintBox.setLatLng(latlng);
    return void (map.hasLayer(hintBox) || map.openTooltip(hintBox));
  });
  map.on("mouseout", () => { under = null; map.closeTooltip(hintBox); });

  let shade = null;
  // Show a state: the date of this map, the layers, the territory chosen, the indicator.
  view.show = async (date, members, outline, stale) => {
    view.date = date;
    const { layers } = page.state;
    const at = page.placeOf(date);
    if (shade) map.removeLayer(shade);
    shade = outline ? shadeOn(view, outline).addTo(map) : null;
    writeNames(layers.has("names"));
    const rows = (id) => (members && members[id] ? new Set(members[id]) : null);
    const work = zones.map((one) => one.choose(layers.has(one.layer.id), at, rows(one.layer.id), layers.has("old")));
    if (ofRole("points").length) {
      work.push(page.store.structures().then((data) => {
        if (stale()) return;
        view.points ??= pointsOn(view, data);
        view.points.choose(at, layers, rows("structures"));
      }));
    }
    if (page.hasFigures(date)) {
      const { level } = page.state.indicator;
      work.push(Promise.all([page.figures(), page.store.limits(level)]).then(([told, data]) => {
        if (stale()) return;
        view.indicator.set(told, data, date, rows(level));
      }));
    } else view.indicator.clear();
    stack();
    work.push(...scaled().map((one) => one.settled()));
    const done = await Promise.allSettled(work);
    if (stale()) return;
    for (const one of done) if (one.status === "rejected") page.fail(one.reason);
    // Zones lie on one canvas: the last drawn on top, so from the quartiers vécus up to the QPV.
    for (const one of [...zones].sort((a, b) => (a.layer.role === b.layer.role ? 0 : a.layer.role === "vecu" ? -1 : 1))) {
      if (map.hasLayer(one.pool)) one.pool.bringToFront();
    }
    stack();
    writeNames();
  };
  size();
  return view;
}
