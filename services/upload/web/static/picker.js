// A manager is named by an e-mail, and found by a part of their name, e-mail or title while somebody types: an ARIA combobox.
// Down and Up go through those found, Enter takes one, Escape closes. Without this it is a field for an e-mail.
"use strict";
{
  const DELAY = 150; // milliseconds after the last letter
  const picker = (field) => {
    const id = `${field.id}-found`;
    field.insertAdjacentHTML("afterend", `<ul class="found" id="${id}" role="listbox" hidden></ul><span class="sr" role="status"></span>`);
    const list = field.nextElementSibling;
    const said = list.nextElementSibling;
    list.ariaLabel = field.dataset.found;
    field.removeAttribute("list"); // the browser's own list would lie over this one
    Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": id, "aria-expanded": "false" })
      .forEach(([name, value]) => field.setAttribute(name, value));
    let waits, asked, active = -1, known = field.value;
    const options = () => [...list.querySelectorAll("[role=option]")];
    const open = () => field.getAttribute("aria-expanded") === "true";
    const mark = (n) => {
      active = n;
      options().forEach((option, index) => (option.ariaSelected = String(index === n)));
      const marked = options()[n];
      if (marked) field.setAttribute("aria-activedescendant", marked.id);
      else field.removeAttribute("aria-activedescendant");
      marked?.scrollIntoView({ block: "nearest" });
    };
    const close = () => {
      clearTimeout(waits);
      asked?.abort();
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
      mark(-1);
    };
    const show = async () => {
      asked?.abort();
      const mine = (asked = new AbortController());
      const word = new URLSearchParams({ q: field.value });
      try {
        const answer = await fetch(`${field.dataset.picker}?${word}`, { signal: mine.signal, headers: { "HX-Request": "true" } });
        if (!answer.ok) return close();
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (mine.signal.aborted || document.activeElement !== field) return;
        list.replaceChildren(...page.querySelectorAll("[role=option]"));
        options().forEach((option, n) => (option.id = `${id}-${n}`));
        said.textContent = page.querySelector("[data-said]")?.dataset.said ?? "";
        list.hidden = !options().length;
        field.setAttribute("aria-expanded", String(!list.hidden));
        mark(-1);
      } catch { /* another letter was typed meanwhile, or the server is away: the field takes an e-mail as ever */ }
    };
    const tell = () => {
      known = field.value;
      field.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: "picked" }));
    };
    const take = (option) => {
      field.value = option.dataset.value;
      field.removeAttribute("aria-invalid");
      said.textContent = option.dataset.who;
      close();
      tell();
    };
    field.addEventListener("input", (event) => {
      if (event.detail === "picked") return;
      event.stopPropagation(); // half a name is nothing to filter by
      clearTimeout(waits);
      waits = setTimeout(show, DELAY);
    });
    field.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && !event.ctrlKey) {
        event.preventDefault();
        event.stopPropagation();
        if (!open()) return show();
        const [n, count] = [active + step, options().length];
        mark(n < 0 ? count - 1 : n % count);
      } else if (event.key === "Enter" && open() && options()[active]) {
        event.preventDefault();
        event.stopPropagation();
        take(options()[active]);
      } else if (event.key === "Escape" && open()) {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    field.addEventListener("click", () => open() || show());
    field.addEventListener("blur", () => {
      close();
      if (field.value !== known) tell();
    });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
    list.addEventListener("click", (event) => event.target.closest("[role=option]") && take(event.target.closest("[role=option]")));
  };
  const begin = () => document.querySelectorAll("[data-picker]:not([role])").forEach(picker);
  begin();
  document.addEventListener("htmx:after:swap", begin);
}
