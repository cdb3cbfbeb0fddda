// Suggestions as one types: an ARIA combobox made of a field that works without a script as well.
// `source`: the address that is asked, with the words as q; it answers { found: [thing, …] }.
// `settle`: milliseconds after the last key; `shortest`: characters that are asked about at least.
// `describe(thing)`: what an option shows; `take(thing, close)`: what choosing it does;
// `told(things)`: called with each answer that is shown.
"use strict";
function suggestions({ input, source, settle, shortest, describe, take, told = () => {} }) {
  const list = document.createElement("ul");
  list.className = "found";
  list.id = `${input.id}-found`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  input.parentElement.append(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list",
  })) input.setAttribute(name, value);
  let things = [];
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
  };
  const show = (found) => {
    things = found;
    list.replaceChildren(...things.map((thing, number) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${number}`;
      option.setAttribute("role", "option");
      option.append(...describe(thing));
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(thing, close);
      });
      return option;
    }));
    at = -1;
    list.hidden = !things.length;
    input.setAttribute("aria-expanded", String(things.length > 0));
    told(things);
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const words = input.value.trim();
    if (words.length < shortest) { close(); return; }
    timer = setTimeout(async () => {
      const own = ++asked;
      const address = new URL(source, location.href);
      address.searchParams.set("q", words);
      try {
        const answer = await fetch(address);
        if (answer.ok && own === asked) show((await answer.json()).found);
      } catch { close(); }
    }, settle);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (!list.hidden) event.preventDefault(); // it would empty a search field as well
      close();
      return;
    }
    if (list.hidden) return;
    const last = list.children.length - 1;
    if (event.key === "ArrowDown") choose(at >= last ? 0 : at + 1);
    else if (event.key === "ArrowUp") choose(at <= 0 ? last : at - 1);
    else if (event.key === "Enter" && at >= 0) take(things[at], close);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
}
