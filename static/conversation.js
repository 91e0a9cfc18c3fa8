// The employees' conversation: its socket's frames, the composer, canned replies, typing and seen.
(() => {
  const log = () => document.querySelector(".conversation-log");
  const list = () => document.getElementById("messages");
  const composer = () => document.querySelector("form#composer");
  const outbox = Rapport.outbox;
  let thread = null, socket = null, wired = null, written = null, newest = 0, stuck = true, typedAt = 0, typingTimer = 0, seenTimer = 0;
  const attached = new Live.Attachments({
    form: composer, place: () => document.querySelector(".composer-files"),
    over: (event) => event.target.closest?.(".conversation") && composer(),
    changed: () => keepFiles(),
  });

  function wire() {
    const messages = list();
    if (composer() !== written) { written = composer(); restoreDraft(); attached.show(); }
    if (!messages || wired === messages) return;
    wired = messages;
    thread = new Live.Thread(messages);
    Object.assign(outbox, { list: messages, bubble });
    outbox.showAll();
    attached.show([]);
    Live.shelf.get(draftKey()).then((kept) => { if (kept.length && !attached.files.length) attached.show(kept); });
    attached.collect();
    newest = newestSeq();
    showSeen();
    toEnd();
    tellSeen();
  }

  // --- the bubble of a message that is still on its way
  function bubble(entry) {
    const item = document.getElementById("optimistic").content.firstElementChild.cloneNode(true);
    item.id = `message-${entry.client_id}`;
    item.dataset.kind = entry.kind;
    item.querySelector(".bubble-text").textContent = entry.body;
    item.querySelector(".bubble").hidden = !entry.body;
    const names = Object.assign(item.querySelector("[data-names]"), { textContent: entry.names || "" });
    names.hidden = item.querySelector("progress").hidden = !entry.names;
    setTimeout(toEnd);
    return item;
  }

  // --- reading
  const atEnd = () => { const box = log(); return !box || box.scrollHeight - box.scrollTop - box.clientHeight < 80; };
  const toEnd = () => { const box = log(); if (box) box.scrollTop = box.scrollHeight; };
  const newestSeq = () => Math.max(0, ...[...list().querySelectorAll("[data-seq]")].map((item) => +item.dataset.seq));
  // How far the other side has read; the header knows it when it was loaded again
  function showSeen(told = 0) {
    const messages = list(), seq = Math.max(told, +messages.dataset.seen || 0, +document.getElementById("conversation-header")?.dataset.seen || 0);
    messages.dataset.seen = seq;
    for (const item of messages.querySelectorAll('[data-side="staff"][data-seq]:not([data-kind="note"])')) if (+item.dataset.seq <= seq) item.dataset.state = "seen";
  }
  function tellSeen() {
    const messages = list();
    if (!messages || document.hidden || !document.hasFocus() || seenTimer) return;
    if (newest <= (+messages.dataset.read || 0)) return;
    seenTimer = setTimeout(async () => {
      seenTimer = 0;
      const seq = newest;
      try {
        const answer = await Live.request("POST", messages.dataset.reading, { body: new URLSearchParams({ seq }) });
        if (answer.status < 300) messages.dataset.read = seq;
      } catch { /* told again with the next message or focus */ }
    }, 600);
  }
  addEventListener("focus", tellSeen);
  document.addEventListener("visibilitychange", tellSeen);

  // --- frames
  const around = () => Rapport.refresh(["header", "composer", "panel"]);
  document.addEventListener("htmx:ws:after:connection", (event) => {
    if (event.target.id !== "messages") return;
    if (socket === event.detail.connection) around(); else Rapport.refresh(["header", "panel"]); // what changed since they were drawn
    socket = event.detail.connection;
  });
  document.addEventListener("htmx:ws:before:message:incoming", (event) => {
    if (event.target.id !== "messages") return;
    wire();
    let frame;
    try { frame = JSON.parse(event.detail.message.data); } catch { return; }
    if (frame.alive && frame.position > thread.position) around();
    thread.take(frame, event.detail.message);
    if (frame.refresh) Rapport.refresh(frame.refresh);
    if (frame.signal === "typing" && frame.person !== document.body.dataset.viewer) showTyping(frame.name);
    if (frame.signal === "seen" && frame.person === list().dataset.other) showSeen(frame.seq);
  });
  document.addEventListener("htmx:before:swap", () => { stuck = atEnd(); });
  document.addEventListener("htmx:after:swap", () => {
    wire();
    const transfer = document.querySelector("#transfer-place dialog:not([open])");
    if (transfer && !transfer.dataset.shown) { transfer.dataset.shown = "1"; transfer.showModal(); }
    const messages = list();
    if (!messages) return;
    showSeen();
    if (newestSeq() <= newest) return;
    newest = newestSeq();
    clearTyping();
    tellSeen();
    if (stuck) toEnd(); else document.querySelector(".new-below")?.removeAttribute("hidden");
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest(".new-below")) { toEnd(); event.target.closest(".new-below").hidden = true; }
    const again = event.target.closest("[data-retry]");
    const idOf = (button) => button.closest("[id^=message-]").id.slice("message-".length), back = event.target.closest("[data-take-back]");
    if (again) thread.ask().then(() => outbox.retry(idOf(again)));
    if (back && composer()) write([outbox.takeBack(idOf(back))?.body, composer().elements.body.value].filter(Boolean).join("\n"));
  });
  document.addEventListener("scroll", () => { if (atEnd()) document.querySelector(".new-below")?.setAttribute("hidden", ""); }, true);

  function showTyping(name) {
    const place = document.getElementById("typing");
    place.textContent = place.dataset.word.replace("{name}", name);
    clearTimeout(typingTimer);
    typingTimer = setTimeout(clearTyping, 5000);
  }
  const clearTyping = () => document.getElementById("typing")?.replaceChildren();

  // --- writing
  const kind = () => composer()?.elements.kind?.value || "chat";
  const draftKey = () => `draft-${composer()?.querySelector("[data-draft]")?.dataset.draft}`;
  // A draft comes back for whom it was meant: what began as a note never waits to be sent to the customer
  function restoreDraft() {
    const box = composer()?.elements.body, note = composer()?.querySelector("[name=kind][value=note]");
    if (!box || box.value) return;
    box.value = Rapport.stored(draftKey()) || "";
    if (note && box.value && Rapport.stored(`${draftKey()}-kind`) === "note") note.checked = true;
  }
  const keepDraft = () => [["", composer().elements.body.value], ["-kind", kind()]].forEach(([end, value]) => Rapport.stored(draftKey() + end, value));
  document.addEventListener("change", (event) => { if (event.target.matches("#composer [name=kind]")) keepDraft(); });
  function write(text) {
    const box = composer().elements.body;
    Object.assign(box, { value: text }).dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }
  document.addEventListener("input", (event) => {
    if (event.target.id !== "composer-body") return;
    keepDraft();
    showCount(event.target);
    canned.look(event.target);
    if (event.target.value && Date.now() - typedAt > 2500 && socket?.socket?.readyState === WebSocket.OPEN) {
      typedAt = Date.now();
      socket.socket.send(JSON.stringify({ typing: kind() }));
    }
  });
  function showCount(box) {
    const place = document.querySelector(".composer-count");
    if (!place) return;
    place.hidden = box.value.length < +place.dataset.countFrom;
    place.textContent = `${box.value.length} / ${box.maxLength}`;
  }
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "composer") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const box = event.target.elements.body, body = box.value.trim();
    if (!body && !attached.files.length) return box.focus();
    wire();
    outbox.add({ body, kind: kind(), number: list().dataset.number, position: thread.position, ...(event.submitter?.value && { then: event.submitter.value }) }, attached.files);
    box.value = "";
    attached.show([]);
    keepDraft();
    keepFiles();
    box.focus();
  }, true);

  const keepFiles = () => (attached.files.length ? Live.shelf.put(draftKey(), attached.files) : Live.shelf.drop(draftKey()));

  // --- canned replies
  const canned = {
    get box() { return document.querySelector(".canned"); },
    get options() { return [...document.querySelectorAll("#canned [role=option]")]; },
    get shown() { return this.options.filter((option) => !option.hidden); },
    get chosen() { return this.shown.find((option) => option.getAttribute("aria-selected") === "true"); },
    look(area) {
      const word = /^\/(\S*)$/.exec(area.value);
      if (!this.box) return;
      this.box.hidden = !word;
      if (!word) return;
      if (!this.box.dataset.loaded) return this.load(area);
      for (const option of this.options) option.hidden = !option.textContent.toLowerCase().includes(word[1].toLowerCase());
      document.querySelector(".canned-none").hidden = this.shown.length > 0;
      this.choose(this.shown[0]);
    },
    async load(area) {
      const box = this.box;
      box.dataset.loaded = "1";
      const answer = await Live.request("GET", box.dataset.src, { headers: { Accept: "text/html" } }).catch(() => null);
      if (answer?.status !== 200) { delete box.dataset.loaded; return; }
      const fresh = new DOMParser().parseFromString(answer.responseText, "text/html").querySelector(".canned");
      box.replaceChildren(...fresh.childNodes);
      this.look(area);
    },
    choose(option) {
      for (const one of this.options) one.setAttribute("aria-selected", one === option);
      option?.scrollIntoView({ block: "nearest" });
      composer().elements.body.setAttribute("aria-activedescendant", option?.id || "");
    },
    insert(option) {
      this.box.hidden = true;
      write(option.dataset.text);
    },
  };
  document.addEventListener("click", (event) => {
    const option = event.target.closest("#canned [role=option]");
    if (option) canned.insert(option);
    if (event.target.closest("[data-canned]")) { const area = composer().elements.body; area.value = "/"; area.focus(); canned.look(area); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "composer-body" || !canned.box || canned.box.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], shown = canned.shown;
    if (step) canned.choose(shown[(shown.indexOf(canned.chosen) + step + shown.length) % shown.length]);
    else if ((event.key === "Enter" || event.key === "Tab") && canned.chosen) canned.insert(canned.chosen);
    else if (event.key === "Escape") canned.box.hidden = true;
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  setInterval(() => { if (!document.hidden && list()) Rapport.refresh(["header"]); }, 30000); // whether the customer is there
  wire();
})();
