// A combobox (WAI-ARIA): what is typed, what is found, one is chosen. What it lists is text.
// find(words): a list of { name, what }, or a promise of it; go(one): called with the one chosen.
function combobox(input, list, find, go) {
  let found = [];
  let active = -1;
  let asked = 0;

  function close() {
    asked += 1; // an answer on its way comes too late
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function choose(one) {
    close();
    input.value = one.name;
    go(one);
  }
  function mark(place) {
    active = (place + found.length) % found.length;
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === active)));
    list.children[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", list.children[active].id);
  }
  function write() {
    list.replaceChildren(...found.map((one, n) => {
      const item = element("li");
      item.id = `${list.id}-${n}`;
      item.setAttribute("role", "option");
      item.append(element("bdi", "", one.name), element("small", "", one.what));
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(one); });
      return item;
    }));
    if (!found.length) list.append(element("li", "none", list.dataset.none));
    active = -1;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }
  input.addEventListener("input", () => {
    const words = input.value.trim();
    const own = ++asked;
    if (words.length < 2) return close();
    const answer = find(words);
    const take = (things) => { if (own === asked) { found = things; write(); } };
    if (answer.then) answer.then(take, close);
    else take(answer);
    return undefined;
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (list.hidden || !found.length) return;
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active < 0 ? -1 : active - 1);
    else if (event.key === "Enter") choose(found[Math.max(0, active)]);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
}

// Search by name among what the page holds; accents and case aside.
function nameSearch(map, layers, show) {
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const entries = [];
  for (const layer of layers.filter((one) => one.role !== "zoning")) {
    layer.names.forEach((name, row) => name && entries.push({ layer, row, name, what: layer.title, key: plain(name) }));
  }
  const find = (words) => {
    const wanted = plain(words);
    const starts = entries.filter((entry) => entry.key.startsWith(wanted));
    const holds = entries.filter((entry) => !entry.key.startsWith(wanted) && entry.key.includes(wanted));
    return [...starts, ...holds].slice(0, 12);
  };
  combobox(document.getElementById("search"), document.getElementById("found"), find, (one) => show(one.layer, one.row));
}
