// Rapport's chat button for any site: <script src="https://HOST/static/widget.js" data-key="wk_…" async></script>
// Optional: data-user (JSON) with data-hash, data-department, data-language, data-open (shows it open). Loads nothing more before the first click
// but one small JSON. Keeps the visitor's token and what is not sent yet on this site, where no browser blocks it.
(() => {
  const script = document.currentScript, key = script?.dataset.key;
  if (!key || window.RapportChat) return;
  const server = new URL(script.src).origin, root = `${server}/w/${encodeURIComponent(key)}`, prefix = `rapport:${key}:`;
  const language = script.dataset.language || "", asked = language ? `?lang=${encodeURIComponent(language)}` : "";
  const memory = new Map(), POLL_MS = 30000, PHONE = "(max-width: 480px), (max-height: 480px)";
  let words = { open: "Open the chat", close: "Close the chat", title: "Chat", wait: "Connecting", new: ["one new message", "{n} new messages"] };
  let wait = 1000, again = 1000, frame = null, ready = false, isOpen = false, wanted = false, live = false, unread = 0, ui = null;

  // --- what is kept on this site; in this page's memory where storage is refused
  function keep(name, value) {
    if (value === null) memory.delete(name); else memory.set(name, value);
    try { if (value === null) localStorage.removeItem(prefix + name); else localStorage.setItem(prefix + name, value); } catch { /* memory has it */ }
  }
  function kept() {
    const found = Object.fromEntries(memory);
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) found[name.slice(prefix.length)] = localStorage.getItem(name);
    } catch { /* memory has it */ }
    return found;
  }
  function token(fresh) {
    const known = kept().token;
    if (!fresh && /^[\w-]{43}$/.test(known || "")) return known;
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    keep("token", btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
    return kept().token;
  }
  const user = () => (script.dataset.user && script.dataset.hash ? { user: script.dataset.user, hash: script.dataset.hash } : {});
  const begun = () => kept().begun || script.dataset.user;

  // --- the button: in a shadow root, styled by script, so that the site's own styles and CSP leave it alone
  const styles = `
    :host { all: initial !important; --brand: #2457c5; color-scheme: light dark; }
    .button, .panel { position: fixed; z-index: 2147483000; inset-inline-end: max(20px, env(safe-area-inset-right)); }
    .button { display: grid; place-items: center; width: 56px; height: 56px; padding: 0; bottom: max(20px, env(safe-area-inset-bottom)); color: #fff;
      cursor: pointer; background: #2457c5; background: oklch(from var(--brand) min(l, 0.53) min(c, 0.19) h); border: 0; border-radius: 50%; box-shadow: 0 2px 12px rgb(0 0 0 / 0.28); }
    .button:hover { filter: brightness(1.1); } .button:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #1d1d1f; }
    .button svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
    [aria-expanded="true"] .talk, [aria-expanded="false"] .shut { display: none; }
    .count { position: absolute; top: -4px; inset-inline-end: -4px; min-width: 22px; height: 22px; padding: 0 6px; box-sizing: border-box; font: 600 13px/22px system-ui, sans-serif; color: #fff; text-align: center; background: #b3261e; border-radius: 11px; }
    .panel { width: 380px; height: 600px; max-width: calc(100vw - 40px); max-height: calc(100dvh - 108px); bottom: 88px; overflow: hidden; background: Canvas; border-radius: 14px; box-shadow: 0 8px 36px rgb(0 0 0 / 0.3); }
    .wait { position: absolute; inset: 45% 0 auto; margin: 0; font: 16px system-ui, sans-serif; color: CanvasText; text-align: center; animation: appear 1ms 600ms backwards; } .ready .wait { display: none; } .panel:not(.ready) iframe { opacity: 0; } @keyframes appear { from { opacity: 0; } }
    iframe { position: relative; display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
    [hidden] { display: none !important; }
    .ears { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media ${PHONE} { .panel { inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; border-radius: 0; } .ready ~ [aria-expanded="true"].button { display: none; } }
    @media print { :host { display: none !important; } }`;
  const shapes = { talk: "M8 9h8M8 13h5M18 4a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-5l-5 3v-3H6a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3z", shut: "M6 9l6 6 6-6" };

  function picture(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("class", name);
    path.setAttribute("d", shapes[name]);
    svg.append(path);
    return svg;
  }
  const made = (tag, facts, ...children) => { const one = Object.assign(document.createElement(tag), facts); one.append(...children); return one; };

  function draw(state) {
    words = { ...words, ...state };
    if (!ui) build();
    ui.host.style.setProperty("--brand", /^#[0-9a-f]{6}$/i.test(words.accent) ? words.accent : "#2457c5");
    ui.panel.setAttribute("aria-label", words.title);
    if (frame) frame.title = words.title;
    live = !!state.live;
    tell(state.unread || 0);
  }
  function build() {
    const host = made("div", { id: "rapport-chat" }), shadow = host.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    shadow.adoptedStyleSheets = [sheet];
    const count = made("span", { className: "count", hidden: true, ariaHidden: "true" });
    const button = made("button", { type: "button", className: "button" }, picture("talk"), picture("shut"), count);
    const panel = made("div", { className: "panel", id: "panel", hidden: true, role: "dialog" });
    const news = made("span", { className: "ears", role: "status" });
    button.setAttribute("aria-controls", "panel");
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", () => (isOpen ? close() : open()));
    shadow.addEventListener("keydown", (event) => { if (event.key === "Escape" && isOpen) close(); });
    const part = made("aside", {}, panel, button, news);
    shadow.append(part);
    ui = { host, button, panel, count, news, part };
    document.body.append(host);
  }
  function tell(number) {
    const more = number > unread;
    unread = number;
    const sentence = unread === 1 ? words.new[0] : words.new[1].replace("{n}", unread);
    ui.count.hidden = !unread || isOpen;
    ui.count.textContent = unread > 9 ? "9+" : unread;
    ui.part.setAttribute("aria-label", words.title);
    ui.button.setAttribute("aria-label", isOpen ? words.close : unread ? `${words.open}, ${sentence}` : words.open);
    if (more && !isOpen) ui.news.textContent = sentence;
  }

  // --- opening and closing
  function open(event, quietly) {
    if (!ui || isOpen) return;
    if (!frame) {
      frame = made("iframe", { src: `${root}/frame${asked}`, title: words.title });
      frame.addEventListener("load", () => setTimeout(() => { if (!ready) setTimeout(() => { frame.src = frame.src; }, again = Math.min(again * 2, POLL_MS)); }, 1000)); // it was an error's page
      ui.panel.append(made("p", { className: "wait", role: "status", textContent: words.wait }), frame);
    }
    show(true);
    wanted = !quietly;
    if (ready) post({ rapport: "shown", page: location.href, focus: wanted });
    if (!quietly) frame.focus();
  }
  function close() {
    if (!isOpen) return;
    show(false);
    ui.button.focus();
    if (ready) post({ rapport: "hidden" });
  }
  function show(yes) {
    isOpen = yes;
    ui.panel.hidden = !yes;
    ui.button.setAttribute("aria-expanded", yes);
    try { if (yes) sessionStorage.setItem(prefix + "open", 1); else sessionStorage.removeItem(prefix + "open"); } catch { /* opens closed next time */ }
    tell(yes ? 0 : unread);
  }

  // --- talking with the frame, and with nobody else
  const post = (message) => frame.contentWindow.postMessage(message, server);
  function hello(fresh) {
    ready = true;
    ui.panel.classList.add("ready");
    const facts = { token: token(fresh), ...user(), department: script.dataset.department || "", site: location.origin, page: location.href };
    post({ rapport: "hello", ...facts, kept: kept(), open: isOpen, focus: wanted, phone: matchMedia(PHONE).matches });
  }
  addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== server) return;
    const { rapport, name, value, number } = event.data || {};
    if (rapport === "ready") hello(false);
    else if (rapport === "renew") hello(true);
    else if (rapport === "close") close();
    else if (rapport === "unread" && Number.isInteger(number)) tell(number);
    else if (rapport === "keep" && /^(draft|asked|begun|out\.[\w-]{36})$/.test(name) && (value === null || typeof value === "string")) keep(name, value);
  });

  // --- what the button shows; strangers send nothing, others their token as plain text, which needs no preflight
  async function look() {
    const known = begun() ? { method: "POST", body: JSON.stringify({ token: token(), ...user() }) } : {};
    const answer = await fetch(`${root}/state${asked}`, { credentials: "omit", cache: "no-store", ...known });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }
  async function start() {
    try { draw(await look()); } catch {
      console.warn(`Rapport: no chat here. Check data-key, and that ${location.origin} is among the allowed sites (Settings, Chat on your site).`);
      return setTimeout(start, wait = Math.min(wait * 2, POLL_MS));
    }
    let wasOpen = null;
    try { wasOpen = sessionStorage.getItem(prefix + "open"); } catch { /* closed */ }
    if ("open" in script.dataset || (wasOpen && !matchMedia(PHONE).matches)) open(null, true);
    setInterval(() => { if (live && !ready && !document.hidden) look().then(draw, () => {}); }, POLL_MS);
  }
  window.RapportChat = { open: () => open(), close };
  const idle = () => (window.requestIdleCallback ? requestIdleCallback(start, { timeout: 2000 }) : setTimeout(start));
  if (document.readyState === "complete") idle(); else addEventListener("load", idle);
})();
