"use strict";
const form = document.getElementById("join");
const told = document.getElementById("told");
const value = (id) => document.getElementById(id).value.trim();

async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) {
    throw new Error([said.detail, ...(said.errors || []).map((e) => e.detail)].join(" "));
  }
  return said;
}

async function begin() {
  if (!location.hash.slice(1)) {
    told.textContent = form.dataset.missing;
    return;
  }
  const link = await send("api/auth/link/", { secret: location.hash.slice(1) });
  document.title = document.getElementById("title").textContent = form.dataset[link.purpose] || document.title;
  if (link.tenant) {
    told.textContent = form.dataset.of + link.tenant;
  }
  document.getElementById("naming").hidden = link.purpose === "password";
  document.getElementById("email").value = link.email;
  document.getElementById("email").readOnly = link.email !== "";
  document.getElementById("name").value = link.full_name;
  form.hidden = false;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  told.textContent = "";
  if ([...document.getElementById("password").value].length < 10) {
    told.textContent = form.dataset.short;
    return;
  }
  try {
    await send("api/auth/accept/", {
      secret: location.hash.slice(1),
      email: value("email"),
      name: value("name"),
      password: document.getElementById("password").value,
    });
    form.hidden = true;
    const docs = Object.assign(document.createElement("a"), { href: "api/docs/", textContent: form.dataset.docs });
    told.replaceChildren(form.dataset.done, " ", docs);
    history.replaceState(null, "", location.pathname);
  } catch (e) {
    told.textContent = e instanceof TypeError ? form.dataset.down : e.message;
  }
});

begin().catch((e) => {
  told.textContent = e instanceof TypeError ? form.dataset.down : e.message;
});
