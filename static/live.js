// A live thread: what arrives is counted and never missed, what is sent is kept until the server has it.
// Used by the employees' conversation page and by the customer's pages; knows nothing of either.
(() => {
  const SORTED = "upsert key:data-seq sort";
  const GAP_MS = 200, TRIES_BEFORE_ASKING = 4;

  // crypto.randomUUID does not exist on plain-http names
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }

  const swap = (list, text) => htmx.swap({ sourceElement: list, target: list, swap: SORTED, text, transition: false });

  // XMLHttpRequest, because fetch cannot tell how much of a file is sent. Pages without a cookie say who they are in
  // Live.headers(), and when that is refused (401) are asked once for something newer: Live.renew() promises whether there is.
  function request(method, url, { body = null, headers = {}, progress, again = false } = {}) {
    return new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      xhr.open(method, url);
      xhr.timeout = body instanceof FormData && body.has("files") ? 300000 : 20000;
      for (const [name, value] of Object.entries({ Accept: "application/json, text/html;q=0.9", ...headers, ...Live.headers() })) xhr.setRequestHeader(name, value);
      if (progress) xhr.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
      xhr.onload = async () => {
        const newer = xhr.status === 401 && Live.renew && !again && (await Live.renew());
        resolve(newer ? request(method, url, { body, headers, progress, again: true }) : xhr);
      };
      xhr.onerror = xhr.ontimeout = xhr.onabort = () => reject(new Error("network"));
      xhr.send(body);
    });
  }

  // Follows `list` (data-position, data-changes) by the frames of its socket; asks the server for what it missed.
  class Thread {
    constructor(list, headers = () => ({})) {
      Object.assign(this, { list, headers, position: +list.dataset.position || 0, ahead: new Set(), asking: null, again: false });
    }

    take(frame) {
      if (frame.position === undefined) return;
      if (frame.alive) { if (frame.position > this.position) this.ask(); return; }
      if (frame.position <= this.position) return;
      this.ahead.add(frame.ask ? -frame.position : frame.position);
      this.advance();
      if (this.ahead.size) setTimeout(() => { this.advance(); if (this.ahead.size) this.ask(); }, frame.ask ? 0 : GAP_MS);
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
        const answer = await request("GET", `${this.list.dataset.changes}?after=${this.position}`, { headers: this.headers() });
        if (answer.status !== 200) return;
        if (answer.responseText.trim()) await swap(this.list, answer.responseText);
        this.position = Math.max(this.position, +answer.getResponseHeader("X-Position") || 0);
        more = answer.getResponseHeader("X-More") === "1";
        this.advance();
      }
    }
  }

  // Sends what is written, in order, again and again with the same client_id until the server has answered it.
  // `store` keeps unsent ones ({get(): [entry], set([entry])}); files live in memory only. `here(entry)` says whether its
  // conversation is the one that `list` shows.
  class Outbox {
    constructor({ list, url, store, bubble, headers = () => ({}), fields = () => ({}), sent = () => {}, here = () => true }) {
      Object.assign(this, { list, url, store, bubble, headers, fields, sent, here, files: new Map(), busy: false, tries: 0 });
      for (const entry of store.get()) this.show(entry, "sending");
      addEventListener("online", () => this.run());
      this.run();
    }

    add(entry, files = []) {
      entry = { client_id: uuid(), ...entry };
      if (files.length) this.files.set(entry.client_id, files);
      this.store.set([...this.store.get(), entry]);
      this.show(entry, "sending");
      this.run();
      return entry;
    }

    find(id) { return document.getElementById(`message-${id}`); }

    show(entry, state, sentence) {
      let bubble = this.find(entry.client_id);
      if (!this.here(entry)) return;
      if (!bubble) this.list.append(bubble = this.bubble(entry, this.files.get(entry.client_id) || []));
      bubble.dataset.state = state;
      const told = bubble.querySelector("[data-sentence]");
      if (told) told.textContent = sentence || "";
    }

    drop(id) {
      this.store.set(this.store.get().filter((entry) => entry.client_id !== id));
      this.files.delete(id);
    }

    retry(id) {
      const entry = this.store.get().find((entry) => entry.client_id === id);
      if (!entry) return;
      this.store.set(this.store.get().map((one) => (one === entry || one.client_id === id ? { ...one, stopped: undefined } : one)));
      this.show(entry, "sending");
      this.tries = 0;
      this.run();
    }

    async run() {
      if (this.busy) return;
      this.busy = true;
      try {
        for (let entry; (entry = this.store.get().find((one) => !one.stopped));) if (!(await this.deliver(entry))) break;
      } finally { this.busy = false; }
    }

    async deliver(entry) {
      const files = this.files.get(entry.client_id) || [];
      const body = files.length ? new FormData() : new URLSearchParams();  // without files the server reads it ten times faster
      for (const [name, value] of Object.entries({ ...entry, ...this.fields(entry) })) if (name !== "at") body.append(name, value);
      for (const file of files) body.append("files", file);
      const bar = this.find(entry.client_id)?.querySelector("progress");
      try {
        const answer = await request("POST", this.url(entry), { body, headers: this.headers(), progress: bar && ((part) => { bar.value = part; }) });
        if (answer.status < 300) return await this.taken(entry, answer);
        if (answer.status >= 500 || answer.status === 429) throw new Error("later");
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
      this.store.set(this.store.get().map((one) => (one.client_id === entry.client_id ? { ...one, stopped: 1 } : one)));
      this.show(entry, "failed", sentence);
      return true;
    }

    later(entry) {
      this.tries += 1;
      this.show(entry, this.tries >= TRIES_BEFORE_ASKING || !navigator.onLine ? "failed" : "sending");
      setTimeout(() => this.run(), Math.min(15000, 500 * 2 ** this.tries) * (0.7 + Math.random() * 0.6));
      return false;
    }
  }

  function sentenceOf(answer) {
    try { return JSON.parse(answer.responseText).error.sentence; } catch { return ""; }
  }

  window.Live = { headers: () => ({}), renew: null, Thread, Outbox, request, swap, uuid, sentenceOf };
})();
