// What the look-up gains with a script: the visitor's own position, addresses as one types, and a
// word about a file that is too large before it is sent. The page works without.
(() => {
  "use strict";
  const settle = 400; // milliseconds after the last key
  const shortest = 4;

  const here = document.querySelector("button.here");
  if (here && "geolocation" in navigator) {
    const said = document.querySelector(".here-said");
    here.hidden = false;
    here.addEventListener("click", () => {
      here.disabled = true;
      said.textContent = "";
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          const form = here.form;
          form.elements.lon.value = coords.longitude.toFixed(6);
          form.elements.lat.value = coords.latitude.toFixed(6);
          form.elements.precision.value = String(Math.ceil(coords.accuracy));
          here.disabled = false;
          form.requestSubmit();
        },
        () => {
          here.disabled = false;
          said.textContent = here.dataset.failed;
        },
        { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
      );
    });
  }

  const upload = document.querySelector("#fichier-forme");
  if (upload) {
    const said = upload.querySelector(".file-said");
    const file = upload.elements.fichier;
    const check = () => {
      const large = file.files.length > 0 && file.files[0].size > Number(upload.dataset.most);
      said.textContent = large ? upload.dataset.large : "";
      file.setAttribute("aria-invalid", String(large));
      return !large;
    };
    file.addEventListener("change", check);
    upload.addEventListener("submit", (event) => {
      if (!check()) {
        event.preventDefault();
        file.focus();
      }
    });
  }

  const form = document.querySelector("form[data-addresses]");
  if (!form) return;
  const input = form.elements.adresse;
  const list = document.createElement("ul");
  list.className = "found";
  list.id = "adresse-found";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.querySelector("label[for=adresse]").textContent);
  input.parentElement.append(list);
  input.autocomplete = "off";
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list",
  })) input.setAttribute(name, value);
  let timer = 0;
  let asked = 0;
  let at = -1;

  const close = () => {
    clearTimeout(timer);
    asked += 1; // an answer on its way comes too late
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
  const show = (places) => {
    list.replaceChildren(...places.map((place, number) => {
      const option = document.createElement("li");
      const label = document.createElement("bdi");
      option.id = `adresse-found-${number}`;
      option.setAttribute("role", "option");
      option.dataset.label = place.label;
      label.textContent = place.label;
      option.append(label);
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        input.value = place.label;
        close();
        form.requestSubmit();
      });
      return option;
    }));
    at = -1;
    list.hidden = !places.length;
    input.setAttribute("aria-expanded", String(places.length > 0));
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const words = input.value.trim();
    if (words.length < shortest) { close(); return; }
    timer = setTimeout(async () => {
      const own = ++asked;
      const address = new URL(form.dataset.addresses, location.href);
      address.searchParams.set("q", words);
      try {
        const answer = await fetch(address);
        if (answer.ok && own === asked) show((await answer.json()).found);
      } catch { close(); }
    }, settle);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { close(); return; }
    if (list.hidden) return;
    const last = list.children.length - 1;
    if (event.key === "ArrowDown") choose(at >= last ? 0 : at + 1);
    else if (event.key === "ArrowUp") choose(at <= 0 ? last : at - 1);
    else if (event.key === "Enter" && at >= 0) {
      input.value = list.children[at].dataset.label;
      close();
      form.requestSubmit();
    } else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
})();
