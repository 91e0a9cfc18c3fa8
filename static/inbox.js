// The frame's socket: parts of the page that load again, what is not sent yet, sounds, and the number in the title.
(() => {
  const last = new Map(), asked = new Map(), shown = new Map(), PAUSE = 1500, AGAIN = 4000;
  const root = document.documentElement.dataset.preferences.replace(/\/profile\/preferences$/, "");
  let news = 0, first = true, audio = null;
  const title = document.title;

  // Loads the parts named (`data-refresh="list" data-src="…"`) again, each at most every second and a half.
  function refresh(names) {
    for (const part of document.querySelectorAll("[data-refresh]")) if (names.includes("all") || names.includes(part.dataset.refresh)) later(part.id);
  }
  function later(id) {
    const at = last.get(id) || 0, wait = Math.max(0, at + PAUSE - Date.now());
    if (at > Date.now()) return;
    last.set(id, Date.now() + wait);
    setTimeout(() => load(id), wait);
  }
  async function load(id, wanted) {
    const part = document.getElementById(id), turn = (asked.get(id) || 0) + 1;
    const chosen = () => part?.querySelector("details[open], dialog[open]") && setTimeout(load, 1000, id); // what is being chosen in stays
    if (!part || chosen()) return;
    asked.set(id, turn);
    try {
      const answer = await Live.request("GET", part.dataset.src, { headers: { Accept: "text/html", "HX-Request": "true", "HX-Request-Type": "partial" } });
      if (answer.status >= 500) throw new Error(answer.status);
      if (answer.status !== 200 || !part.isConnected || turn < (shown.get(id) || 0) || chosen()) return; // a later answer came first
      shown.set(id, turn);
      if (part.matches("form") && answer.responseText.includes("<form id=\"composer\"")) return keepWriting(part, answer.responseText);
      const fresh = new DOMParser().parseFromString(answer.responseText, "text/html");
      if (!wanted && busy(part)) keepRows(part, fresh);
      await htmx.swap({ sourceElement: part, target: part, swap: "outerMorph", text: fresh.body.innerHTML, transition: false });
    } catch { setTimeout(later, AGAIN, id); }
  }
  // What is being written stays; what is said about it may change
  function keepWriting(form, text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector(".composer-hint"), hint = form.querySelector(".composer-hint");
    if (fresh && hint) hint.replaceWith(fresh);
  }
  // What is under the pointer or holds the focus does not move: a bar says how many would come or rise. What rows say may change.
  const busy = (part) => part.querySelector(".rows-pane")?.matches(":hover, :focus-within");
  const ids = (place) => [...place.querySelectorAll("#rows > li")].map((row) => row.id);
  function keepRows(part, fresh) {
    const rows = part.querySelector(".rows-pane"), kept = rows.cloneNode(true), bar = kept.querySelector("#new-rows"), now = ids(rows), then = ids(fresh);
    if (!now.length || now.join() === then.join()) return;
    const later = (at) => then.slice(at + 1).filter((one) => now.includes(one)), place = (id) => now.indexOf(id);
    const rose = then.filter((id, at) => now.includes(id) ? later(at).some((one) => place(one) < place(id)) : then.length > now.length || later(at).length).length;
    bar.querySelector("span").textContent = rose === 1 ? bar.dataset.one : bar.dataset.many.replace("{n}", rose);
    bar.hidden = !rose;
    for (const row of kept.querySelectorAll("#rows > li")) row.replaceWith(fresh.getElementById(row.id)?.cloneNode(true) || row);
    fresh.querySelector(".rows-pane").replaceWith(kept);
    rows.onpointerleave = () => { rows.onpointerleave = null; load(part.id, true); };
  }
  document.addEventListener("click", (event) => { const bar = event.target.closest("#new-rows"); if (bar) { bar.blur(); load(bar.closest("[data-refresh]").id, true); } });

  // The list stands where it was left when one goes on to the next conversation, or back from one
  const pane = document.querySelector("#list .rows-pane"), src = new URL(document.getElementById("list")?.dataset.src || "", location);
  const which = `${src.pathname} ${src.searchParams.get("after")} `, left = Rapport.stored("list") || "";
  if (pane && left.startsWith(which) && `${location} ${document.referrer}`.includes("/conversations/")) pane.scrollTop = +left.slice(which.length);
  pane?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  addEventListener("pagehide", () => { if (pane?.offsetParent) Rapport.stored("list", which + document.querySelector("#list .rows-pane").scrollTop); });

  // --- what is not sent yet, of all conversations: on every page, so that going elsewhere holds up nothing
  Live.headers = Live.proof;
  Live.renew = Live.renewer(`${root}/session`);
  const outbox = new Live.Outbox({
    list: null, store: Live.store(`outbox-${document.body.dataset.viewer}`), bubble: null,
    url: (entry) => `${root}/conversations/${entry.number}/messages`,
    here(entry) { return !!this.list?.isConnected && this.list.dataset.number === entry.number; },
    changed: () => setTimeout(() => document.dispatchEvent(new CustomEvent("live:unsent", { detail: outbox.store.get().find((entry) => !outbox.here(entry) && (entry.stopped || outbox.tries)) }))),
  });

  // --- a sound made here, so that no file is loaded: two short notes; none for what one wants to be silent, and in quiet hours
  const { silent, quiet } = document.documentElement.dataset, [from, to, timeZone] = quiet.split(" ");
  const clock = () => new Date().toLocaleTimeString("en-GB", { timeZone, timeStyle: "short" });
  const isQuiet = (at) => !!from && (from < to ? from <= at && at < to : at >= from || at < to);
  function ring(notes) {
    if (!Rapport.sound || isQuiet(clock()) || navigator.userActivation?.hasBeenActive === false) return;
    try {
      audio ||= new AudioContext();
      notes.forEach((hertz, at) => {
        const tone = audio.createOscillator(), volume = audio.createGain(), from = audio.currentTime + at * 0.14;
        tone.frequency.value = hertz;
        volume.gain.setValueAtTime(0.12, from);
        volume.gain.exponentialRampToValueAtTime(0.001, from + 0.13);
        tone.connect(volume).connect(audio.destination);
        tone.start(from);
        tone.stop(from + 0.14);
      });
    } catch { /* no sound without a sound card or a first click */ }
  }
  function count() {
    if (!document.hidden || !Rapport.titleBadge) return;
    news += 1;
    document.title = `(${news}) ${title}`;
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { news = 0; document.title = title; } });

  const sounds = { queued: [660, 880], message: [880], assigned: [660, 880], rated: [784, 988], notified: [784, 880], ringing: [880, 660, 880, 660] };
  document.addEventListener("htmx:ws:before:message:incoming", (event) => {
    if (event.target.id !== "live") return;
    let frame;
    try { frame = JSON.parse(event.detail.message.data); } catch { return; }
    if (frame.refresh) refresh(frame.refresh);
    if (sounds[frame.signal]) {
      const open = document.querySelector("#messages")?.dataset.number == frame.number && !document.hidden && frame.signal === "message";
      if (!open) { if (!silent.split(" ").includes(frame.signal)) ring(sounds[frame.signal]); count(); }
    }
  });
  document.addEventListener("htmx:ws:after:connection", (event) => {
    if (event.target.id !== "live") return;
    if (!first) refresh(["all"]);
    else refresh(["list", "tickets"]); // what changed since they were drawn
    first = false;
  });
  document.addEventListener("htmx:ws:close", (event) => { if (event.detail.code === 4003) Live.renew(); });
  Object.assign(window.Rapport, { refresh, outbox, root });
})();
