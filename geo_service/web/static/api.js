"use strict";
// Sends the form of an operation and shows the address that was asked and what it answered.
const MOST = 20000;
const home = document.querySelector(".operations");

function addressOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const field of form.elements) {
    if (!field.name) continue;
    const value = field.value.trim();
    if (field.hasAttribute("data-part")) {
      path = path.replace(`{${field.name}}`, encodeURIComponent(value).replaceAll("%3A", ":"));
    } else if (value) {
      query.append(field.name, value);
    }
  }
  const asked = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return asked ? `${path}?${asked}` : path;
}

function shown(text, type) {
  let said = text;
  if (type.includes("json")) {
    try { said = JSON.stringify(JSON.parse(text), null, 1); } catch { /* as it came */ }
  }
  return said;
}

async function ask(event) {
  event.preventDefault();
  const form = event.target;
  const reply = form.nextElementSibling;
  const link = reply.querySelector(".asked");
  const status = reply.querySelector(".status");
  const body = reply.querySelector("pre");
  const address = addressOf(form);
  link.href = address;
  link.textContent = new URL(address, location.href).href;
  reply.hidden = false;
  body.textContent = "";
  status.textContent = home.dataset.waiting;
  try {
    const begun = performance.now();
    const answer = await fetch(address);
    const text = await answer.text();
    const took = Math.round(performance.now() - begun);
    const type = answer.headers.get("Content-Type") || "";
    const said = shown(text, type);
    body.textContent = said.slice(0, MOST);
    const kB = (text.length / 1000).toFixed(1);
    status.textContent = `${answer.status} · ${type} · ${kB} kB · ${took} ms` +
      (said.length > MOST ? ` · ${home.dataset.shortened}` : "");
  } catch {
    status.textContent = home.dataset.failed;
  }
}

for (const form of home.querySelectorAll("form")) {
  form.addEventListener("submit", ask);
  form.querySelector("button").disabled = false;
}
if (location.hash) document.getElementById(location.hash.slice(1))?.setAttribute("open", "");
