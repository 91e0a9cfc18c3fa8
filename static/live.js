// A live thread: what arrives is counted and never missed, what is sent is kept until the server has it.
// Used by the employees' pages and by the customer's; knows nothing of either.
(() => {
  const SORTED = "upsert key:data-seq sort";
  const GAP_MS = 200, TRIES_BEFORE_ASKING = 4, UNSENT_MS = 15000;
  const SILENCE_MS = 25000, WOKEN_MS = 15000, CONNECTING_MS = 10000, HANGING_MS = 3000, TELL_MS = 1500, FIRST_MS = 5000; // the server speaks every 10 s

  // crypto.randomUUID does not exist on plain-http names
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }

  const swap = (list, text) => htmx.swap({ sourceElement: list, target: list, swap: SORTED, text: newer(text), transition: false });

  // Of messages' fragments those that are not older than what stands here. One that was on its way makes room for the
  // server's, which then stands in its order and not where it was written.
  function newer(text) {
    const made = document.createElement("template");
    made.innerHTML = text;
    for (const item of [...made.content.children]) {
      const here = item.dataset.seq && document.getElementById(item.id);
      if (here && +here.dataset.at > +item.dataset.at) item.remove();
      else if (here && !here.dataset.seq) here.remove();
    }
    return made.innerHTML;
  }

  // XMLHttpRequest, because fetch cannot tell how much of a file is sent. Pages say who they are in Live.headers(), and when
  // that is refused (401; 400 for a form's token) are asked once for something newer: Live.renew() promises whether there is.
  const trips = new Set();
  function request(method, url, { body = null, headers = {}, progress, again = false } = {}) {
    return new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest(), trip = { xhr, at: Date.now() };
      trips.add(trip);
      xhr.open(method, url);
      xhr.timeout = body instanceof FormData && body.has("files") ? 300000 : 15000;
      for (const [name, value] of Object.entries({ Accept: "application/json, text/html;q=0.9", ...headers, ...Live.headers() })) xhr.setRequestHeader(name, value);
      xhr.upload.onprogress = (event) => { trip.at = Date.now(); if (event.lengthComputable) progress?.(event.loaded / event.total); };
      xhr.onload = async () => {
        const newer = [400, 401].includes(xhr.status) && Live.renew && !again && (await Live.renew(xhr.status));
        resolve(newer ? request(method, url, { body, headers, progress, again: true }) : xhr);
      };
      xhr.onerror = xhr.ontimeout = xhr.onabort = () => reject(new Error("network"));
      xhr.onloadend = () => trips.delete(trip);
      xhr.send(body);
    });
  }

  // --- the lines: a socket that was silent for too long is dead, whatever the browser thinks of it (a laptop slept, a
  // network went away without a word), and what was asked over a dead line is asked again when there is a new one.
  const lines = new Map();
  let telling = 0;
  function tellLines() {
    const up = [...lines].every(([element, line]) => line.up || !element.isConnected || Date.now() - line.begun < FIRST_MS); // nothing is lost yet while the first opens
    if (!up && telling) return;
    clearTimeout(telling);
    telling = up ? 0 : setTimeout(() => document.dispatchEvent(new CustomEvent("live:line", { detail: { up: false } })), TELL_MS);
    if (up) document.dispatchEvent(new CustomEvent("live:line", { detail: { up: true } }));
  }
  document.addEventListener("htmx:ws:before:connection", (event) => {
    lines.set(event.target, { up: false, begun: Date.now(), ...lines.get(event.target), connection: event.detail.connection, at: Date.now() });
  });
  document.addEventListener("htmx:ws:after:connection", (event) => {
    Object.assign(lines.get(event.target), { up: true, begun: 0, at: Date.now() });
    tellLines();
    for (const trip of [...trips]) if (Date.now() - trip.at > HANGING_MS) trip.xhr.abort();
    for (const outbox of outboxes) outbox.hurry();
  });
  document.addEventListener("htmx:ws:before:message:incoming", (event) => { if (lines.has(event.target)) lines.get(event.target).at = Date.now(); });
  document.addEventListener("htmx:ws:close", (event) => {
    if (!event.target.isConnected) lines.delete(event.target);
    else if (lines.has(event.target)) lines.get(event.target).up = false;
    setTimeout(tellLines, 100); // its element may be about to leave, and is then no line any more
  });
  function listen(patience) {
    for (const [element, line] of lines) {
      const { socket } = line.connection, limit = line.up ? patience : CONNECTING_MS;
      if (!element.isConnected) lines.delete(element);
      else if (socket && line.cut !== socket && Date.now() - line.at > limit) {
        line.cut = socket;
        socket.dispatchEvent(new CloseEvent("close", { code: 1006 })); // hx-ws opens another; closing this one could take a minute
      }
    }
  }
  setInterval(() => { listen(SILENCE_MS); tellLines(); }, 5000);
  addEventListener("online", () => listen(0));
  for (const woken of ["resume", "visibilitychange"]) document.addEventListener(woken, () => { if (!document.hidden) listen(WOKEN_MS); });

  // Follows `list` (data-position, data-changes) by the frames of its socket; asks the server for what it missed.
  class Thread {
    constructor(list) {
      Object.assign(this, { list, ahead: new Set(), asking: null, again: false });
    }

    get position() { return +this.list.dataset.position || 0; }
    set position(position) { this.list.dataset.position = position; }

    // `message` is what hx-ws is about to show: nothing older than what stands here
    take(frame, message) {
      if (frame.signal === "named") return this.name(frame);
      if (frame.content) message.data = JSON.stringify({ ...frame, content: newer(frame.content) });
      if (frame.position === undefined) return;
      if (frame.alive) { if (frame.position > this.position) this.ask(); return; }
      if (frame.position <= this.position) return;
      this.ahead.add(frame.ask ? -frame.position : frame.position);
      this.advance();
      if (this.ahead.size) setTimeout(() => { this.advance(); if (this.ahead.size) this.ask(); }, frame.ask ? 0 : GAP_MS);
    }

    // Somebody has a name now; their messages stand as they were pushed
    name({ person, name, face }) {
      for (const item of this.list.querySelectorAll(`[data-author="${CSS.escape(person)}"]`)) {
        item.querySelector(".message-head strong").textContent = name;
        item.querySelector(".message-face").innerHTML = face;
      }
    }

    advance() {
      while (this.ahead.delete(this.position + 1)) this.position += 1;
      for (const seen of this.ahead) if (Math.abs(seen) <= this.position) this.ahead.delete(seen);
    }

    ask() {
      if (this.asking) { this.again = true; return this.asking; }
      this.asking = this.catchUp().catch(() => {}).finally(() => {
        this.asking = null;
        if (this.again) { this.again = false; this.ask(); }
      });
      return this.asking;
    }

    async catchUp() {
      for (let more = true; more;) {
        const answer = await request("GET", `${this.list.dataset.changes}?after=${this.position}`);
        if (answer.status !== 200) return;
        if (answer.responseText.trim()) await swap(this.list, answer.responseText);
        this.position = Math.max(this.position, +answer.getResponseHeader("X-Position") || 0);
        more = answer.getResponseHeader("X-More") === "1";
        this.advance();
      }
    }
  }

  // Earlier messages come in above what is being read, which stays where it is; so does the focus
  let place = null;
  document.addEventListener("htmx:before:swap", (event) => {
    const asked = event.detail.ctx.sourceElement?.closest?.(".log-earlier"), box = asked?.closest(".conversation-log, main#talk") || document.scrollingElement;
    if (asked) place = { box, toEnd: box.scrollHeight - box.scrollTop, log: asked.parentElement, focused: asked.contains(document.activeElement) };
  });
  document.addEventListener("htmx:after:swap", () => {
    if (place?.focused) (place.log.querySelector(".log-earlier > *") || place.log).focus({ preventScroll: true });
    if (place) place.box.scrollTop = place.box.scrollHeight - place.toEnd;
    place = null;
  });

  // Entries under a key of this browser's storage; in the page's memory where that is refused or full.
  function store(key) {
    let memory = null;
    return {
      get() { try { return memory || JSON.parse(localStorage.getItem(key)) || []; } catch { return []; } },
      set(entries) {
        memory = null;
        try { if (entries.length) localStorage.setItem(key, JSON.stringify(entries)); else localStorage.removeItem(key); } catch { memory = entries; }
      },
    };
  }

  // Files of unsent messages: in the page, and where the browser lets us in IndexedDB, so that they survive the page.
  const shelf = {
    files: new Map(),
    async with(mode, act) {
      this.opened ||= new Promise((resolve, reject) => {
        const asked = indexedDB.open("unsent");
        asked.onupgradeneeded = () => asked.result.createObjectStore("files");
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
      });
      const asked = act((await this.opened).transaction("files", mode).objectStore("files"));
      return new Promise((resolve, reject) => { asked.onsuccess = () => resolve(asked.result); asked.onerror = () => reject(asked.error); });
    },
    async put(id, files) {
      this.files.set(id, files);
      await this.with("readwrite", (kept) => kept.put(files, id)).catch(() => {}); // the page has them
    },
    async get(id) { return this.files.get(id) || (await this.with("readonly", (kept) => kept.get(id)).catch(() => null)) || []; },
    async drop(id) {
      this.files.delete(id);
      await this.with("readwrite", (kept) => kept.delete(id)).catch(() => {}); // there were none
    },
  };

  // Files that go with a form's next message: chosen, pasted or dropped, shown in `place()`, each with a way to take it back.
  // `over(event)` says whether what is dropped there is for this form; `changed(files)` is told when a person changed them.
  class Attachments {
    constructor({ form, place, over = form, changed = () => {} }) {
      Object.assign(this, { form, place, changed, files: [] });
      const carries = (event) => event.dataTransfer?.types.includes("Files") && over(event);
      const took = (event, files) => { event.preventDefault(); this.add(files); };
      document.addEventListener("change", (event) => { if (event.target.type === "file" && event.target.form === form()) this.collect(); });
      document.addEventListener("paste", (event) => { if (event.target === form()?.elements.body && event.clipboardData?.files.length) took(event, event.clipboardData.files); });
      document.addEventListener("dragover", (event) => { if (carries(event)) { event.preventDefault(); form().classList.add("is-dropping"); } });
      document.addEventListener("dragleave", () => form()?.classList.remove("is-dropping"));
      document.addEventListener("drop", (event) => { if (carries(event)) { form().classList.remove("is-dropping"); took(event, event.dataTransfer.files); } });
    }

    // What the form's own input holds, if only since before the page's scripts ran
    collect() {
      const input = this.form()?.querySelector("[type=file]");
      if (!input?.files.length) return;
      this.add(input.files);
      input.value = "";
    }

    add(more) { this.show([...this.files, ...more].slice(0, 10)); this.told(); }
    told() { this.changed(this.files); this.form().elements.body.focus(); }

    show(files = this.files) {
      this.files = files;
      const place = this.place();
      if (!place) return;
      place.hidden = !files.length;
      place.replaceChildren(...files.map((file) => {
        const item = document.createElement("li"), name = document.createElement("span"), gone = document.createElement("button");
        name.textContent = file.name;
        Object.assign(gone, { type: "button", textContent: "×", ariaLabel: place.dataset.remove.replace("{name}", () => file.name) });
        gone.addEventListener("click", () => { this.show(this.files.filter((one) => one !== file)); this.told(); });
        item.append(name, gone);
        return item;
      }));
    }
  }

  // Sends what is written, in order, again and again with the same client_id until the server has answered it.
  // `store` keeps unsent ones ({get(): [entry], set([entry])}). `here(entry)` says whether its conversation is the one that
  // `list` shows; an entry that waits holds up its own conversation alone. `changed()` is told whenever one comes or goes.
  const outboxes = new Set();
  class Outbox {
    constructor({ list, url, store, bubble, fields = () => ({}), sent = () => {}, here = () => true, changed = () => {} }) {
      Object.assign(this, { list, url, store, bubble, fields, sent, here, changed, busy: false, tries: 0, timer: 0 });
      outboxes.add(this);
      this.showAll();
      addEventListener("online", () => this.hurry());
      this.run();
    }

    async add(entry, files = []) {
      entry = { client_id: uuid(), at: Date.now(), ...entry, ...(files.length ? { names: files.map((file) => file.name).join(", ") } : {}) };
      shelf.files.set(entry.client_id, files);
      this.store.set([...this.store.get(), entry]);
      this.show(entry);
      if (files.length) await shelf.put(entry.client_id, files);
      this.run();
    }

    find(id) { return document.getElementById(`message-${id}`); }
    showAll() { for (const entry of this.store.get()) this.show(entry); }

    show(entry, state = entry.stopped ? "failed" : "sending") {
      this.changed();
      if (!this.here(entry)) return;
      const bubble = this.find(entry.client_id) || this.list.appendChild(this.bubble(entry));
      bubble.dataset.state = state;
      bubble.toggleAttribute("data-refused", !!entry.stopped);
      const told = bubble.querySelector("[data-sentence]");
      if (told) told.textContent = typeof entry.stopped === "string" ? entry.stopped : "";
    }

    drop(id) {
      this.store.set(this.store.get().filter((entry) => entry.client_id !== id));
      shelf.drop(id);
      this.changed();
    }

    // What was refused goes back to who wrote it
    takeBack(id) {
      const entry = this.store.get().find((one) => one.client_id === id);
      this.find(id)?.remove();
      this.drop(id);
      return entry;
    }

    change(entry, facts) {
      const changed = { ...entry, ...facts };
      this.store.set(this.store.get().map((one) => (one.client_id === entry.client_id ? changed : one)));
      this.show(changed);
    }

    retry(id) {
      const entry = this.store.get().find((one) => one.client_id === id);
      if (entry) this.change(entry, { stopped: undefined, at: Date.now(), ...("position" in entry && { position: +this.list.dataset.position }) });
      this.hurry();
    }

    hurry() {
      this.tries = 0;
      clearTimeout(this.timer);
      this.run();
    }

    async run() {
      if (this.busy) { this.again = true; return; }
      this.busy = true;
      this.again = false;
      const stuck = new Set();
      try {
        for (let entry; (entry = this.store.get().find((one) => !one.stopped && !stuck.has(one.number)));) if (!(await this.deliver(entry))) stuck.add(entry.number);
      } finally { this.busy = false; }
      if (this.again) this.run();
    }

    async deliver(entry) {
      const files = await shelf.get(entry.client_id);
      if (entry.names && !files.length) return this.stop(entry, document.querySelector("[data-files-gone]")?.dataset.filesGone);
      const body = files.length ? new FormData() : new URLSearchParams();  // without files the server reads it ten times faster
      for (const [name, value] of Object.entries({ ...entry, ...this.fields(entry) })) if (!["at", "names", "stopped"].includes(name)) body.append(name, value);
      for (const file of files) body.append("files", file);
      const bar = () => this.find(entry.client_id)?.querySelector("progress");
      try {
        const answer = await request("POST", this.url(entry), { body, progress: (part) => { if (bar()) bar().value = part; } });
        if (answer.status < 300 && answer.responseText.includes(entry.client_id)) return await this.taken(entry, answer);
        if (answer.status < 400 || answer.status >= 500 || [401, 408, 425, 429].includes(answer.status)) return this.later(entry, answer.getResponseHeader("Retry-After"));
        return this.stop(entry, sentenceOf(answer));
      } catch { return this.later(entry); }
    }

    async taken(entry, answer) {
      this.tries = 0;
      if (this.here(entry)) await swap(this.list, answer.responseText);
      this.drop(entry.client_id);
      this.sent(entry, answer);
      return true;
    }

    stop(entry, sentence) {
      this.change(entry, { stopped: sentence || 1 });
      return true;
    }

    later(entry, seconds = 0) {
      this.tries += 1;
      this.show(entry, this.tries >= TRIES_BEFORE_ASKING || !navigator.onLine || Date.now() - entry.at > UNSENT_MS ? "failed" : "sending");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.run(), Math.max(+seconds * 1000 || 0, Math.min(15000, 500 * 2 ** this.tries) * (0.7 + Math.random() * 0.6)));
      return false;
    }
  }

  // A thread as either side reads and answers it, in `scroller()`. `theirs` are the messages whose reading is told, `mine` those that show
  // when they are seen; `told` is the part of the page that knows how far, when it was loaded again. `news(n)` hears what is not read yet.
  class Reader {
    constructor(facts) {
      Object.assign(this, { stuck: true, typedAt: 0, open: () => document.hasFocus(), fields: () => ({}), news: () => {} }, facts);
      document.addEventListener("htmx:before:swap", () => { this.stuck = this.atEnd; });
      document.addEventListener("visibilitychange", () => this.tellSeen());
      addEventListener("focus", () => this.tellSeen());
      document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-retry], [data-take-back]"), id = button?.closest("[id^=message-]").id.slice("message-".length);
        if (button?.matches("[data-retry]")) this.retry(id);
        else if (button && this.box()) this.write([this.outbox().takeBack(id)?.body, this.box().value].filter(Boolean).join("\n"));
      });
    }

    get list() { return document.getElementById("messages"); }
    get atEnd() { const box = this.scroller(); return !box || box.scrollHeight - box.scrollTop - box.clientHeight < 90; }
    toEnd() { const box = this.scroller(); if (box) box.scrollTop = box.scrollHeight; }
    seqs(selector) { return [...(this.list?.querySelectorAll(selector) || [])].map((item) => +item.dataset.seq); }

    // The bubble of a message that is still on its way
    bubble(entry) {
      const item = document.getElementById("bubble").content.firstElementChild.cloneNode(true), names = item.querySelector("[data-names]");
      item.id = `message-${entry.client_id}`;
      item.dataset.kind = entry.kind || "chat";
      item.querySelector(".bubble-text").textContent = entry.body;
      item.querySelector(".bubble").hidden = !entry.body;
      names.textContent = entry.names || "";
      names.hidden = item.querySelector("progress").hidden = !entry.names;
      setTimeout(() => this.toEnd());
      return item;
    }

    showSeen(to = 0) {
      const seq = this.list.dataset.seen = Math.max(to, +this.list.dataset.seen || 0, +document.getElementById(this.told)?.dataset.seen || 0);
      for (const item of this.list.querySelectorAll(this.mine)) if (+item.dataset.seq <= seq) item.dataset.state = "seen";
    }
    tellSeen() {
      const fresh = () => this.seqs(this.theirs).filter((seq) => seq > (+this.list.dataset.read || 0));
      if (!this.list?.dataset.reading || !fresh().length) return;
      if (document.hidden || !this.open()) return this.news(fresh());
      this.telling ||= setTimeout(async () => {
        this.telling = 0;
        const list = this.list, seq = Math.max(0, ...fresh()), body = new URLSearchParams({ seq, ...this.fields() });
        const answer = seq && (await request("POST", list.dataset.reading, { body }).catch(() => null)); // told again with the next message or focus
        if (answer?.status < 300) { list.dataset.read = seq; this.tellSeen(); }
      }, 500);
    }

    showTyping(name = "") {
      const place = document.getElementById("typing"), end = this.atEnd;
      clearTimeout(this.typing);
      if (place) place.textContent = name && place.dataset.word.replace("{name}", name);
      if (name && end) this.toEnd();
      if (name) this.typing = setTimeout(() => this.showTyping(), 5000);
    }
    tellTyping(socket, typing) {
      if (!this.box().value || Date.now() - this.typedAt < 2500 || socket?.readyState !== WebSocket.OPEN) return;
      this.typedAt = Date.now();
      socket.send(JSON.stringify({ typing }));
    }
    write(text) {
      Object.assign(this.box(), { value: text }).dispatchEvent(new Event("input", { bubbles: true }));
      this.box().focus();
    }
  }

  // Pages with a cookie prove their requests by a form's token, which ends with the session: a new one, or "" when signed out.
  const prover = () => document.querySelector("[hx-headers\\:inherited]");
  const proof = () => JSON.parse(prover().getAttribute("hx-headers:inherited"));
  async function freshToken(url) {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    const token = answer.ok && answer.headers.get("Content-Type") === "application/json" ? (await answer.json()).token : "";
    if (token) {
      prover().setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
      for (const input of document.querySelectorAll("[name=csrf_token]")) input.value = token;
    }
    return token;
  }
  // Live.renew for such pages; tells them when they are signed out, and when they are in again
  const renewer = (url) => async () => {
    const token = await freshToken(url).catch(() => null);
    if (token !== null) document.dispatchEvent(new CustomEvent("live:session", { detail: { out: !token } }));
    return !!token;
  };

  function sentenceOf(answer) {
    try { return JSON.parse(answer.responseText).error.sentence; } catch { return ""; }
  }

  window.Live = { headers: () => ({}), renew: null, Thread, Reader, Outbox, Attachments, request, swap, store, shelf, proof, renewer, sentenceOf };
})();
