// A customer's conversation, in the widget's frame and in the portal: what arrives, what is written, who types, what was seen.
// The page around it says in Talk.start(page) what differs: {base, store, draft(text?), fields(), began(number), open(), news(n)}.
window.Talk = (() => {
  let page = null, thread = null, outbox = null, socket = null, wired = null, of = null, typedAt = 0;
  let typingTimer = 0, seenTimer = 0, stateTimer = 0, stuck = true;
  const id = (name) => document.getElementById(name), list = () => id("messages"), box = () => id("body");
  const attached = new Live.Attachments({ form: () => id("write"), place: () => id("files") });
  const scroller = () => document.querySelector("main#talk") || document.scrollingElement;
  const send = (url, fields) => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...page.fields() })) body.append(name, value);
    return Live.request("POST", url, { body });
  };

  function start(around) {
    page = around;
    outbox = new Live.Outbox({
      list: list(), store: page.store, bubble, fields: page.fields, sent, here: (entry) => entry.number === (list()?.dataset.number ?? ""),
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
    if (of !== messages.dataset.number) attached.files = [];
    of = messages.dataset.number;
    if (box()) { box().value ||= page.draft() || ""; attached.show(); attached.collect(); } // somebody may have begun before this ran
    showSeen();
    toEnd();
    tellSeen();
  }
  const atEnd = () => { const place = scroller(); return place.scrollHeight - place.scrollTop - place.clientHeight < 90; };
  const toEnd = () => { const place = scroller(); place.scrollTop = place.scrollHeight; };
  document.addEventListener("htmx:before:swap", () => { stuck = atEnd(); });
  document.addEventListener("htmx:after:swap", () => {
    if (!page) return;
    wire();
    const messages = list();
    if (!messages) return;
    if (stuck) toEnd();
    showSeen();
    tellSeen();
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
    if (frame.signal === "typing") showTyping(frame.name);
    if (frame.signal === "seen" && frame.by === "employee") showSeen(frame.seq);
    if (frame.content) { clearTyping(); if (id("reach")) loadState(); }
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

  // --- typing and seen
  function showTyping(name) {
    const place = id("typing");
    if (!place) return;
    place.textContent = place.dataset.word.replace("{name}", name);
    if (atEnd()) toEnd();
    clearTimeout(typingTimer);
    typingTimer = setTimeout(clearTyping, 5000);
  }
  function clearTyping() { if (id("typing")) id("typing").textContent = ""; }
  // How far the employees have read; the foot knows it when it was loaded again
  function showSeen(told = 0) {
    const messages = list(), seq = messages.dataset.seen = Math.max(told, +messages.dataset.seen || 0, +id("foot")?.dataset.seen || 0);
    for (const item of messages.querySelectorAll('[data-side="customer"][data-seq]')) if (+item.dataset.seq <= seq) item.dataset.state = "seen";
  }
  function tellSeen() {
    if (!page) return;
    const messages = list(), others = [...(messages?.querySelectorAll('[data-side="staff"][data-seq], [data-side="system"][data-seq]') || [])].map((item) => +item.dataset.seq);
    const read = +messages?.dataset.read || 0, fresh = others.filter((seq) => seq > read);
    if (!messages?.dataset.reading || !fresh.length) return;
    if (document.hidden || !page.open()) return page.news?.([...messages.querySelectorAll('[data-side="staff"][data-seq]')].filter((item) => +item.dataset.seq > read).length);
    if (!seenTimer) seenTimer = setTimeout(async () => {
      seenTimer = 0;
      const newest = Math.max(...fresh);
      const answer = await send(messages.dataset.reading, { seq: newest }).catch(() => null);
      if (answer?.status < 300) { messages.dataset.read = newest; tellSeen(); }
    }, 500);
  }
  addEventListener("focus", tellSeen);
  document.addEventListener("visibilitychange", tellSeen);

  // --- writing
  function bubble(entry) {
    const item = id("bubble").content.firstElementChild.cloneNode(true), names = item.querySelector("[data-names]");
    item.id = `message-${entry.client_id}`;
    item.querySelector(".bubble-text").textContent = entry.body;
    item.querySelector(".bubble").hidden = !entry.body;
    item.querySelector("progress").hidden = names.hidden = !entry.names;
    names.textContent = entry.names || "";
    setTimeout(toEnd);
    return item;
  }
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
    stuck = true;
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
    if (event.target.value && Date.now() - typedAt > 2500 && socket?.readyState === WebSocket.OPEN && list()?.dataset.number) {
      typedAt = Date.now();
      socket.send('{"typing":"chat"}');
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "body" && event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); id("write").requestSubmit(); }
  });
  document.addEventListener("click", (event) => {
    const again = event.target.closest("[data-retry]");
    const idOf = (button) => button.closest("[id^=message-]").id.slice("message-".length), back = event.target.closest("[data-take-back]");
    if (again) outbox.retry(idOf(again));
    if (back && box()) {
      box().value = [outbox.takeBack(idOf(back))?.body, box().value].filter(Boolean).join("\n");
      page.draft(box().value);
      box().focus();
    }
    if (event.target.closest("[data-skip]")) { page.skip?.(); document.body.classList.add("skipped"); box()?.focus(); }
    if (event.target.closest("#toasts [data-dismiss]")) id("toasts").replaceChildren();
  });
  document.addEventListener("toggle", (event) => { if (event.target.open && event.target.id === "contact") event.target.scrollIntoView({ block: "nearest" }); }, true);

  return { start, wire, tellSeen, toEnd };
})();
