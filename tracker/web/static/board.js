// Keys and small comforts on top of pages that work without them. Every key presses a button or a link that can be seen.
"use strict";
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  const one = (query, root = document) => root.querySelector(query);
  const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window */ } };

  // --- the item that the keys act on
  const items = () => all("[data-item]").filter((each) => !each.hidden && each.offsetParent !== null);
  let place = 0; // where the selection was, so that the next item takes over when one leaves
  const current = () => one("[data-item][aria-current='true']");
  function select(item, { scroll = true, focus = true } = {}) {
    const before = current();
    if (before && before !== item) before.removeAttribute("aria-current");
    if (!item) return;
    item.setAttribute("aria-current", "true");
    place = items().indexOf(item);
    if (focus) item.focus({ preventScroll: true });
    if (scroll) item.scrollIntoView({ block: "nearest", behavior: "instant" });
  }
  function move(step) {
    const list = items();
    if (!list.length) return;
    const at = list.indexOf(current());
    select(list[at < 0 ? Math.min(Math.max(place, 0), list.length - 1) : Math.min(Math.max(at + step, 0), list.length - 1)]);
    if (at === list.length - 1 && step > 0) one("[data-more]")?.click();
  }
  function settle() { // after a change of the list
    const list = items();
    if (list.length && !current()) select(list[Math.min(place, list.length - 1)], { focus: !document.activeElement || document.activeElement === document.body });
  }
  const press = (name) => {
    const target = one(`[data-key="${name}"]`, current() ?? document.createElement("i")) ?? one(`[data-key="${name}"][data-page]`);
    if (!target) return false;
    if (target.matches("summary")) { target.parentElement.open = !target.parentElement.open; one("input, select, textarea, button", target.nextElementSibling)?.focus(); }
    else target.click();
    return true;
  };

  // --- keys
  const off = () => stored("keys") === "off";
  let prefix = "", prefixAt = 0;
  const writing = (node) => node?.closest("input:not([type=checkbox],[type=radio]), select, textarea, [contenteditable]");
  function closeAll() {
    let closed = false;
    for (const each of all("details.menu[open], details[data-pop][open]")) { each.open = false; closed = true; }
    const dialog = one("dialog[open]");
    if (dialog) { dialog.close(); closed = true; }
    return closed;
  }
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") {
      if (writing(event.target)) event.target.blur();
      if (closeAll()) { event.preventDefault(); current()?.focus({ preventScroll: true }); }
      return;
    }
    if (off() || writing(event.target) || one("dialog[open]")) return;
    const key = event.key;
    const going = prefix === "g" && event.timeStamp - prefixAt < 1500;
    prefix = "";
    const act = () => {
      if (going) return !!all(`[data-go="${CSS.escape(key)}"]`).find((each) => (each.click(), true));
      const open = one("details[data-choices][open]", current() ?? document.body);
      if (/^[1-9]$/.test(key)) {
        const choice = open && one(`[data-choice="${key}"]`, open);
        if (choice) { choice.click(); return true; }
        return false;
      }
      switch (key) {
        case "g": prefix = "g"; prefixAt = event.timeStamp; return true;
        case "j": move(1); return true;
        case "k": move(-1); return true;
        case "/": one("[data-search]")?.focus(); one("[data-search]")?.select(); return true;
        case "?": help(); return true;
        case "u": return !!one("[data-undo]") && (one("[data-undo]").click(), true);
        case "Enter": if (event.target.closest("a, button, summary")) return false; return press("o");
        default: return key.length === 1 && /[a-z]/.test(key) && press(key);
      }
    };
    if (act()) event.preventDefault();
  });
  function help() { const keys = one("#keys"); if (keys && !keys.open) { one("[data-keys-off]").checked = off(); keys.showModal(); } }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys-off]")) store("keys", event.target.checked ? "off" : "on");
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
    if (event.target.matches("[data-all]")) for (const each of all(event.target.dataset.all)) each.checked = event.target.checked;
  });

  document.addEventListener("submit", (event) => { // an address holds only what was filled in
    if (event.target.method === "get") for (const each of event.target.elements) if (each.name && !each.value) each.disabled = true;
  });

  // --- pointer
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help();
    if (event.target.closest("dialog [data-close]")) { event.preventDefault(); one("dialog[open]").close(); }
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(one(copy.dataset.copy)?.textContent ?? "").then(() => copy.classList.add("copied"));
    for (const each of all("details.menu[open], details[data-pop][open]")) if (!each.contains(event.target)) each.open = false;
    const item = event.target.closest("[data-item]");
    if (item && item !== current()) select(item, { scroll: false, focus: false });
  });
  document.addEventListener("focusin", (event) => {
    const item = event.target.closest("[data-item]");
    if (item && item !== current()) select(item, { scroll: false, focus: false });
  });

  // --- parts that htmx changed
  document.addEventListener("htmx:beforeRequest", (event) => event.target.closest("[data-item]")?.classList.add("busy"));
  document.addEventListener("htmx:afterRequest", (event) => event.target.closest("[data-item]")?.classList.remove("busy"));
  document.addEventListener("htmx:afterSettle", fade);
  new MutationObserver(() => {
    settle();
    if (one(".items:empty, .items:not(:has([data-item]))")) document.body.dispatchEvent(new Event("stale"));
  }).observe(one("main"), { childList: true, subtree: true });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "dialog") return;
    if (!event.target.textContent.trim()) event.target.close();
    else if (!event.target.open) event.target.showModal();
  });
  for (const kind of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(kind, () => note("offline"));
  function note(name) { const words = document.body.dataset[name]; if (words) { const box = document.createElement("div"); box.className = "note bad"; box.textContent = words; one("#notes").replaceChildren(box); } }

  // --- a note leaves after a while; what it says stays in the history of the project
  let timer;
  function fade() {
    const shown = one("[data-note]");
    clearTimeout(timer);
    if (shown) timer = setTimeout(() => { if (!shown.matches(":hover, :focus-within")) shown.remove(); }, 20_000);
  }
  if (location.search.includes("did=")) {
    const url = new URL(location.href);
    url.searchParams.delete("did");
    history.replaceState(null, "", url);
  }
  fade();
  const first = items();
  if (first.length && matchMedia("(pointer: fine)").matches) select(first[0], { scroll: false, focus: false });
})();
