// The list of messages and which of them is in view: the beginning of the last turn, until a person scrolls elsewhere.
import { element } from "./text.js";

const ABOVE = 8; // pixels above what is brought into view
const NEAR = 2; // pixels by which a position may differ and still be the same

export class View {
  constructor(label, more) {
    this.box = element("div", { class: "log", role: "log", "aria-live": "off", "aria-label": label, tabindex: "0" });
    // A sighted person's sign that there is more; the keyboard scrolls the list itself.
    this.below = element("button", { type: "button", class: "below", tabindex: "-1", title: more, "aria-hidden": "true", hidden: true }, "↓");
    this.below.addEventListener("click", () => this.box.scrollBy({ top: this.box.clientHeight * 0.8 }));
    this.stage = element("div", { class: "stage" }, this.box, this.below);
    this.box.addEventListener("scroll", () => this.scrolled());
    this.watch = new ResizeObserver(() => this.place());
    this.watch.observe(this.box);
  }

  // Brings a turn's first message to the top, or as near as what follows it allows; without one, the beginning.
  reveal(turn) {
    this.turn = turn;
    this.anchor = null;
    this.place();
  }

  place() {
    const { box, turn, anchor } = this;
    if (anchor?.node.isConnected) box.scrollTop = anchor.node.offsetTop - anchor.offset;
    else box.scrollTop = turn?.isConnected ? turn.offsetTop - ABOVE : 0;
    this.placed = box.scrollTop;
    this.width = box.clientWidth;
    this.hint();
  }

  // Whoever scrolls stays where they are, whatever the window's size does. Firefox scrolls by itself when that changes.
  scrolled() {
    const { box } = this;
    if (this.width === box.clientWidth && Math.abs(box.scrollTop - this.placed) > NEAR) {
      const node = [...box.children].find((each) => each.offsetTop + each.offsetHeight > box.scrollTop);
      this.anchor = node && { node, offset: node.offsetTop - box.scrollTop };
      this.placed = box.scrollTop;
    }
    this.hint();
  }

  hint() {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    this.below.hidden = scrollHeight - scrollTop - clientHeight < 24;
  }
}
