// The widget's frame: asks the host page who the visitor is, exchanges that for a bearer, and keeps on the host page what
// must survive this frame. Everything seen is a fragment from the server, put into #view.
(() => {
  const root = document.body.dataset.root, language = document.documentElement.lang, view = document.getElementById("view");
  const strip = document.getElementById("connection");
  let site = null, said = null, kept = {}, bearer = null, open = false, exchanging = null, renewTimer = 0, until = 0, lost = false, up = true, over = false, tries = 0, loads = 0;
  const patience = () => new Promise((resolve) => setTimeout(resolve, Math.min(15000, 500 * 2 ** tries++)));

  const tell = (message) => { if (site) parent.postMessage(message, site); };
  function keep(name, value) {
    if (value === null) delete kept[name]; else kept[name] = value;
    tell({ rapport: "keep", name, value });
  }

  // --- the host page, and nobody else
  addEventListener("message", (event) => {
    if (event.source !== parent || parent === window || (site && event.origin !== site)) return;
    const data = event.data || {};
    if (data.rapport === "hello") begin(event.origin, data);
    if (data.rapport === "shown") { open = true; said.page = data.page; said.focus = data.focus; shown(data.focus); }
    if (data.rapport === "hidden") open = false;
  });
  parent.postMessage({ rapport: "ready" }, "*");

  async function begin(origin, data) {
    const again = said !== null;
    site = origin;
    said = data;
    kept = data.kept;
    open = data.open;
    if (kept.asked) document.body.classList.add("skipped");
    showConnection();
    if (again) return;
    Live.headers = () => ({ "Accept-Language": language, ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}) });
    Live.renew = () => exchange(false);
    if (!(await exchange(true))) return;
    Talk.start({
      base: `${root}/my`, store: { get: unsent, set: keepUnsent }, draft: (text) => (text === undefined ? kept.draft : keep("draft", text || null)),
      fields: () => ({ page_url: said.page }), began, connected, open: () => open, skip: () => keep("asked", "1"),
      news: (number) => tell({ rapport: "unread", number }),
    });
    shown(said.focus);
  }

  // --- unsent messages: one key each, so that two tabs never overwrite each other's
  const unsent = () => Object.keys(kept).filter((name) => name.startsWith("out.")).map((name) => JSON.parse(kept[name])).sort((a, b) => a.at - b.at);
  function keepUnsent(entries) {
    const now = new Map(entries.map((entry) => [`out.${entry.client_id}`, JSON.stringify({ at: Date.now(), ...entry })]));
    for (const name of Object.keys(kept)) if (name.startsWith("out.") && !now.has(name)) keep(name, null);
    for (const [name, value] of now) if (kept[name] !== value) keep(name, value);
  }
  // --- the bearer: an hour long, renewed before it ends, in memory only
  function exchange(wantsView) {
    exchanging ||= ask(wantsView).finally(() => { exchanging = null; });
    return exchanging;
  }
  async function ask(wantsView) {
    const { token, user, hash, department } = said;
    const body = JSON.stringify({ token, user, hash, department, site, view: wantsView ? "1" : "" });
    let answer;
    try {
      answer = await fetch(`${root}/session`, { method: "POST", body, credentials: "omit", signal: AbortSignal.timeout(15000), headers: { "Content-Type": "application/json", "Accept-Language": language } });
    } catch { return later(wantsView); }
    if (answer.status >= 500 || answer.status === 429) return later(wantsView);
    if (answer.status === 401 && user) {
      console.warn("Rapport: data-hash does not fit data-user, or is older than a day. The visitor is a stranger now.");
      delete said.user;
      return ask(wantsView);
    }
    if (answer.status === 401 && !said.renewed) return newToken(wantsView);
    if (!answer.ok) return end((await answer.json()).error.sentence);
    const facts = await answer.json();
    bearer = facts.bearer;
    lost = false;
    tries = 0;
    until = Date.now() + facts.seconds * 900;
    clearTimeout(renewTimer);
    renewTimer = setTimeout(() => exchange(false), facts.seconds * 800);
    showConnection();
    if (facts.view) await show(facts.view);
    return true;
  }
  // A token that was revoked or ran out opens nothing any more; the host page makes a new one, once.
  function newToken(wantsView) {
    return new Promise((resolve) => {
      addEventListener("message", function once(event) {
        if (event.source !== parent || event.origin !== site || event.data?.rapport !== "hello") return;
        removeEventListener("message", once);
        said = { ...event.data, renewed: true };
        resolve(ask(wantsView));
      });
      tell({ rapport: "renew" });
    });
  }
  async function later(wantsView) {
    lost = true;
    showConnection();
    await patience();
    return ask(wantsView);
  }
  function end(sentence) {
    over = sentence || strip.dataset.over;
    view.replaceChildren();
    showConnection();
    return false;
  }

  // --- views
  const show = (text) => htmx.swap({ sourceElement: view, target: view, swap: "innerHTML", text, transition: false });
  async function load(path, turn = ++loads) {
    const answer = await Live.request("GET", root + path, { headers: { Accept: "text/html" } }).catch(() => null);
    if (turn !== loads || over) return; // something else is wanted by now
    if (answer?.status === 200) { tries = 0; return show(answer.responseText); }
    if (answer && answer.status < 500 && answer.status !== 429) return;
    await patience();
    return load(path, turn);
  }
  async function began(number) {
    keep("begun", "1");
    const box = document.getElementById("body"), focused = document.activeElement === box;
    await load(`/my/conversations/${number}`);
    if (focused) document.getElementById("body")?.focus();
  }
  function shown(focus) {
    if (!open) return;
    Talk.reader.tellSeen();
    Talk.reader.toEnd();
    if (focus) (view.querySelector("[data-focus]:not(textarea)") || document.getElementById("body"))?.focus();
    said.focus = false;
  }
  document.addEventListener("htmx:config:request", (event) => { event.detail.ctx.fetch = authorised; });
  async function authorised(address, request) {
    const ask = () => fetch(address, { ...request, headers: { ...request.headers, ...Live.headers() } });
    const answer = await ask();
    return answer.status === 401 && (await exchange(false)) ? ask() : answer;
  }
  document.addEventListener("htmx:after:swap", (event) => {
    tellTimes();
    const place = document.querySelector("[data-focus]:not([data-focused], textarea)");
    if (!open || !(said.focus || document.hasFocus())) return; // the shop's page keeps its focus
    if (place) { place.dataset.focused = "1"; place.focus(); }
    else if (event.target === view && !said.phone) document.getElementById("body")?.focus();
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.ctx?.response || !event.detail?.ctx?.request) return;
    lost = true;
    showConnection();
    exchange(false); // knows when we are reached again
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") tell({ rapport: "close" }); });
  document.getElementById("close").addEventListener("click", () => tell({ rapport: "close" }));

  // --- the connection
  async function connected(socket) {
    if (Date.now() < until || (await exchange(false))) socket.send(JSON.stringify({ bearer }));
  }
  document.addEventListener("live:line", (event) => { up = event.detail.up; showConnection(); });
  document.addEventListener("htmx:ws:close", async (event) => {
    if (!event.target.isConnected || event.detail.reason !== "closed") return;
    if (![4001, 4003].includes(event.detail.code) || over) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (await exchange(false)) await load("/home");
  });
  function showConnection() {
    const text = over || (!navigator.onLine ? strip.dataset.offline : !bearer && !lost ? strip.dataset.connecting : lost || !up ? strip.dataset.lost : "");
    if (strip.textContent !== text) strip.textContent = text;
  }
  for (const change of ["online", "offline"]) addEventListener(change, showConnection);

  // --- times, as the visitor's own clock and language say them
  const place = navigator.languages.find((one) => one.startsWith(language)) || language;
  const clock = new Intl.DateTimeFormat(place, { timeStyle: "short" }), day = new Intl.DateTimeFormat(place, { dateStyle: "medium", timeStyle: "short" });
  function tellTimes() {
    for (const time of document.querySelectorAll("time[datetime]:not([data-told])")) {
      const at = new Date(time.dateTime);
      time.dataset.told = "1";
      time.title = day.format(at);
      time.textContent = (at.toDateString() === new Date().toDateString() ? clock : day).format(at);
    }
  }
})();
