// Comforts. Every page reads, saves and signs without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

  // A store that may be refused (private browsing, policy): then nothing is kept, and nothing breaks.
  const kept = (store) => ({
    get(key) { try { return window[store].getItem(key); } catch { return null; } },
    set(key, value) { try { window[store].setItem(key, value); } catch { /* not kept */ } },
    drop(key) { try { window[store].removeItem(key); } catch { /* not kept */ } },
    keys() { try { return Object.keys(window[store]); } catch { return []; } },
  });
  const local = kept("localStorage");
  const session = kept("sessionStorage");

  // Theme -----------------------------------------------------------------------------------------
  const isDark = () => root.dataset.bsTheme ? root.dataset.bsTheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const toggleTheme = () => {
    root.dataset.bsTheme = isDark() ? "light" : "dark";
    local.set("jalon-theme", root.dataset.bsTheme);
  };

  // The side of a thing that is open, in sight --------------------------------------------------------
  $(".j-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // Asking before an act --------------------------------------------------------------------------
  const agreed = new WeakSet();
  const ask = (question, verb) => new Promise((answer) => {
    const dialog = $("#confirm");
    $("#confirm-question").textContent = question;
    $("[data-confirm-yes]", dialog).textContent = verb;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
  // In the capture phase: before htmx, which would otherwise send the form at once.
  addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    const question = button?.dataset.confirm || form.dataset.confirm;
    if (!question || !$("#confirm") || agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(question, (button?.textContent || "OK").trim()).then((yes) => {
      if (!yes) return button?.focus();
      agreed.add(form);
      form.requestSubmit(button);
    });
  }, true);

  // How many questions are left, as they are answered ------------------------------------------------
  const tally = () => $$("[data-tally]").forEach((line) => {
    const form = line.closest("form"), groups = new Map();
    for (const field of form.elements) {
      if (field.type === "radio" && field.name.startsWith("a-")) groups.set(field.name, groups.get(field.name) || field.checked);
    }
    const left = [...groups.values()].filter((answered) => !answered).length, { tally: many, tallyOne, tallyDone } = line.dataset;
    $("span:last-child", line).textContent = left > 1 ? many.replace("#", left) : left ? tallyOne : tallyDone;
  });
  addEventListener("change", (event) => event.target.type === "radio" && tally());

  // Nothing typed is lost -------------------------------------------------------------------------
  // A draft is kept per person, address and form. It comes back when the page was left by accident or when
  // the session ended before it was sent (the sign-in page was seen in between); never after it was received.
  const who = document.body.dataset.who || "";
  const DRAFT = "jalon-draft:", DOOR = "jalon-door";
  const dirty = new Set();
  let leaving = false;
  const keyOf = (form) => `${DRAFT}${who}:${location.pathname}:${form.id || $$("form[data-keep]").indexOf(form)}`;
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !field.disabled
    && !["hidden", "password", "file", "submit", "button", "reset"].includes(field.type) && field.autocomplete !== "one-time-code");
  const stateOf = (form) => fieldsOf(form).map((field) => [field.name, field.type,
    field.type === "checkbox" || field.type === "radio" ? [field.value, field.checked]
      : field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.value]);
  const apply = (form, state) => {
    let changed = false;
    const seen = {};
    for (const [name, type, value] of state) {
      const same = fieldsOf(form).filter((field) => field.name === name && field.type === type
        && ((type !== "checkbox" && type !== "radio") || field.value === value[0]));
      const field = same[(seen[`${name} ${value?.[0]}`] = (seen[`${name} ${value?.[0]}`] ?? -1) + 1)];
      if (!field) continue;
      if (type === "checkbox" || type === "radio") {
        if (field.checked !== value[1]) { field.checked = value[1]; changed = true; }
      } else if (field.multiple) {
        for (const option of field.options) {
          if (option.selected !== value.includes(option.value)) { option.selected = value.includes(option.value); changed = true; }
        }
      } else if (field.value !== value) { field.value = value; changed = true; }
    }
    return changed;
  };
  const remember = (form, sent) => session.set(keyOf(form), JSON.stringify({
    state: stateOf(form), version: form.elements.version?.value, sent: Boolean(sent),
  }));
  const restore = (form) => {
    const key = keyOf(form), stored = session.get(key);
    if (!stored) return;
    const draft = JSON.parse(stored);
    if (draft.sent && !session.get(DOOR)) return session.drop(key);
    if (!apply(form, draft.state)) return session.drop(key);
    // What was typed was typed over that version: the server then shows both sides if it has moved.
    if (draft.version && form.elements.version) form.elements.version.value = draft.version;
    remember(form);
    dirty.add(form);
    const said = $("#restored").content.firstElementChild.cloneNode(true);
    $("[data-forget]", said).addEventListener("click", () => { session.drop(key); leaving = true; location.reload(); });
    form.before(said);
  };
  const forgetAll = () => session.keys().filter((key) => key.startsWith(DRAFT)).forEach(session.drop);

  addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-keep]")) { dirty.add(form); remember(form); }
  });
  addEventListener("submit", (event) => {
    if (event.defaultPrevented && !event.target.matches("[hx-post], [hx-get]")) return;
    if (event.target.matches("[data-leave]")) forgetAll();
    if (event.target.matches("[data-keep]")) remember(event.target, true);
    dirty.delete(event.target);
    if (!event.target.matches("[method=dialog]")) leaving = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && [...dirty].some((form) => form.isConnected)) event.preventDefault();
  });
  addEventListener("pageshow", () => { leaving = false; });

  // Focus, menus, dialogs -------------------------------------------------------------------------
  const settle = (from) => $("[data-focus]", from)?.focus();
  const open = (id) => { const dialog = $(`#${id}`); if (dialog && !dialog.open) dialog.showModal(); };
  addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    for (const menu of $$(".j-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    if (at("[data-theme-toggle]")) toggleTheme();
    if (at("[data-print]")) print();
    const copied = at("[data-copy]") && $(`#${at("[data-copy]").dataset.copy}`);
    if (copied) { copied.select(); navigator.clipboard?.writeText(copied.value); }
    if (at("[data-open]")) { at(".j-menu")?.removeAttribute("open"); open(at("[data-open]").dataset.open); }
    if (at("[aria-disabled=true]")) event.preventDefault();
    const fill = at("[data-fill]");
    if (fill) {
      const field = $("input[type=email]");
      field.value = fill.dataset.fill;
      const password = $("input[type=password]");
      password.focus();
    }
  });

  // Keys ------------------------------------------------------------------------------------------
  const single = () => local.get("jalon-keys") !== "off";
  let wentG = 0;
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const finder = event.target.closest?.(".j-finder");
      if (finder) { $("#found").replaceChildren(); $("[data-search]").blur(); }
      const menu = $(".j-menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); }
      return;
    }
    const search = $("[data-search]"), filter = $("[data-filter]") ?? search;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && search) {
      event.preventDefault();
      search.focus();
      return search.select();
    }
    const found = event.target.closest?.(".j-finder");
    if (found && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const stops = [$("[data-search]", found), ...$$("#found a", found)];
      const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !single() || event.target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
    if (event.key === "?") { event.preventDefault(); open("keys"); }
    else if (event.key === "/" && filter) { event.preventDefault(); filter.focus(); }
    else if (event.key === "g") wentG = event.timeStamp;
    else if (/^[1-9]$/.test(event.key) && event.timeStamp - wentG < 1500) $$(".j-rail .j-nav a")[event.key - 1]?.click();
  });

  // Start -----------------------------------------------------------------------------------------
  const begin = (from) => { for (const form of $$("form[data-keep]", from)) restore(form); settle(from); };
  document.addEventListener("htmx:after:swap", () => { leaving = false; settle(document); });
  if (document.body.hasAttribute("data-door")) session.set(DOOR, "1");
  else {
    begin(document);
    const here = `:${location.pathname}:`;
    for (const key of session.keys().filter((each) => each.startsWith(DRAFT) && !each.includes(here))) {
      if (!session.get(DOOR) && JSON.parse(session.get(key)).sent) session.drop(key);
    }
    session.drop(DOOR);
  }
  const box = $("[data-single-keys]");
  if (box) {
    box.checked = single();
    box.addEventListener("change", () => local.set("jalon-keys", box.checked ? "on" : "off"));
  }
})();
