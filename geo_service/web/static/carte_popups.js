// What is said of one object; a link to its page. Every value is written as text.
function popupsOf(page) {
  const { words, settings } = page;
  const query = new URLSearchParams(location.search).has("lang") ? `?lang=${settings.language}` : "";
  const sheet = (path, code) => {
    const link = element("a", "sheet", words.sheet);
    link.href = `${settings.base}/${path}/${encodeURIComponent(code).replaceAll("%3A", ":")}${query}`;
    if (settings.embed) { link.target = "_blank"; link.rel = "noopener"; }
    return link;
  };
  const line = (text) => element("p", "note", text);

  function open(view, latlng, content, label) {
    const before = document.activeElement;
    const popup = L.popup({ maxWidth: 330, minWidth: 180, maxHeight: Math.max(120, view.map.getSize().y - 110), autoPanPaddingTopLeft: [24, 50], autoPanPaddingBottomRight: [24, 24] }).setLatLng(latlng).setContent(content);
    popup.on("remove", () => {
      const within = popup.getElement() && popup.getElement().contains(document.activeElement);
      if ((within || document.activeElement === document.body) && before && before.isConnected) before.focus({ preventScroll: true });
    });
    popup.openOn(view.map);
    const box = popup.getElement();
    box.tabIndex = -1;
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", label);
    box.querySelector(".leaflet-popup-close-button").setAttribute("aria-label", words.close);
    box.focus({ preventScroll: true });
    box.addEventListener("keydown", (event) => { if (event.key === "Escape") { view.map.closePopup(popup); event.stopPropagation(); } });
  }
  async function structure(view, row) {
    const [data, told] = await Promise.all([page.store.structures(), page.store.details()]).catch(page.fail) || [];
    if (!told) return;
    const kind = settings.layers.find((one) => one.id === data.kinds[data.kind[row]]);
    const box = describe({ ...told, label: kind.label }, row);
    if (view.date !== settings.asOf) box.append(line(words.facts.replace("{date}", page.said(settings.asOf))));
    box.append(sheet("structure", told.codes[row]));
    open(view, [data.lat[row], data.lon[row]], box, told.names[row]);
    page.table.choose("structures", row);
  }
  async function together(view, latlng, rows) {
    const told = await page.store.details().catch(page.fail);
    if (!told) return;
    const title = words.together.replace("{n}", rows.length);
    const box = element("div", "about");
    const list = element("ul", "together");
    for (const row of rows) {
      const button = element("button", "quiet");
      button.type = "button";
      button.append(element("bdi", "", told.names[row]));
      button.addEventListener("click", () => structure(view, row));
      const item = element("li");
      item.append(button);
      list.append(item);
    }
    box.append(element("p", "name", title), list);
    open(view, latlng, box, title);
  }
  async function zone(view, layer, row, latlng) {
    const data = await page.store.zones(layer.id);
    const box = describe({ ...data, label: layer.title }, row);
    if (!inForce(data, row, page.placeOf(view.date))) box.append(line(words.notInForce));
    if (layer.role === "qpv") box.append(sheet("qpv", data.codes[row]));
    open(view, latlng || [data.lat[row], data.lon[row]], box, data.names[row]);
    if (layer.role === "qpv") page.table.choose(layer.id, row);
  }
  // A territory: of the indicator, with its figure, or a commune under the pointer.
  function territory(view, level, row, latlng) {
    const layer = settings.layers.find((one) => one.id === level.id);
    const box = element("div", "about");
    const title = element("p", "name");
    title.append(element("bdi", "", level.names[row]));
    box.append(element("p", "kind", layer.title), title);
    const list = element("dl");
    const put = (name, value) => { if (value) list.append(element("dt", "", name), element("dd", "", value)); };
    put(words.code, level.codes[row]);
    put(words.population, level.weights[row] === null ? "" : page.number.format(level.weights[row]));
    if (level.classes.length) put(page.zonageTitle, level.classes[row]);
    box.append(list);
    if (view.indicator.level() === level) {
      const { value, bounds, note } = view.indicator.say(row);
      const figure = element("p", "figure");
      figure.append(element("strong", "", value), ` ${page.indicatorTitle()}`);
      box.append(figure);
      for (const text of [bounds, note]) if (text) box.append(line(text));
    }
    const id = `${page.levelOf[level.id]}:${level.codes[row]}`;
    const only = element("button", "quiet only", words.onlyHere);
    only.type = "button";
    only.addEventListener("click", () => { view.map.closePopup(); page.change({ territory: id }); });
    box.append(sheet("territoire", id), only);
    open(view, latlng || [...level.places[row]].reverse(), box, level.names[row]);
    if (view.indicator.level() === level) page.table.choose("territories", row);
  }
  return { structure, together, zone, territory };
}
