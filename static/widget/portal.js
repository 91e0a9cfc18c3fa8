// A conversation in the customers' portal: signed in by a cookie, drafts and unsent messages in this browser.
(() => {
  const messages = document.getElementById("messages"), number = messages.dataset.number, prefix = `help:${messages.dataset.base}:`;
  const stored = (key, value) => Rapport.stored(prefix + key, value);
  Live.headers = Live.proof;
  Live.renew = Live.renewer(`${messages.dataset.base}/session`);
  Talk.start({
    base: messages.dataset.base, number, open: () => document.hasFocus(), began: () => location.reload(), fields: () => ({}),
    store: Live.store(`${prefix}unsent`),
    draft: (text) => stored(`draft-${number}`, text),
  });
  document.addEventListener("htmx:after:swap", () => Rapport.tellTimes());
})();
