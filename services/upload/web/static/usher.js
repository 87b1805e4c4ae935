// What pages need beside htmx: toasts, menus, the drop zone, forms that are sent once, live pages that end, times.
"use strict";
const all = (selector) => document.querySelectorAll(selector);
document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".toast").remove();
  all(".menu[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  const take = event.target.closest("[data-take]");
  if (take) { // without this the form brings it back filled in; here nothing else is lost either
    event.preventDefault();
    const field = document.getElementById(take.dataset.take);
    field.value = take.value;
    field.removeAttribute("aria-invalid");
    take.closest(".field").classList.remove("bad");
    take.parentElement.remove();
    field.focus();
  }
});
document.addEventListener("keydown", (event) => event.key === "Escape" && all(".menu[open]").forEach((menu) => {
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus(); // else the focus would be nowhere
  menu.open = false;
}));
["dragover", "dragleave", "drop"].forEach((kind) =>
  document.addEventListener(kind, (event) => event.target.closest?.(".drop")?.classList.toggle("over", kind === "dragover")));
document.addEventListener("submit", (event) => {
  const form = event.submitter?.formTarget || event.submitter?.hasAttribute("formaction") ? null : event.target.closest("[data-once]");
  if (form?.dataset.sent) event.preventDefault();
  else if (form) form.dataset.sent = "yes";
});
addEventListener("pageshow", () => all("[data-sent]").forEach((form) => delete form.dataset.sent));
// A live part is over: its last message says where to go, "-" to stay. The session may have ended meanwhile.
document.addEventListener("over", (event) => event.detail.data === "-" || location.assign(event.detail.data));
document.addEventListener("htmx:sse:error", (event) => [401, 403].includes(event.detail.status) && location.reload());
// Times are rendered in the zone that the cookie names: the first page a browser sees is put right here.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone !== document.documentElement.dataset.zone) {
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  const moment = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const forms = { day: { day: "numeric", month: "short" }, moment };
  all("time[data-as]").forEach((time) => {
    time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, forms[time.dataset.as]);
  });
}
// Review as a grid: Enter saves and goes on to the next field, arrows go up and down, Escape takes back what was typed.
// In a drop-down arrows choose, so that Ctrl goes with them. Behind the last field is the check, once no row is wrong.
const cells = () => [...all("[data-cell]")];
const go = (field) => field && (field.focus(), field.select?.());
let next = null; // where the focus goes once what was sent is back
let sent = null; // the field that was sent
document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-cell]");
  if (!field) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") field.form.reset();
  else if (event.key === "Enter" && field.matches("select")) { event.preventDefault(); field.form.requestSubmit(); }
  else if (step && !event.altKey && (event.ctrlKey || !(field.list || field.dataset.picker || field.matches("select")))) {
    event.preventDefault();
    go(cells()[cells().indexOf(field) + step]);
  }
});
document.addEventListener("submit", (event) => {
  const field = event.target.querySelector?.("[data-cell]");
  if (!event.target.closest("[data-working]")) return;
  const after = field && cells()[cells().indexOf(field) + 1];
  sent = field?.id;
  next = event.submitter && document.activeElement === event.submitter ? event.submitter.id || sent : after?.id || sent;
});
document.addEventListener("htmx:after:swap", () => {
  if (!next) return;
  const done = next === sent && document.querySelector("#draft[data-wrong='0'] #apply");
  const field = done || document.getElementById(next);
  const [still, sum] = [document.getElementById(`${sent}-still`), document.querySelector("#draft strong")];
  document.getElementById("said").textContent = [still, sum].map((part) => part?.textContent.trim()).filter(Boolean).join(" ");
  next = sent = null;
  if (field) go(field);
});
// What can be taken back for some seconds is offered no longer than that; not taken away from under somebody's fingers.
const timed = () => all("[data-seconds]:not([data-timed])").forEach((form) => {
  form.dataset.timed = "yes";
  setTimeout(() => form.contains(document.activeElement) || form.remove(), form.dataset.seconds * 1000);
});
timed();
document.addEventListener("htmx:after:swap", timed);
// Where a table fits the page it needs no frame of its own that scrolls: its head then stays at the top of the page.
const fit = new ResizeObserver((seen) => seen.forEach(({ target }) => {
  const frame = target.closest(".fixed");
  if (frame) frame.classList.toggle("fits", frame.querySelector("table").offsetWidth <= frame.clientWidth);
}));
const framed = () => all(".fixed, .fixed > table").forEach((part) => fit.observe(part));
framed();
document.addEventListener("htmx:after:swap", framed);
// A box that brought the bar of what is selected stays above it.
document.addEventListener("change", ({ target }) => target.matches("td.check input, .tree input") && target.scrollIntoView({ block: "nearest" }));
// Branches of the hierarchy are open or closed as this tab left them, after every detour; what is deeper is loaded again.
const kept = () => new Map(JSON.parse(sessionStorage.getItem("branches") ?? "[]"));
document.addEventListener("toggle", ({ target }) => {
  const { branch, usual } = target.dataset ?? {};
  if (!branch) return;
  const branches = kept();
  branches.delete(branch); // so that the newest are last
  if (String(target.open) !== usual) branches.set(branch, target.open);
  sessionStorage.setItem("branches", JSON.stringify([...branches].slice(-100)));
}, true);
const asLeft = () => {
  const branches = kept();
  all("[data-branch]:not([data-usual])").forEach((details) => {
    details.dataset.usual = details.open;
    details.open = branches.get(details.dataset.branch) ?? details.open;
  });
};
addEventListener("DOMContentLoaded", asLeft); // not before htmx listens: what opens is loaded
document.addEventListener("htmx:after:swap", asLeft);
