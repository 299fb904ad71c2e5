// The chat's menu: what is wanted now and then, with text size and the window's.
import { element } from "./text.js";

const SIZES = [1, 1.25, 1.5, 2];

export class Menu {
  constructor(chat, say, { topics, takeaway, aloud, endings }) {
    Object.assign(this, { chat, say });
    const action = (name, act) => element("button", { type: "button", onclick: () => (this.close(true), act()) }, say(name));
    this.wide = action("wide", () => this.widen());
    this.aloud = action("aloud", () => aloud.toggle());
    const all = [
      action("topics", () => topics.show()),
      action("larger", () => this.resize(1)),
      action("smaller", () => this.resize(-1)),
      !chat.page && this.wide,
      "speechSynthesis" in window && this.aloud,
      action("copy", () => takeaway.copy()),
      action("print", () => takeaway.print()),
      action("save", () => takeaway.save()),
      action("restart", () => endings.askRestart()),
      action("forget", () => endings.askForget()),
      chat.policy(),
    ];
    this.box = element("div", { class: "options", id: "options", hidden: true }, ...all);
    chat.more.parentElement.append(this.box);
    // Whoever goes elsewhere, with the keyboard or not, is done with it.
    const within = (node) => this.box.contains(node) || chat.more.contains(node);
    chat.panel.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !within(relatedTarget) && this.close());
    chat.panel.addEventListener("pointerdown", ({ target }) => within(target) || this.close());
  }

  toggle() {
    if (this.close()) return;
    const { look } = this.chat.memory;
    this.wide.textContent = this.say(look.wide ? "narrow" : "wide");
    this.aloud.textContent = this.say(look.aloud ? "silent" : "aloud");
    this.box.hidden = false;
    this.chat.more.setAttribute("aria-expanded", "true");
    this.box.firstChild.focus();
  }

  // Whether it was open.
  close(back = false) {
    if (this.box.hidden) return false;
    this.box.hidden = true;
    this.chat.more.setAttribute("aria-expanded", "false");
    if (back) this.chat.more.focus();
    return true;
  }

  resize(by) {
    const { look } = this.chat.memory;
    look.size = SIZES[Math.min(SIZES.length - 1, Math.max(0, SIZES.indexOf(look.size) + by))];
    this.changed();
    this.chat.inform(this.say("sizeSaid", { percent: look.size * 100 }));
  }

  widen() {
    const { look } = this.chat.memory;
    look.wide = !look.wide;
    this.changed();
  }

  changed() {
    this.chat.memory.keep();
    this.chat.dress();
  }
}
