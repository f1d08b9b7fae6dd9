// Keeps one entry in the browser's history for each visit of a page, and has the page drawn again
// when the connection comes back, since the server may know nothing of it any more.

let tell = null; // sends a trigger to the server
let known = null; // {query, path} of what the server said last
let lost = false; // whether the connection is
let moved = false; // whether the reader went Back or Forward meanwhile

export default function ({ data, setTriggerValue }) {
  if (!tell) begin();
  tell = setTriggerValue;
  const forgotten = data.begins && known?.query && known.path !== data.path && !data.query;
  if (forgotten) return tell("recalled", known.query); // a new session, reached by the navigation
  known = data;
  const url = new URL(location.href);
  if (!url.pathname.endsWith("/" + data.path)) return; // the reader is on another page by now
  const own = [...url.searchParams].filter(([name]) => name.toLowerCase().startsWith("embed"));
  url.search = [data.query, new URLSearchParams(own)].filter(String).join("&"); // Streamlit's own
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

function begin() {
  const push = history.pushState.bind(history);
  history.pushState = (state, title, address) => {
    const within = new URL(address ?? location.href, document.baseURI).pathname === location.pathname;
    if (within) history.replaceState(state, title, address);
    else push(state, title, address);
  };
  window.addEventListener("popstate", () => (moved ||= lost));
  const app = document.querySelector("[data-test-connection-state]");
  if (!app) return;
  const watch = new MutationObserver(() => connection(app.dataset.testConnectionState));
  watch.observe(app, { attributeFilter: ["data-test-connection-state"] });
}

function connection(state) {
  if (state !== "CONNECTED") lost = true;
  else if (lost) {
    lost = false;
    if (moved) location.reload(); // what was asked for without a connection was never drawn
    else tell("reconnected", true);
  }
}
