// What the look-up gains with a script: the visitor's own position, addresses as one types, and a
// word about a file that is too large before it is sent. The page works without.
(() => {
  "use strict";
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
  input.autocomplete = "off";
  suggestions({
    input,
    source: form.dataset.addresses,
    settle: 400,
    shortest: 4,
    describe: (place) => {
      const label = document.createElement("bdi");
      label.textContent = place.label;
      return [label];
    },
    take: (place, close) => {
      input.value = place.label;
      close();
      form.requestSubmit();
    },
  });
})();
