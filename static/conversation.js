// The employees' conversation: its socket's frames, the composer, canned replies, typing and seen.
(() => {
  const log = () => document.querySelector(".conversation-log");
  const list = () => document.getElementById("messages");
  const composer = () => document.querySelector("form#composer");
  const outbox = Rapport.outbox;
  let thread = null, socket = null, wired = null, written = null, newest = 0;
  const reader = new Live.Reader({
    outbox: () => outbox, box: () => composer()?.elements.body, scroller: log, retry: (id) => thread.ask().then(() => outbox.retry(id)), told: "conversation-header",
    theirs: "[data-seq]", mine: '[data-side="staff"][data-seq]:not([data-kind="note"])',
  });
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
    Object.assign(outbox, { list: messages, bubble: (entry) => reader.bubble(entry) });
    outbox.showAll();
    attached.show([]);
    Live.shelf.get(draftKey()).then((kept) => { if (kept.length && !attached.files.length) attached.show(kept); });
    attached.collect();
    newest = newestSeq();
    reader.showSeen();
    reader.toEnd();
    reader.tellSeen();
  }
  const newestSeq = () => Math.max(0, ...reader.seqs("[data-seq]"));

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
    if (frame.signal === "typing" && frame.person !== document.body.dataset.viewer) reader.showTyping(frame.name);
    if (frame.signal === "seen" && frame.person === list().dataset.other) reader.showSeen(frame.seq);
  });
  document.addEventListener("htmx:after:swap", () => {
    wire();
    if (composer()) canned(composer().elements.body);
    const transfer = document.querySelector("#transfer-place dialog:not([open])");
    if (transfer && !transfer.dataset.shown) { transfer.dataset.shown = "1"; transfer.showModal(); }
    const messages = list();
    if (!messages) return;
    reader.showSeen();
    if (newestSeq() <= newest) return;
    newest = newestSeq();
    reader.showTyping();
    reader.tellSeen();
    if (reader.stuck) reader.toEnd(); else document.querySelector(".new-below")?.removeAttribute("hidden");
  });
  document.addEventListener("click", (event) => { if (event.target.closest(".new-below")) { reader.toEnd(); event.target.closest(".new-below").hidden = true; } });
  document.addEventListener("scroll", () => { if (reader.atEnd) document.querySelector(".new-below")?.setAttribute("hidden", ""); }, true);

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
  document.addEventListener("input", (event) => {
    if (event.target.id !== "composer-body") return;
    keepDraft();
    showCount(event.target);
    canned(event.target);
    reader.tellTyping(socket?.socket, kind());
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

  // --- canned replies, while a reply is a slash and a word; app.js chooses in them by keys
  function canned(area) {
    const box = document.querySelector(".canned"), word = /^\/(\S*)$/.exec(area.value), options = [...(box?.querySelectorAll("[role=option]") || [])];
    if (!box || (box.hidden = !word)) return;
    for (const option of options) option.hidden = !option.textContent.toLowerCase().includes(word[1].toLowerCase());
    box.querySelector(".canned-none").hidden = options.some((option) => !option.hidden);
    Rapport.choose(area);
  }
  document.addEventListener("click", (event) => {
    const option = event.target.closest("#canned [role=option]");
    if (option || event.target.closest("[data-canned]")) reader.write(option ? option.dataset.text : "/");
  });
  document.addEventListener("keydown", (event) => {
    const box = document.querySelector(".canned:not([hidden])");
    if (event.key === "Escape" && box && event.target.id === "composer-body") { box.hidden = true; event.stopPropagation(); }
  }, true);

  setInterval(() => { if (!document.hidden && list()) Rapport.refresh(["header"]); }, 30000); // whether the customer is there
  wire();
})();
