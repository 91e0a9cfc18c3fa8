// What is pushed while nobody looks at a page: shows it, and leads to where it happened. Reads and keeps nothing.
const pages = () => clients.matchAll({ type: "window", includeUncontrolled: true }).then((open) => open.filter((page) => page.url.startsWith(registration.scope)));
addEventListener("push", (event) => {
  const { title, ...told } = event.data.json(), show = () => registration.showNotification(title, { ...told, data: told.path, renotify: true });
  event.waitUntil(pages().then((open) => open.some((page) => page.focused) || show())); // who looks at a page sees the bell
});
addEventListener("notificationclick", (event) => {
  const there = new URL(`.${event.notification.data}`, registration.scope).href;
  event.notification.close();
  event.waitUntil(pages().then((open) => open.find((page) => page.url === there)?.focus() || clients.openWindow(there)));
});
