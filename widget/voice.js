// What a screen reader is told: each thing once, in order. Two live regions that are there, and empty, before anything
// is told in them; they stand outside the window, so that they also speak while it is closed.
import { element } from "./text.js";

const HEARD = 12000; // milliseconds after which a text is taken away, so that nobody comes upon it again

export class Voice {
  constructor() {
    this.polite = element("div", { class: "hidden", "aria-live": "polite" });
    this.urgent = element("div", { class: "hidden", role: "alert" });
    this.regions = [this.polite, this.urgent];
  }

  // lang: the text's own where it is not the page's
  say(text, { urgent = false, lang } = {}) {
    if (!text) return;
    const told = element("p", { lang }, text);
    (urgent ? this.urgent : this.polite).append(told);
    setTimeout(() => told.remove(), HEARD);
  }

  hush() {
    for (const region of this.regions) region.replaceChildren();
  }
}
