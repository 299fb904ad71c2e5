// The guide's own page, also as a frame's content. Attributes come by the address, and only where a page that
// WIDGET_ORIGINS allows frames it: a link alone must not be able to put another telephone number on this page.
import { RashGuide } from "./guide.js";

const framed = window.parent !== window;
const wanted = framed ? Object.fromEntries(new URLSearchParams(location.search)) : {};
customElements.define("rash-guide", RashGuide);
const guide = document.createElement("rash-guide");
guide.configure(new URL(".", import.meta.url).href.replace(/\/$/, ""), { mode: "page", ...wanted });
document.body.append(guide);
if (framed) {
  guide.addEventListener("toggle", (event) => parent.postMessage({ rashGuide: event.detail }, "*"));
  addEventListener("message", (event) => {
    if (event.source === parent && event.data?.rashGuide === "open") guide.toggle(true);
  });
}
