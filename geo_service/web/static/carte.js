// The page: one state, which the controls change, the maps show and the address keeps.
(() => {
  const settings = JSON.parse(document.getElementById("told").textContent);
  const { words } = settings;
  const stage = document.getElementById("stage");
  const panel = document.getElementById("panel");
  const language = settings.language === "fr" ? "fr-FR" : "en-GB";
  settings.inWords = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });
  const page = {
    settings, words, views: [], members: null, store: storeOf(settings), state: null,
    number: new Intl.NumberFormat(language, { maximumFractionDigits: 2 }),
    percent: new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    communesFrom: settings.manyCommunes ? 10 : 9,
    levelOf: { regions: "region", departements: "departement", epci: "epci", communes: "commune" },
    zonageTitle: (settings.layers.find((one) => one.role === "zonage") || {}).title,
    measuring: () => false,
    fail: () => { status.textContent = words.failed; },
    placeOf: (iso) => settings.dates.findIndex((one) => one.iso === iso),
    said: (iso) => settings.dates.find((one) => one.iso === iso).said,
  };
  const status = document.getElementById("map-status");
  const kept = stateOf(settings);
  page.state = kept;
  const byId = (id) => document.getElementById(id);
  const two = () => Boolean(page.state.beside);

  page.indicatorTitle = () => {
    const { name, kind, definition } = page.state.indicator;
    const entry = settings.indicators.find((one) => one.indicator === name);
    const series = entry.series.find((one) => one[0] === kind && one[1] === definition);
    const layer = settings.layers.find((one) => one.id === kind);
    return [entry.label, layer ? layer.title : kind, series && series[2]].filter(Boolean).join(", ");
  };
  // The dates at which the indicator chosen is known, for the maps shown.
  function indicatorDates() {
    const { name, kind, definition, level } = page.state.indicator;
    const series = settings.indicators.find((one) => one.indicator === name).series.find((one) => one[0] === kind && one[1] === definition);
    const held = series[3][level] || [];
    return [page.state.date, page.state.beside].filter((date) => date && held.includes(date));
  }
  page.hasFigures = (date) => Boolean(page.state.indicator) && indicatorDates().includes(date);
  page.figures = () => {
    const dates = indicatorDates();
    return page.store.indicator(page.state.indicator, [...new Set(dates)]);
  };

  // Where things stand; links follow.
  function remember(push) {
    const text = kept.written(page.state);
    if (text === location.hash.slice(1)) return;
    history[push ? "pushState" : "replaceState"](null, "", `${location.pathname}${location.search}${text ? `#${text}` : ""}`);
    for (const link of document.querySelectorAll("a.language, a.open-full")) link.hash = text;
  }
  let leading = null;
  let laying = false;
  page.moved = (view) => {
    if (laying || (leading && leading !== view)) return;
    leading = view;
    const centre = view.map.getCenter();
    const zoom = view.map.getZoom();
    for (const other of page.views) {
      if (other !== view && (two() || other !== page.views[1])) other.map.setView(centre, zoom, { animate: false });
    }
    leading = null;
    page.state.view = { zoom, lat: centre.lat, lon: centre.lng };
    if (ready) remember(false);
    page.table.moved();
  };
  let ready = false;

  // One map or two, with the table or without: what was in view stays in view.
  function layOut() {
    const { map } = page.views[0];
    const [seen, centre, zoom, before] = [map.getBounds(), map.getCenter(), map.getZoom(), map.getSize()];
    laying = true; // a map that has just got its size is not where it will be
    stage.classList.toggle("two", two());
    stage.classList.toggle("with-table", Boolean(page.state.table));
    map.invalidateSize({ animate: false, pan: false });
    const after = map.getSize();
    if (two() && !page.views[1]) {
      map_second.setView(centre, zoom, { animate: false });
      page.views[1] = viewOf(page, map_second, { first: false });
    }
    if (two()) page.views[1].map.invalidateSize({ animate: false, pan: false });
    const whole = L.latLngBounds(settings.places[0]);
    if (after.x < before.x || after.y < before.y) map.fitBounds(seen.contains(whole) ? whole : seen, { animate: false });
    else if (!after.equals(before)) map.setView(centre, zoom, { animate: false });
    if (two()) page.views[1].map.setView(map.getCenter(), map.getZoom(), { animate: false });
    laying = false;
    page.moved(page.views[0]);
  }

  let turns = 0;
  async function show(fit) {
    const turn = ++turns;
    const stale = () => turn !== turns; // another change came while this one waited for data
    const { state } = page;
    let outline = null;
    let members = null;
    let bounds = null;
    if (state.territory) {
      try {
        const place = await page.store.place(state.territory);
        if (stale()) return;
        const zone = state.territory.startsWith("qpv:");
        members = zone ? null : place.rows;
        outline = place.outline ? { ...place.outline, alone: zone } : null;
        chip(place.name);
        bounds = place.bounds && L.latLngBounds(place.bounds).pad(zone ? 0.6 : 0.04);
      } catch {
        state.territory = null;
        chip(null);
      }
    } else chip(null);
    page.members = members;
    layOut();
    if (fit && bounds) page.views[0].map.fitBounds(bounds, { animate: false, maxZoom: 16 });
    const dates = state.beside ? [state.date, state.beside] : [state.date];
    for (const [n, date] of dates.entries()) {
      const container = page.views[n].map.getContainer();
      container.setAttribute("role", "region");
      container.setAttribute("aria-describedby", "keys");
      container.setAttribute("aria-label", words.map.replace("{title}", settings.title).replace("{date}", page.said(date)));
      container.parentElement.querySelector(".date-of-map").textContent = page.said(date);
    }
    const levelDates = state.indicator ? indicatorDates() : [];
    const shownDates = state.indicator && levelDates.length < dates.length;
    byId("indicator-note").textContent = shownDates ? words.noCommuneDate : "";
    await Promise.all(dates.map((date, n) => page.views[n].show(date, page.members, outline, stale)));
    if (stale()) return;
    legend();
    counts();
    await page.table.load();
    stage.dataset.shown = String(Number(stage.dataset.shown || 0) + 1); // for tests: work is done
  }
  // A change of the state, by a control or a click.
  page.change = (changes) => {
    Object.assign(page.state, changes);
    controls();
    remember(true); // before the map moves, which only changes the entry just made
    const fit = "territory" in changes && changes.territory;
    const work = show(fit);
    if ("territory" in changes && !changes.territory) page.views[0].map.fitBounds(settings.places[0], { animate: false });
    return work;
  };

  // The controls say the state, and change it.
  const levelSelect = byId("level");
  const fill = (select, list, value) => {
    select.replaceChildren(...list.map(([own, title]) => {
      const option = element("option", "", title);
      option.value = own ?? "";
      return option;
    }));
    select.value = value ?? "";
    select.closest("p").hidden = list.length < 2;
  };
  function controls() {
    const { state } = page;
    for (const box of panel.querySelectorAll("input[data-layer]")) box.checked = state.layers.has(box.dataset.layer);
    byId("date").value = state.date;
    byId("beside").value = state.beside || "";
    byId("indicator").value = state.indicator ? state.indicator.name : "";
    byId("indicator-more").hidden = !state.indicator;
    if (byId("show-table")) byId("show-table").setAttribute("aria-pressed", String(Boolean(state.table)));
    if (!state.indicator) return;
    const { name, kind, definition, level, method } = state.indicator;
    const entry = settings.indicators.find((one) => one.indicator === name);
    const kinds = [...new Set(entry.series.map((one) => one[0]))];
    fill(byId("kind"), kinds.map((one) => [one, (settings.layers.find((layer) => layer.id === one) || { title: one }).title]), kind);
    const ofKind = entry.series.filter((one) => one[0] === kind);
    fill(byId("definition"), ofKind.map((one) => [one[1], one[2] || "–"]), definition);
    const levels = Object.keys(ofKind.find((one) => one[1] === definition)[3]);
    fill(levelSelect, settings.layers.filter((one) => levels.includes(one.id)).map((one) => [one.id, one.title]), level);
    byId("method").value = method;
    byId("method").closest("p").hidden = entry.count;
  }
  page.zoomed = () => { if (page.state.indicator && page.views[0] && page.views[0].indicator.told()?.count) legend(); };
  let setAside = null;
  function chooseIndicator(part, value) {
    const now = page.state.indicator;
    if (part === "name" && !value) {
      const layers = new Set([...page.state.layers, ...(setAside || [])]);
      setAside = null;
      return page.change({ indicator: null, layers, table: page.state.table === "territories" ? "structures" : page.state.table });
    }
    const wanted = { ...(now || { method: "quantiles" }), [part]: value };
    const entry = settings.indicators.find((one) => one.indicator === wanted.name);
    const fits = (one) => (one[0] === wanted.kind) * 2 + (one[1] === wanted.definition);
    const series = [...entry.series].sort((a, b) => fits(b) - fits(a))[0];
    [wanted.kind, wanted.definition] = series;
    const levels = Object.keys(series[3]);
    // At first the level of which there are enough to compare and not so many that it takes long.
    const usual = ["departements", "epci", "communes", "regions"].find((one) => levels.includes(one) && (series[3][one] || []).includes(page.state.date) && (one !== "departements" || settings.parts.length > 4));
    if (!levels.includes(wanted.level)) wanted.level = usual || levels[0];
    const layers = new Set(page.state.layers);
    if (!now) { // hundreds of symbols upon it would hide it; the switches bring them back
      setAside = settings.layers.filter((one) => one.role === "points" && layers.has(one.id)).map((one) => one.id);
      for (const id of setAside) layers.delete(id);
    }
    return page.change({ indicator: wanted, layers });
  }
  function chip(name) {
    const box = byId("chip");
    box.replaceChildren();
    box.hidden = !name;
    if (!name) return;
    const button = element("button", "quiet");
    button.type = "button";
    button.setAttribute("aria-label", words.remove.replace("{name}", name));
    button.append(element("bdi", "", name), element("span", "cross", "×"));
    button.addEventListener("click", () => { page.change({ territory: null }); byId("place").focus(); });
    box.append(button);
  }
  // How many the map shows, beside each switch.
  function counts() {
    const view = page.views[0];
    for (const line of panel.querySelectorAll("li[data-of]")) {
      const id = line.dataset.of;
      const layer = settings.layers.find((one) => one.id === id);
      const output = line.querySelector(".count");
      let number = null;
      if (layer.role === "points" && view.points) {
        const { data } = view.points;
        const state = view.points.state();
        const members = page.members && page.members.structures && new Set(page.members.structures);
        number = 0;
        for (let row = 0; row < data.length; row += 1) {
          number += Number(data.kinds[data.kind[row]] === id && state[row] !== OPEN.no && (!members || members.has(row)));
        }
      } else if (page.state.layers.has(id)) {
        const zone = view.zones.find((one) => one.layer.id === id);
        if (zone) number = zone.rows().filter((one) => one.force).length;
      }
      output.textContent = number === null ? "" : page.number.format(number);
    }
  }
  // The legend of the indicator: classes with how many territories, or circles.
  function legend() {
    const list = byId("classes");
    list.replaceChildren();
    const told = page.state.indicator && page.views[0].indicator.told();
    byId("unit").textContent = "";
    if (!told) return;
    const entry = settings.indicators.find((one) => one.indicator === page.state.indicator.name);
    const same = entry.label.toLocaleLowerCase() === entry.unit.toLocaleLowerCase();
    byId("unit").textContent = page.indicatorTitle() + (same ? "" : ` (${entry.unit})`);
    const figures = page.views.slice(0, two() ? 2 : 1).map((view) => view.indicator.figures()).filter(Boolean);
    const line = (swatch, label, numbers) => {
      const item = element("li");
      item.append(swatch, element("span", "what", label), element("span", "count", numbers.map((n) => page.number.format(n)).join(" · ")));
      list.append(item);
    };
    const square = (fill) => {
      const drawing = svg("svg", { viewBox: "0 0 24 24", class: "swatch", "aria-hidden": "true" });
      svg("rect", { x: 1, y: 3, width: 22, height: 18, fill, stroke: "#8C95A0" }, drawing);
      return drawing;
    };
    if (told.count) {
      for (const { value, label } of told.circles) {
        const radius = page.views[0].indicator.radius(value);
        const side = Math.ceil(2 * radius + 4);
        const drawing = svg("svg", { width: side, height: side, class: "circle", "aria-hidden": "true" });
        svg("circle", { cx: side / 2, cy: side / 2, r: radius, fill: settings.circle, "fill-opacity": 0.72, stroke: "#fff" }, drawing);
        line(drawing, label, []);
      }
      line(element("span", "swatch"), words.noSymbol, []);
    } else {
      told.classes.forEach((one, n) => line(square(one.colour), one.label, figures.map((own) => own.counted[n])));
    }
    if (figures.some((own) => own.unknown)) {
      const drawing = square("#fff");
      svg("path", { d: "M1 14L12 3M1 21L19 3M8 21L23 6M15 21L23 13", stroke: settings.unknownPattern.colour, "stroke-width": 1.4 }, drawing);
      line(drawing, words.unknown, figures.map((own) => own.unknown));
    }
  }
  for (const box of panel.querySelectorAll("input[data-layer]")) {
    box.addEventListener("change", () => {
      const layers = new Set(page.state.layers);
      layers[box.checked ? "add" : "delete"](box.dataset.layer);
      page.change({ layers });
    });
  }
  byId("date").addEventListener("change", (event) => page.change({ date: event.target.value, beside: page.state.beside === event.target.value ? null : page.state.beside }));
  byId("beside").addEventListener("change", (event) => page.change({ beside: event.target.value && event.target.value !== page.state.date ? event.target.value : null }));
  for (const [id, part] of [["indicator", "name"], ["kind", "kind"], ["definition", "definition"], ["level", "level"], ["method", "method"]]) {
    byId(id).addEventListener("change", (event) => chooseIndicator(part, event.target.value || null));
  }
  const jump = byId("jump");
  if (jump) jump.addEventListener("change", () => page.views[0].map.fitBounds(settings.places[Number(jump.value)], { animate: false }));
  panel.addEventListener("submit", (event) => event.preventDefault());

  // The page fills the screen from where it begins: bands above it may come and go.
  const settle = () => stage.style.setProperty("--above", `${Math.round(stage.getBoundingClientRect().top + window.scrollY)}px`);
  if (!settings.embed) settle();
  stage.classList.toggle("two", two());
  stage.classList.toggle("with-table", Boolean(page.state.table));
  map_first.invalidateSize({ animate: false, pan: false });

  const { state } = page;
  const start = state.view;
  if (start) map_first.setView([start.lat, start.lon], start.zoom, { animate: false });
  else map_first.fitBounds(settings.places[0], { animate: false });
  page.popups = popupsOf(page);
  page.table = tableOf(page);
  page.views[0] = viewOf(page, map_first, { first: true });
  if (byId("show-table")) byId("show-table").addEventListener("click", () => page.change({ table: page.state.table ? null : "structures" }));
  const measureButton = byId("measure");
  if (measureButton) page.measuring = measureOn(page, measureButton, byId("measured"));
  if (byId("full")) fullScreenOn(page, byId("full"), stage);
  if (byId("share")) sharing(page, byId("share"), byId("sharing"));
  placeSearch(page);
  controls();
  window.addEventListener("popstate", () => {
    const before = page.state.territory;
    page.state = Object.assign(kept, kept.read());
    const { view } = page.state;
    if (view) page.views[0].map.setView([view.lat, view.lon], view.zoom, { animate: false });
    controls();
    show(!view && before !== page.state.territory);
  });
  const resize = () => { if (!settings.embed) settle(); for (const { map } of page.views) map.invalidateSize({ animate: false }); };
  window.addEventListener("resize", resize);
  document.fonts.ready.then(resize); // the band above may have lost a line
  // A link that names a place to look at wins over the whole of its territory.
  show(!start && Boolean(state.territory)).then(() => {
    ready = true;
    stage.dataset.ready = "true";
    performance.mark("carte-ready");
    remember(false);
    // Names for hints and popups come when someone first reaches for the map.
    const early = () => page.store.details().catch(() => {});
    for (const event of ["pointerover", "focusin"]) stage.addEventListener(event, early, { once: true });
  });
})();
