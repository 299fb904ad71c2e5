// What a first answer does not need, fetched as soon as the window is open: menu, topics, details, taking away, reading
// aloud, endings.
import { About } from "./about.js";
import { Aloud } from "./aloud.js";
import { closeFromBelow } from "./covered.js";
import { Endings } from "./endings.js";
import { Menu } from "./menu.js";
import strings from "./strings.js";
import style from "./extras.css";
import { Takeaway } from "./takeaway.js";
import { fill } from "./text.js";
import { Topics } from "./topics.js";

export class Extras {
  constructor(chat) {
    this.chat = chat;
    const say = (name, values) => (name in strings ? fill(strings[name], { kept: chat.kept, ...values }) : chat.say(name, values));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    chat.root.adoptedStyleSheets = [...chat.root.adoptedStyleSheets, sheet];
    this.about = new About(chat, say);
    this.topics = new Topics(chat, say);
    this.takeaway = new Takeaway(chat, say, this.about);
    this.aloud = new Aloud(chat, say);
    this.endings = new Endings(chat, say);
    this.menu = new Menu(chat, say, this);
    chat.panel.addEventListener("keydown", (event) => this.key(event), true);
    chat.panel.addEventListener("click", ({ target }) => target.closest("a[href^='tel:']") && (this.calling = true));
    const { signal } = chat.listening;
    document.addEventListener("visibilitychange", () => this.returned(), { signal });
    closeFromBelow(chat.panel, chat.host, signal);
  }

  // Back from a call: whoever was looking at an alarm is again.
  returned() {
    const { chat } = this;
    if (document.hidden || !this.calling || chat.panel.hidden) return;
    this.calling = false;
    chat.view.anchor = null;
    chat.view.place();
    if (chat.focused && !chat.root.activeElement) chat.view.box.focus({ preventScroll: true });
  }

  // Escape ends what is open within the chat before it closes the chat; F6 goes between field and menu; Page Up and Down
  // scroll from the field.
  key(event) {
    const { chat } = this;
    const { key, target, isComposing, keyCode } = event;
    if (isComposing || keyCode === 229) return;
    if (key === "Escape" && (this.menu.close(true) || this.endings.decline())) event.stopPropagation();
    else if (key === "F6") (target === chat.input ? chat.more : chat.input).focus();
    else if (key.startsWith("Page") && target === chat.input && !target.value.includes("\n")) {
      const { box } = chat.view;
      box.scrollBy({ top: box.clientHeight * (key === "PageUp" ? -0.8 : 0.8) });
    } else return;
    event.preventDefault();
  }

  // What of a chat stands outside of it goes with it.
  clear() {
    this.endings.ask("");
    this.takeaway.paper?.remove();
    globalThis.speechSynthesis?.cancel();
  }
}
