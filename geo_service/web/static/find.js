// Search as one types: a combobox over the form, which works without this script as well.
(() => {
  "use strict";
  for (const form of document.querySelectorAll("form.find")) {
    const said = document.createElement("p");
    said.className = "unseen";
    said.setAttribute("role", "status");
    suggestions({
      input: form.querySelector("input[name=q]"),
      source: form.dataset.source,
      settle: 120,
      shortest: 2,
      describe: (thing) => {
        const name = document.createElement("bdi");
        const what = document.createElement("span");
        name.textContent = thing.name;
        what.className = "what";
        const code = thing.code.split(":").pop();
        what.textContent = [thing.what, code, thing.where].filter(Boolean).join(" · ");
        return [name, what];
      },
      take: (thing) => location.assign(thing.url),
      told: (things) => {
        said.textContent = things.length
          ? form.dataset.count.replace("{n}", things.length) : form.dataset.none;
      },
    });
    form.append(said);
  }
})();
