// A customer's conversation, in the widget's frame and in the portal: what arrives, what is written, who types, what was seen.
// The page around it says in Talk.start(page) what differs: {base, store, draft(text?), fields(), began(number), open(), news(n)}.
window.Talk = (() => {
  let page = null, thread = null, outbox = null, socket = null, wired = null, of = null, stateTimer = 0;
  const id = (name) => document.getElementById(name), list = () => id("messages"), box = () => id("body");
  const attached = new Live.Attachments({ form: () => id("write"), place: () => id("files") });
  const reader = new Live.Reader({
    outbox: () => outbox, box, scroller: () => document.querySelector("main#talk") || document.scrollingElement, retry: (id) => outbox.retry(id), told: "foot",
    theirs: '[data-side="staff"][data-seq], [data-side="system"][data-seq]', mine: '[data-side="customer"][data-seq]',
    open: () => page.open(), fields: () => page.fields(), news: (fresh) => page.news?.(reader.seqs('[data-side="staff"][data-seq]').filter((seq) => fresh.includes(seq)).length),
  });

  function start(around) {
    page = around;
    outbox = new Live.Outbox({
      list: list(), store: page.store, bubble: (entry) => reader.bubble(entry), fields: page.fields, sent, here: (entry) => entry.number === (list()?.dataset.number ?? ""),
      url: (entry) => (entry.number ? `${page.base}/conversations/${entry.number}/messages` : `${page.base}/conversations`),
    });
    wire();
  }

  // --- every time a view stands
  function wire() {
    const messages = list();
    if (!page || !messages || wired === messages) return;
    wired = messages;
    outbox.list = messages;
    thread = messages.dataset.changes ? new Live.Thread(messages) : null;
    outbox.showAll();
    if (of !== null && of !== messages.dataset.number) attached.files = []; // those of another one
    of = messages.dataset.number;
    if (box()) { box().value ||= page.draft() || ""; attached.show(); attached.collect(); } // somebody may have begun before this ran
    reader.showSeen();
    reader.toEnd();
    reader.tellSeen();
  }
  document.addEventListener("htmx:after:swap", () => {
    if (!page) return;
    wire();
    const messages = list();
    if (!messages) return;
    if (reader.stuck) reader.toEnd();
    reader.showSeen();
    reader.tellSeen();
  });

  // --- frames of the socket
  document.addEventListener("htmx:ws:after:connection", (event) => {
    if (event.target.id !== "messages") return;
    socket = event.detail.connection.socket;
    page.connected?.(socket);
    loadState();
  });
  document.addEventListener("htmx:ws:before:message:incoming", (event) => {
    if (event.target.id !== "messages") return;
    wire();
    let frame;
    try { frame = JSON.parse(event.detail.message.data); } catch { return; }
    if (frame.alive && thread && frame.position > thread.position) loadState();
    thread?.take(frame, event.detail.message);
    if (frame.refresh) loadState();
    if (frame.signal === "typing") reader.showTyping(frame.name);
    if (frame.signal === "seen" && frame.by === "employee") reader.showSeen(frame.seq);
    if (frame.content) { reader.showTyping(); if (id("reach")) loadState(); }
  });
  function loadState() {
    clearTimeout(stateTimer);
    stateTimer = setTimeout(async () => {
      const address = list()?.dataset.stateOf;
      const answer = address && (await Live.request("GET", address).catch(() => ({ status: 503 })));
      if (answer?.status >= 500) stateTimer = setTimeout(loadState, 4000);
      if (answer?.status === 200 && list()?.dataset.stateOf === address) await htmx.swap({ sourceElement: document.body, target: document.body, swap: "none", text: answer.responseText, transition: false });
    }, 120);
  }
  setInterval(() => { if (id("wait")) loadState(); }, 20000);

  // --- writing
  // The first message of a conversation tells its number; what was written meanwhile belongs to it too.
  function sent(entry, answer) {
    const number = answer.getResponseHeader("X-Conversation") || "";
    if (entry.number || !number) return;
    page.store.set(page.store.get().map((one) => (one.number ? one : { ...one, number })));
    if (list() && !list().dataset.number) of = list().dataset.number = number; // what is written before its view stands belongs to it
    page.began(number);
  }
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "write") { id("toasts")?.replaceChildren(); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    const fields = Object.fromEntries([...new FormData(event.target)].filter(([name, value]) => typeof value === "string" && !["csrf_token", "client_id"].includes(name)));
    const body = box().value.trim();
    if (!body && !attached.files.length) return box().focus();
    const address = [...event.target.elements].find((input) => input.name === "email");
    if (fields.how === "leave" && address && !address.reportValidity()) return;
    if (fields.how === "leave" && !fields.email) fields.how = "wait"; // the message goes out; the next view asks again
    if (fields.how !== "leave") delete fields.email;
    reader.stuck = true;
    outbox.add({ ...fields, body, number: list().dataset.number }, attached.files);
    box().value = "";
    attached.show([]);
    page.draft("");
    id("toasts")?.replaceChildren();
    box().focus();
  }, true);
  document.addEventListener("input", (event) => {
    if (event.target.id !== "body") return;
    page.draft(event.target.value);
    if (list()?.dataset.number) reader.tellTyping(socket, "chat");
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "body" && event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); id("write").requestSubmit(); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-skip]")) { page.skip?.(); document.body.classList.add("skipped"); box()?.focus(); }
    if (event.target.closest("#toasts [data-dismiss]")) id("toasts").replaceChildren();
  });
  document.addEventListener("toggle", (event) => { if (event.target.open && event.target.id === "contact") event.target.scrollIntoView({ block: "nearest" }); }, true);

  return { start, reader };
})();
