// Measure, full screen, share, search: what the buttons above the map do.
const EARTH = 6371008.8; // metres: mean radius

function areaOf(corners) {
  const rad = Math.PI / 180;
  let sum = 0;
  corners.forEach((here, n) => {
    const next = corners[(n + 1) % corners.length];
    sum += (next.lng - here.lng) * rad * (2 + Math.sin(here.lat * rad) + Math.sin(next.lat * rad));
  });
  return Math.abs((sum * EARTH * EARTH) / 2);
}

// Lengths and areas on the sphere, within half a percent; nothing legal is measured here.
function measureOn(page, button, output) {
  const { words } = page;
  const { map } = page.views[0];
  const corners = [];
  const drawn = L.layerGroup();
  let active = false;
  const metres = (value) => (value < 1000 ? `${page.number.format(Math.round(value))} m` : `${page.number.format(Number((value / 1000).toPrecision(4)))} km`);
  const square = (value) => (value < 1e5 ? `${page.number.format(Math.round(value))} m²` : value < 1e6 ? `${page.number.format(Number((value / 1e4).toPrecision(4)))} ha` : `${page.number.format(Number((value / 1e6).toPrecision(4)))} km²`);

  function write() {
    drawn.clearLayers();
    const how = { color: "#1D2733", weight: 2.5, dashArray: "6 4", interactive: false };
    if (corners.length > 2) L.polygon(corners, { ...how, stroke: false, fillColor: "#1D2733", fillOpacity: 0.08 }).addTo(drawn);
    if (corners.length > 1) L.polyline(corners, how).addTo(drawn);
    for (const at of corners) L.circleMarker(at, { radius: 4, color: "#fff", weight: 1.5, fillColor: "#1D2733", fillOpacity: 1, interactive: false }).addTo(drawn);
    const length = corners.slice(1).reduce((sum, at, n) => sum + map.distance(corners[n], at), 0);
    const said = corners.length < 2 ? [words.measureHelp] : [words.length.replace("{d}", metres(length))];
    if (corners.length > 2) said.push(words.area.replace("{a}", square(areaOf(corners))));
    output.textContent = said.join(" · ");
  }
  const put = ({ latlng }) => { corners.push(latlng); write(); };
  function key(event) {
    if (event.key === "Escape") stop();
    else if (event.key === "Enter" && event.target === map.getContainer()) put({ latlng: map.getCenter() });
    else if (event.key === "Backspace" && corners.length) { corners.pop(); write(); } else return;
    event.preventDefault();
    event.stopPropagation();
  }
  function start() {
    active = true;
    button.setAttribute("aria-pressed", "true");
    output.hidden = false;
    corners.length = 0;
    drawn.addTo(map);
    map.on("click", put);
    map.doubleClickZoom.disable();
    map.getContainer().classList.add("measuring");
    map.getContainer().addEventListener("keydown", key);
    map.getContainer().focus({ preventScroll: true });
    write();
  }
  function stop() {
    active = false;
    button.setAttribute("aria-pressed", "false");
    output.hidden = true;
    map.removeLayer(drawn);
    map.off("click", put);
    map.doubleClickZoom.enable();
    map.getContainer().classList.remove("measuring");
    map.getContainer().removeEventListener("keydown", key);
    button.focus({ preventScroll: true });
  }
  button.addEventListener("click", () => (active ? stop() : start()));
  return () => active;
}

function fullScreenOn(page, button, stage) {
  if (!document.fullscreenEnabled) { button.hidden = true; return; }
  button.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen()));
  document.addEventListener("fullscreenchange", () => {
    button.setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
    for (const { map } of page.views) map.invalidateSize({ animate: false });
  });
}

function sharing(page, button, dialog) {
  const [link, code] = dialog.querySelectorAll("input, textarea");
  button.addEventListener("click", () => {
    const here = new URL(location.href);
    here.searchParams.delete("embed");
    link.value = here.href;
    here.searchParams.set("embed", "1");
    const frame = document.createElement("iframe");
    frame.setAttribute("src", here.href);
    frame.setAttribute("title", page.settings.title);
    for (const [name, value] of [["width", "100%"], ["height", "520"], ["loading", "lazy"]]) frame.setAttribute(name, value);
    code.value = frame.outerHTML;
    dialog.showModal();
    link.select();
  });
  for (const copy of dialog.querySelectorAll("button[data-copy]")) {
    const field = document.getElementById(copy.dataset.copy);
    copy.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
      } catch { // a page without https has no clipboard but the old one
        document.execCommand("copy");
      }
      dialog.querySelector("[role=status]").textContent = page.words.copied;
    });
  }
  dialog.addEventListener("close", () => { dialog.querySelector("[role=status]").textContent = ""; });
}

// Search among everything that has a name: a territory is then shown alone, a QPV or a structure
// is opened.
function placeSearch(page) {
  const { settings, store } = page;
  const address = `${settings.base}/recherche/propositions`;
  const find = async (words) => {
    const answer = await fetch(`${address}?${new URLSearchParams({ q: words, lang: settings.language })}`);
    const { found } = await answer.json();
    return found.map((one) => ({ ...one, what: [one.what, one.where].filter(Boolean).join(" · ") }));
  };
  async function go(one) {
    const view = page.views[0];
    if (one.kind === "territoire") { page.change({ territory: one.code }); return; }
    const ids = one.kind === "structure" ? ["structures"] : settings.layers.filter((layer) => layer.role === "qpv").map((layer) => layer.id);
    for (const id of ids) {
      const data = await (id === "structures" ? store.structures() : store.zones(id));
      const { rowOf } = id === "structures" ? await store.details() : data;
      const row = rowOf.get(one.code);
      if (row === undefined || Number.isNaN(data.lat[row])) continue;
      const on = id === "structures" ? data.kinds[data.kind[row]] : id;
      if (!page.state.layers.has(on)) page.change({ layers: new Set([...page.state.layers, on]) });
      view.map.setView([data.lat[row], data.lon[row]], id === "structures" ? 16 : 14, { animate: false });
      if (id === "structures") page.popups.structure(view, row);
      else page.popups.zone(view, settings.layers.find((layer) => layer.id === id), row);
      return;
    }
  }
  combobox(document.getElementById("place"), document.getElementById("places"), find, (one) => go(one).catch(page.fail));
}
