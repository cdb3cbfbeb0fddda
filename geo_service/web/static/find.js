// Search as one types: a combobox over the form, which works without this script as well.
(() => {
  "use strict";
  const settle = 120; // milliseconds after the last key
  for (const form of document.querySelectorAll("form.find")) {
    const input = form.querySelector("input[name=q]");
    const list = document.createElement("ul");
    const said = document.createElement("p");
    list.className = "found";
    list.id = `${input.id}-found`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", form.querySelector("label").textContent);
    said.className = "unseen";
    said.setAttribute("role", "status");
    form.append(list, said);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list",
    })) input.setAttribute(name, value);
    let timer = 0;
    let asked = 0;
    let at = -1;

    const close = () => {
      clearTimeout(timer);
      asked += 1; // an answer on its way would open the list again
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const choose = (place) => {
      at = place;
      [...list.children].forEach((option, number) => {
        option.setAttribute("aria-selected", String(number === place));
        if (number === place) {
          input.setAttribute("aria-activedescendant", option.id);
          option.scrollIntoView({ block: "nearest" });
        }
      });
      if (place < 0) input.removeAttribute("aria-activedescendant");
    };
    const show = (things) => {
      list.replaceChildren(...things.map((thing, number) => {
        const option = document.createElement("li");
        const name = document.createElement("bdi");
        const what = document.createElement("span");
        option.id = `${list.id}-${number}`;
        option.setAttribute("role", "option");
        option.dataset.url = thing.url;
        name.textContent = thing.name;
        what.className = "what";
        what.textContent = [thing.what, thing.code, thing.where].filter(Boolean).join(" · ");
        option.append(name, what);
        option.addEventListener("mousedown", (event) => {
          event.preventDefault();
          location.assign(thing.url);
        });
        return option;
      }));
      at = -1;
      list.hidden = !things.length;
      input.setAttribute("aria-expanded", String(things.length > 0));
      said.textContent = things.length
        ? form.dataset.count.replace("{n}", things.length) : form.dataset.none;
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      const words = input.value.trim();
      if (words.length < 2) { close(); return; }
      timer = setTimeout(async () => {
        const own = ++asked;
        const address = new URL(form.dataset.source, location.href);
        address.searchParams.set("q", words);
        try {
          const answer = await fetch(address);
          if (answer.ok && own === asked) show((await answer.json()).found);
        } catch { close(); }
      }, settle);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        if (!list.hidden) event.preventDefault(); // it would empty the field as well
        close();
        return;
      }
      if (list.hidden) return;
      const last = list.children.length - 1;
      if (event.key === "ArrowDown") choose(at >= last ? 0 : at + 1);
      else if (event.key === "ArrowUp") choose(at <= 0 ? last : at - 1);
      else if (event.key === "Enter" && at >= 0) location.assign(list.children[at].dataset.url);
      else return;
      event.preventDefault();
    });
    input.addEventListener("blur", close);
  }
})();
