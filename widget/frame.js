// The guide in a frame of its own origin, where the page's scripts can't read the chat. To the loader it is what a chat is.
import { closeFromBelow } from "./covered.js";
import style from "./frame.css";
import { element } from "./text.js";

export class Frame {
  constructor({ root, frame, base, wanted, host, words }) {
    const { mode, position, offset, ...rest } = wanted;
    this.host = host;
    this.origin = new URL(base).origin;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    this.inner = element("iframe", {
      src: `${base}/?${new URLSearchParams({ ...rest, frame: "1" })}`,
      title: wanted.title || words.title,
      allow: "clipboard-write",
      class: "inner",
      hidden: true,
    });
    frame.append(this.inner);
    this.listening = new AbortController();
    const { signal } = this.listening;
    addEventListener("message", (event) => this.told(event), { signal });
    closeFromBelow(this.inner, host, signal);
  }

  // When the chat in it is ready: whether it was open.
  start() {
    return new Promise((done) => (this.ready = done));
  }

  told({ source, origin, data }) {
    if (source !== this.inner.contentWindow || origin !== this.origin) return;
    if (data?.rashGuide === "ready") this.ready(data.open);
    if (data?.rashGuide === "close") this.host.close();
    if (data?.rashGuide === "unread") this.host.unread(data.count);
  }

  post(message) {
    this.inner.contentWindow?.postMessage(message, this.origin);
  }

  show(open) {
    this.inner.hidden = !open;
    this.post({ rashGuide: "show", open });
  }

  opened(question) {
    this.inner.focus();
    this.post({ rashGuide: "opened", question });
  }

  // Filling or not, it is a window of its own.
  modal() {}

  stop() {
    this.listening.abort();
    this.inner.remove();
  }
}
