// Small behaviours of the frame: theme, menus, dialogs, keys, times, toasts, errors at their fields. Pages work without it.
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const on = (type, selector, act) => document.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  });
  const stored = (key, value) => {
    try { return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value); } catch { return null; }
  };

  // --- preferences: the account's, which the page brings along; kept here too for the pages before signing in
  const mine = { theme: "myTheme", sound: "mySound" };
  const preferred = (name) => root.dataset[mine[name]] || stored(name);
  function prefer(name, value) {
    stored(name, value);
    if (!root.dataset.preferences) return;
    root.dataset[mine[name]] = value;
    const headers = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
    fetch(root.dataset.preferences, { method: "POST", headers: { ...headers, "HX-Request": "true" }, body: new URLSearchParams({ [name]: value }) }).catch(() => say("unreachable"));
  }

  // --- theme: theme.js applies it before the first paint
  const showTheme = () => all("[data-theme-choice]").forEach((button) =>
    button.setAttribute("aria-pressed", button.dataset.themeChoice === (preferred("theme") || "auto")));
  on("click", "[data-theme-choice]", (button) => { prefer("theme", button.dataset.themeChoice); applyTheme(); showTheme(); });

  // --- sound: other scripts ask Rapport.sound before they play
  const showSound = () => all("[data-sound]").forEach((button) => button.setAttribute("aria-pressed", preferred("sound") !== "off"));
  on("click", "[data-sound]", () => { prefer("sound", preferred("sound") === "off" ? "on" : "off"); showSound(); });

  // --- menus and dialogs
  const closeMenus = (except) => all("details.menu[open]").forEach((menu) => { if (!menu.contains(except)) menu.open = false; });
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("focusin", (event) => closeMenus(event.target));
  on("click", "details.menu .dropdown-item:not(.choice):not([data-sound])", (item) => { item.closest("details.menu").open = false; });
  on("click", "[data-close]", (button) => button.closest("dialog").close());
  on("click", "[data-dialog]", (button) => { const dialog = document.getElementById(button.dataset.dialog); dialog?.showModal(); dialog?.querySelector("input[autofocus]")?.select(); });
  on("click", "dialog", (dialog, event) => { if (event.target === dialog) dialog.close(); });
  on("click", "[data-toggle]", (button) => toggle(button.dataset.toggle));
  function toggle(id) {
    const open = document.getElementById(id).classList.toggle("is-open");
    const buttons = all(`[data-toggle="${id}"]`);
    buttons.forEach((button) => button.setAttribute("aria-expanded", open));
    buttons.find((button) => button.offsetParent)?.focus();
  }
  document.addEventListener("toggle", ({ target }) => { // what was opened to write in is written in at once
    if (target.matches("details.panel-add[open]") && target.firstElementChild === document.activeElement) target.querySelector("input:not([type=hidden]), select")?.focus();
  }, true);
  on("keydown", "details.menu", (menu, event) => {
    const items = all(".dropdown-item, .btn", menu);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && menu.open) {
      event.preventDefault();
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
    } else if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    }
  });

  // --- keys
  let going = 0;
  const typing = (element) => element.matches?.("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])");
  document.addEventListener("keydown", (event) => {
    const target = event.target, key = event.key;
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "k") return press("ctrl+k", event);
    if ((event.ctrlKey || event.metaKey) && key === "Enter" && target.form?.matches("[data-send]")) return target.form.requestSubmit();
    if (key === "Escape" && target.closest?.(".cell-form")) return target.closest("form").querySelector("[type=button]").click();
    if (key === "Escape" && typing(target)) return target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(target) || stored("keys") === "off" || document.querySelector("dialog[open]")) return;
    if (Date.now() - going < 1000) { going = 0; return all(`[data-go="${CSS.escape(key)}"]`)[0]?.click(); }
    if (key === "g") going = Date.now();
    else if (key === "?") document.getElementById("keys")?.showModal();
    else if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
    else if (key === "x") target.closest("li, tr")?.querySelector(".ticket-choose input")?.click();
    else if (/^[a-z]$/.test(key)) press(key, event);
  });
  function press(key, event) {
    const here = all(`[data-key="${key}"]`).filter((element) => (element.offsetParent || key.includes("+")) && !element.disabled); // small screens hide the field
    const found = here.find((element) => element.closest(".conversation")) || here[0];
    if (!found) return;
    event.preventDefault();
    if (found.matches("input, textarea, select")) { found.focus(); return found.select?.(); }
    found.click();
    found.closest("form[data-send]")?.querySelector("textarea")?.focus();
  }
  function move(step) {
    const links = all("[data-list] a[href]").filter((link) => link.closest("[data-list]").offsetParent && link.matches("[data-list] > * > a, .record-name > a"));
    const here = links.findIndex((link) => link === document.activeElement || link.matches("[aria-current]"));
    const focused = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, (focused >= 0 ? focused : here) + step))]?.focus();
  }
  on("change", "[data-tick-all]", (box) => all(".ticket-choose input").forEach((one) => { one.checked = box.checked; }));
  on("change", "[data-keys-on]", (box) => stored("keys", box.checked ? "on" : "off"));

  // --- a field with a list under it (aria-controls): arrows choose, Enter takes; so does Tab where one writes
  const listOf = (field) => document.querySelector(`[role=listbox][id="${field.getAttribute?.("aria-controls")}"]`);
  function choose(field, step = 0) {
    const options = all("[role=option]", listOf(field)), shown = options.filter((option) => !option.hidden);
    const at = shown.findIndex((option) => option.ariaSelected === "true"), chosen = shown[(Math.max(at, 0) + step + shown.length) % shown.length];
    for (const option of options) option.ariaSelected = option === chosen;
    chosen?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", chosen?.id || "");
    return chosen;
  }
  document.addEventListener("keydown", (event) => {
    const field = event.target, step = { ArrowDown: 1, ArrowUp: -1, Enter: 0, Tab: field.matches?.("textarea") ? 0 : undefined }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.isComposing || !listOf(field)?.offsetParent) return;
    const chosen = choose(field, step);
    if (!chosen) return;
    event.preventDefault();
    event.stopPropagation();
    if (!step) chosen.click();
  }, true);

  // --- times: the page gives the moment, the viewer's browser writes it, by the clock of their profile where they have one
  const language = navigator.languages.find((one) => one.startsWith(root.lang)) || root.lang || undefined;
  const write = (options) => { try { return new Intl.DateTimeFormat(language, { ...options, timeZone: root.dataset.clock }); } catch { return new Intl.DateTimeFormat(language, options); } };
  const formats = {
    exact: write({ dateStyle: "full", timeStyle: "long" }), clock: write({ timeStyle: "short" }), date: write({ dateStyle: "medium" }),
    week: write({ weekday: "short", hour: "numeric", minute: "numeric" }), day: write({ day: "numeric", month: "short" }), both: write({ dateStyle: "medium", timeStyle: "short" }),
    dayClock: write({ day: "numeric", month: "short", hour: "numeric", minute: "numeric" }),
  };
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const amount = (seconds, unitDisplay) => {
    const [unit, size] = units.find(([, size]) => seconds >= size) || ["minute", 60];
    return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay }).format(Math.max(unit === "minute" ? 1 : 0, Math.floor(seconds / size)));
  };
  const writers = {
    exact: (at) => formats.both.format(at),
    date: (at) => formats.date.format(at),
    wait: (at, age) => amount(Math.max(0, age), "short"),
    relative: (at, age) => age < 45 && age > -45 ? new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(0, "second") : age < 0 ? formats.dayClock.format(at) : age < 6 * 86400 ? amount(age, "narrow") : age < 300 * 86400 ? formats.day.format(at) : formats.date.format(at),
    ago: (at, age) => {
      const [unit, size] = units.find(([, size]) => Math.abs(age) >= size) || ["second", 1];
      return Math.abs(age) > 300 * 86400 ? formats.date.format(at) : new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(unit === "second" ? 0 : -Math.trunc(age / size), unit);
    },
    smart: (at, age) => formats.date.format(at) === formats.date.format() ? formats.clock.format(at) : Math.abs(age) < 6 * 86400 ? formats.week.format(at) : Math.abs(age) < 300 * 86400 ? formats.dayClock.format(at) : formats.both.format(at),
  };
  function tellTimes(from = document) {
    for (const time of all("time[data-as]", from)) {
      const at = new Date(time.dateTime), age = (Date.now() - at) / 1000;
      const text = isNaN(at) ? time.textContent : (writers[time.dataset.as] || writers.relative)(at, age);
      if (time.textContent !== text) time.textContent = text;
      if (!time.title && !isNaN(at)) time.title = formats.exact.format(at);
    }
  }

  // --- toasts: good news leaves after 6 s unless looked at, by menu.css; errors stay
  document.addEventListener("animationend", (event) => { if (event.animationName === "toast-leaves") event.target.remove(); });
  on("click", "[data-dismiss]", (button) => button.closest(".toast, .alert").remove());
  function say(id) {
    const template = document.getElementById(id), toasts = document.getElementById("toasts");
    if (template && toasts && !toasts.querySelector(`[data-from="${id}"]`)) {
      const toast = template.content.firstElementChild.cloneNode(true);
      toast.dataset.from = id;
      toasts.append(toast);
    }
  }
  on("click", "[data-copy]", async (button) => {
    await navigator.clipboard?.writeText(button.dataset.copy);
    const words = button.querySelector("span") || button, before = words.textContent;
    words.textContent = button.dataset.copied || before;
    setTimeout(() => { words.textContent = before; }, 2000);
  });
  on("click", "[data-back]", () => history.back());

  on("click", "[data-reveal]", (button) => {
    const input = document.getElementById(button.dataset.reveal), shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", !shown);
  });

  // --- an answer of 422 tells its fields; what was typed stays
  let sentForm = null;
  on("submit", "form", (form, event) => {
    if (form.dataset.sent && !form.matches("[hx-post], [data-send]")) return event.preventDefault();
    sentForm = form;
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 3000);
    clearErrors(form);
  });
  all("[data-zone]").forEach((input) => { input.value = Intl.DateTimeFormat().resolvedOptions().timeZone; });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));
  function clearErrors(form) {
    all(".field-error[data-told]", form).forEach((error) => error.remove());
    all("[aria-invalid]", form).forEach((input) => { input.removeAttribute("aria-invalid"); input.classList.remove("is-invalid"); });
    all("#toasts [data-tone=bad]").forEach((toast) => toast.remove());
  }
  function tellErrors() {
    for (const item of all("#toasts [data-field]:not([data-done])")) {
      item.dataset.done = "1";
      const input = sentForm?.elements[item.dataset.field], field = input?.closest?.(".field, .panel-add form");
      if (!field) continue;
      const error = Object.assign(document.createElement("p"), { className: "field-error", id: `field-${item.dataset.field}-error`, textContent: item.textContent });
      error.dataset.told = "1";
      field.append(error);
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") || ""} ${error.id}`.trim());
      if (!document.activeElement?.closest?.(".field.has-error")) input.focus();
      field.classList.add("has-error");
    }
  }

  // --- the connection: offline, signed out, connecting again, or something that is not sent yet elsewhere
  const connection = document.querySelector(".connection"), now = { out: false, up: true, unsent: null };
  function showConnection() {
    const words = connection?.dataset, state = !navigator.onLine ? "offline" : now.out ? "out" : !now.up ? "lost" : now.unsent ? "unsent" : "";
    if (!connection || connection.dataset.state === state) return;
    const link = Object.assign(document.createElement("a"), { textContent: words[`${state}Link`] || "" });
    if (state === "out") link.href = `${words.signIn}?next=${encodeURIComponent(location.pathname.slice(words.signIn.length - "/sign-in".length) || "/")}`;
    if (state === "unsent") link.href = `${Rapport.root}/conversations/${now.unsent.number}`;
    connection.dataset.state = state;
    connection.replaceChildren(...(state ? [words[state]] : []), ...(link.href ? [" ", link] : []));
  }
  const learn = (facts) => { Object.assign(now, facts); showConnection(); };
  addEventListener("online", showConnection);
  addEventListener("offline", showConnection);
  document.addEventListener("live:line", (event) => learn({ up: event.detail.up }));
  document.addEventListener("live:session", (event) => learn({ out: event.detail.out }));
  document.addEventListener("live:unsent", (event) => learn({ unsent: event.detail }));
  document.addEventListener("htmx:error", (event) => { if (!event.detail?.ctx?.response && event.detail?.ctx?.request) say("unreachable"); });

  // --- a thread that stands at its end stays there when it or its box changes size
  function stick(log) {
    let end = true;
    const stay = new ResizeObserver(() => { if (end) log.scrollTop = log.scrollHeight; });
    log.dataset.stuck = "1";
    log.addEventListener("scroll", () => { end = log.scrollHeight - log.scrollTop - log.clientHeight < 80; }, { passive: true });
    [log, ...log.children].forEach((element) => stay.observe(element));
  }

  // --- what was typed in a line of a filter while it was asked for anew stays, where the new field takes it
  document.addEventListener("htmx:before:swap", ({ detail }) => detail.tasks.forEach(({ target, fragment }) => {
    const old = target?.matches?.(".filter-line") && target.querySelector("[name=v]"), field = old && fragment.querySelector("[name=v]");
    if (!field) return;
    const sent = field.value;
    field.value = old.matches("select") && !field.matches("select") ? "" : old.value;
    if (field.value !== old.value && field.matches("select, [type=date], [type=number]")) field.value = sent;
    field.autofocus = old === document.activeElement; // htmx gives the focus back, but not to a date
  }));

  // --- every time something new stands on the page
  function look() {
    all(".conversation-log:not([data-stuck])").forEach(stick);
    tellTimes();
    tellErrors();
    if (listOf(document.activeElement)?.offsetParent) choose(document.activeElement);
    const links = all("[data-list] a[href]");
    if (links.some((link) => link.pathname === location.pathname)) links.forEach((link) => {
      if (link.pathname === location.pathname) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    });
    if (sentForm && !sentForm.isConnected) { // what was sent has taken the focus along: one goes on where one was
      const again = document.activeElement === document.body && document.querySelector(`form[action="${CSS.escape(sentForm.getAttribute("action"))}"]`);
      if (again) (again.closest("details")?.querySelector("summary") || again.querySelector("button"))?.focus();
      sentForm = null;
    }
    all("[data-focus]:not([data-focused])").forEach((element) => { element.dataset.focused = "1"; element.focus(); });
  }
  document.addEventListener("htmx:after:swap", look);
  setInterval(tellTimes, 20000);
  window.Rapport = { choose, tellTimes, say, stored, get sound() { return preferred("sound") !== "off"; }, get titleBadge() { return root.dataset.myTitleBadge !== "off"; } };
  showTheme(); showSound(); showConnection(); look();
  all("[data-keys-on]").forEach((box) => { box.checked = stored("keys") !== "off"; });
})();
