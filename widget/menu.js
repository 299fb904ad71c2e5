// The chat's menu: what is wanted now and then, with text size and the window's.
import { element } from "./text.js";

const SIZES = [1, 1.25, 1.5, 2];

export class Menu {
  constructor(chat, say, { topics, takeaway, aloud, endings }) {
    Object.assign(this, { chat, say });
    const action = (name, act) => element("button", { type: "button", onclick: () => (chat.menu(false, true), act()) }, say(name));
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
    chat.options.replaceChildren(...all.filter(Boolean));
  }

  toggle() {
    const { options, memory } = this.chat;
    this.wide.textContent = this.say(memory.look.wide ? "narrow" : "wide");
    this.aloud.textContent = this.say(memory.look.aloud ? "silent" : "aloud");
    this.chat.menu(options.hidden);
    if (!options.hidden) options.querySelector("button").focus();
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
