// This browser's subscription to what is pushed while no page is open: begun on the preferences page, renewed after signing in again.
(() => {
  const { viewer, session } = document.body.dataset, mark = `push-${viewer}`, kept = Rapport.stored(mark), home = `${Rapport.root}/notifications/devices`;
  const why = () => !isSecureContext ? "insecure" : !navigator.serviceWorker || !window.PushManager ? "missing" : Notification.permission === "denied" ? "denied" : "";
  async function begin() {
    const line = await navigator.serviceWorker.register(`${Rapport.root}/sw.js`).then(() => navigator.serviceWorker.ready), key = await Live.request("GET", `${home}/key`);
    await (await line.pushManager.getSubscription())?.unsubscribe();
    const { endpoint, keys } = (await line.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key.responseText })).toJSON();
    const answer = await Live.request("POST", home, { body: new URLSearchParams({ endpoint, ...keys }) });
    if (answer.status !== 204) throw new Error(answer.status);
    Rapport.stored(mark, session);
  }
  const box = document.getElementById("push"), button = document.getElementById("push-here");
  const show = (state) => { for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state; };
  const lost = `${mark}-lost`, anew = kept && kept !== session && !why() && Notification.permission === "granted"; // signed in again since
  if (anew && Rapport.stored(lost) !== session) begin().then(() => box && location.reload()).catch(() => { Rapport.stored(lost, session); if (button) show("lost"); });
  else if (!anew && box?.dataset.on === "") Rapport.stored(mark, ""); // taken away since
  if (button) { show(why() || (anew && Rapport.stored(lost) === session ? "lost" : "")); button.disabled = !!why(); }
  button?.addEventListener("click", () => Notification.requestPermission().then(begin).then(() => location.reload()).catch(() => show(why() || "failed")));
})();
