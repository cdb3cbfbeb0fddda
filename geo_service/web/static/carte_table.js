// The same data as a table: sortable, filtered, a page at a time; its rows and the map's objects
// lead to one another.
const ROWS = 50;

function tableOf(page) {
  const { words, settings } = page;
  const box = document.getElementById("table");
  const what = document.getElementById("table-what");
  const filter = document.getElementById("table-filter");
  const only = document.getElementById("table-view");
  const head = box.querySelector("thead tr");
  const body = box.querySelector("tbody");
  const status = document.getElementById("table-status");
  const [back, on] = box.querySelectorAll(".pager button");
  const caption = box.querySelector("caption");
  const collator = new Intl.Collator(settings.language, { numeric: true, sensitivity: "base" });
  let source = null;
  let order = [];
  let sort = { column: 0, up: true };
  let place = 0;
  let chosen = null;

  const text = (column, row) => (Array.isArray(column) ? column[row] : column.texts[column.is[row]]);
  const numbersOf = (column, length) => {
    const values = Array.from({ length }, (_, row) => text(column, row));
    const numeric = values.every((value) => !value || /^-?[\d\s.,\u00a0\u202f]+$/.test(value)) && values.some(Boolean);
    const plain = (value) => Number(value.replace(settings.language === "fr" ? /[^\d,-]/g : /[^\d.-]/g, "").replace(",", "."));
    return numeric ? values.map((value) => (value ? plain(value) : null)) : null;
  };
  const columnOf = (title, column, length, keys, dated = false) => ({
    title, dated, say: (row) => text(column, row), keys: keys === undefined ? numbersOf(column, length) : keys,
  });

  async function structures(view) {
    const [data, told] = await Promise.all([page.store.structures(), page.store.details()]);
    const layers = data.kinds.map((id) => settings.layers.find((one) => one.id === id));
    return {
      columns: [
        columnOf(words.name, told.names, data.length, null),
        { title: words.kind, say: (row) => layers[data.kind[row]].label, keys: null },
        ...told.fields.map((field, n) => columnOf(field, told.values[n], data.length, n === told.dated ? told.days : null, n === told.dated)),
      ],
      rows: () => {
        const state = view.points ? view.points.state() : [];
        const members = page.members && page.members.structures && new Set(page.members.structures);
        return told.codes.map((_, row) => row).filter((row) => state[row] !== OPEN.no && page.state.layers.has(data.kinds[data.kind[row]]) && (!members || members.has(row)));
      },
      at: (row) => [data.lat[row], data.lon[row]],
      show: (row) => page.popups.structure(view, row),
    };
  }
  async function zones(view, layer) {
    const data = await page.store.zones(layer.id);
    const shown = () => view.zones.find((one) => one.layer.id === layer.id).rows().map((one) => one.row);
    return {
      columns: [columnOf(words.name, data.names, data.length, null), ...data.fields.map((field, n) => columnOf(field, data.values[n], data.length))],
      rows: shown,
      at: (row) => [data.lat[row], data.lon[row]],
      show: (row) => page.popups.zone(view, layer, row),
      zoom: 14,
    };
  }
  async function territories(view) {
    const chosenOne = page.state.indicator;
    const [told, level] = await Promise.all([page.figures(), page.store.limits(chosenOne.level)]);
    const values = told.dates.flatMap((figures) => {
      const suffix = told.dates.length > 1 ? ` ${words.atDate.replace("{date}", page.said(figures.date))}` : "";
      const bounds = (row) => (figures.low[row] === null || figures.low[row] === figures.high[row] ? ""
        : words.between.replace("{low}", figureSaid(page, figures.low[row], told.unit)).replace("{high}", figureSaid(page, figures.high[row], told.unit)));
      return [{ title: words.value + suffix, keys: figures.value, say: (row) => figureSaid(page, figures.value[row], told.unit), more: bounds }];
    });
    return {
      columns: [
        columnOf(words.name, level.names, level.codes.length, null),
        columnOf(words.code, level.codes, level.codes.length, null),
        ...values,
        { title: words.population, keys: level.weights, say: (row) => (level.weights[row] === null ? "" : page.number.format(level.weights[row])) },
      ],
      rows: () => {
        const members = page.members && page.members[level.id] && new Set(page.members[level.id]);
        return level.codes.map((_, row) => row).filter((row) => !members || members.has(row));
      },
      at: (row) => (level.places[row] ? [level.places[row][1], level.places[row][0]] : [NaN, NaN]),
      show: (row) => page.popups.territory(view, level, row),
      bounds: (row) => level.shapes[row].length && L.latLngBounds([level.boxes[row].slice(0, 2), level.boxes[row].slice(2)]),
      caption: page.indicatorTitle(),
    };
  }
  function choices() {
    const list = [];
    if (settings.layers.some((one) => one.role === "points")) list.push(["structures", words.structures]);
    for (const layer of settings.layers) if (layer.role === "qpv") list.push([layer.id, layer.title]);
    if (page.hasFigures(page.state.date)) list.push(["territories", page.indicatorTitle()]);
    const wanted = page.state.table;
    what.replaceChildren(...list.map(([value, title]) => {
      const option = element("option", "", title);
      option.value = value;
      return option;
    }));
    what.value = list.some(([value]) => value === wanted) ? wanted : list[0] ? list[0][0] : "";
  }
  async function load() {
    if (!page.state.table) return;
    choices();
    const view = page.views[0];
    const layer = settings.layers.find((one) => one.id === what.value);
    if (what.value !== (source && source.name)) { sort = { column: 0, up: true }; place = 0; chosen = null; }
    const name = what.value;
    const made = name === "territories" ? await territories(view) : layer ? await zones(view, layer) : await structures(view);
    source = { ...made, name };
    caption.textContent = source.caption || what.selectedOptions[0].textContent;
    arrange();
  }
  function arrange() {
    const wanted = filter.value.trim().toLocaleLowerCase(settings.language);
    const seen = only.checked ? page.views[0].map.getBounds() : null;
    const inside = (row) => { const [lat, lon] = source.at(row); return !Number.isNaN(lat) && seen.contains([lat, lon]); };
    order = source.rows().filter((row) => (!seen || inside(row)) && (!wanted || source.columns.some((column) => (
      String(column.say(row) ?? "").toLocaleLowerCase(settings.language).includes(wanted)))));
    const { keys, say } = source.columns[sort.column] || source.columns[0];
    const way = sort.up ? 1 : -1;
    const missing = (a, b) => (a === b ? 0 : a ? 1 : -1); // what is unknown stands last, whichever way
    order.sort((a, b) => {
      if (keys) {
        const lack = missing(keys[a] === null, keys[b] === null);
        return lack || way * (keys[a] - keys[b]) || a - b;
      }
      const [one, other] = [say(a) || "", say(b) || ""];
      return missing(!one, !other) || way * collator.compare(one, other) || a - b;
    });
    write();
  }
  function write() {
    const pages = Math.max(1, Math.ceil(order.length / ROWS));
    place = Math.min(place, pages - 1);
    head.replaceChildren(...source.columns.map((column, n) => {
      const cell = element("th");
      cell.scope = "col";
      if (n === sort.column) cell.setAttribute("aria-sort", sort.up ? "ascending" : "descending");
      if (column.keys && !column.dated) cell.className = "number";
      const button = element("button", "sort", column.title);
      button.type = "button";
      const arrow = element("span", "arrow", n === sort.column ? (sort.up ? "▲" : "▼") : "");
      arrow.setAttribute("aria-hidden", "true");
      button.append(arrow);
      button.addEventListener("click", () => {
        sort = { column: n, up: n === sort.column ? !sort.up : true };
        place = 0;
        arrange();
        head.children[n].firstChild.focus();
      });
      cell.append(button);
      return cell;
    }));
    body.replaceChildren(...order.slice(place * ROWS, (place + 1) * ROWS).map((row) => {
      const line = element("tr");
      if (row === chosen) line.setAttribute("aria-current", "true");
      source.columns.forEach((column, n) => {
        const cell = element(n ? "td" : "th");
        if (column.keys && !column.dated) cell.className = "number";
        if (n) cell.append(element("bdi", "", column.say(row) || ""));
        else {
          cell.scope = "row";
          const button = element("button", "row");
          button.type = "button";
          button.title = words.show;
          button.append(element("bdi", "", column.say(row) || words.unknown));
          button.addEventListener("click", () => go(row));
          cell.append(button);
        }
        const more = column.more && column.more(row);
        if (more) cell.append(element("span", "bounds", more));
        line.append(cell);
      });
      line.dataset.row = row;
      return line;
    }));
    status.textContent = order.length
      ? `${words.rows.replace("{n}", page.number.format(order.length))} · ${words.page.replace("{n}", place + 1).replace("{of}", pages)}` : words.empty;
    back.disabled = place === 0;
    on.disabled = place >= pages - 1;
  }
  function go(row) {
    chosen = row;
    mark();
    const [lat, lon] = source.at(row);
    const { map } = page.views[0];
    if (Number.isNaN(lat)) return;
    const bounds = source.bounds && source.bounds(row);
    if (bounds) map.fitBounds(bounds.pad(0.6), { animate: false });
    else map.setView([lat, lon], Math.max(map.getZoom(), source.zoom || 15), { animate: false });
    source.show(row);
  }
  function mark() {
    for (const line of body.children) {
      if (Number(line.dataset.row) === chosen) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
  }
  // An object was opened on the map: its row is shown, without taking the focus.
  function choose(name, row) {
    if (!page.state.table || !source || source.name !== name) return;
    chosen = row;
    const at = order.indexOf(row);
    if (at >= 0 && Math.floor(at / ROWS) !== place) {
      place = Math.floor(at / ROWS);
      write();
    } else mark();
    const line = body.querySelector("[aria-current]");
    const scroll = box.querySelector(".scroll");
    if (line) scroll.scrollTop = Math.max(0, line.offsetTop - scroll.clientHeight / 2);
  }
  back.addEventListener("click", () => { place -= 1; write(); });
  on.addEventListener("click", () => { place += 1; write(); });
  let wait = 0;
  const later = () => { clearTimeout(wait); wait = setTimeout(() => { place = 0; if (source) arrange(); }, 150); };
  filter.addEventListener("input", later);
  only.addEventListener("change", later);
  what.addEventListener("change", () => page.change({ table: what.value }));
  const moved = () => { if (page.state.table && source && only.checked) later(); };
  return { load: () => load().catch(page.fail), choose, moved };
}
