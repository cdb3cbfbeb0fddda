// Search by name: a combobox (WAI-ARIA), accents and case aside; what it lists is text.
function nameSearch(map, layers, show) {
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const input = document.getElementById("search");
  const list = document.getElementById("found");
  const entries = [];
  for (const layer of layers.filter((one) => one.role !== "zoning")) {
    layer.names.forEach((name, row) => name && entries.push({ layer, row, name, key: plain(name) }));
  }
  let found = [];
  let active = -1;

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function go(entry) {
    close();
    input.value = entry.name;
    show(entry.layer, entry.row);
  }
  function mark(place) {
    active = (place + found.length) % found.length;
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === active)));
    list.children[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", list.children[active].id);
  }
  input.addEventListener("input", () => {
    const wanted = plain(input.value.trim());
    list.replaceChildren();
    if (wanted.length < 2) return close();
    const starts = entries.filter((entry) => entry.key.startsWith(wanted));
    const holds = entries.filter((entry) => !entry.key.startsWith(wanted) && entry.key.includes(wanted));
    found = [...starts, ...holds].slice(0, 12);
    found.forEach((entry, n) => {
      const item = element("li");
      item.id = `found-${n}`;
      item.setAttribute("role", "option");
      item.append(element("bdi", "", entry.name), element("small", "", entry.layer.title));
      item.addEventListener("mousedown", (event) => { event.preventDefault(); go(entry); });
      list.append(item);
    });
    if (!found.length) list.append(element("li", "none", list.dataset.none));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    return undefined;
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (list.hidden || !found.length) return;
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active < 0 ? -1 : active - 1);
    else if (event.key === "Enter") go(found[Math.max(0, active)]);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
}
