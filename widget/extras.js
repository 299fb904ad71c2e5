// What a first answer does not need, fetched behind it: menu, topics, taking away, reading aloud, endings.
import { Aloud } from "./aloud.js";
import { Endings } from "./endings.js";
import { Menu } from "./menu.js";
import strings from "./strings.js";
import { Takeaway } from "./takeaway.js";
import { fill } from "./text.js";
import { Topics } from "./topics.js";

export class Extras {
  constructor(chat) {
    const say = (name, values) => (name in strings ? fill(strings[name], { kept: chat.kept, ...values }) : chat.say(name, values));
    this.topics = new Topics(chat, say);
    this.takeaway = new Takeaway(chat, say);
    this.aloud = new Aloud(chat, say);
    this.endings = new Endings(chat, say);
    this.menu = new Menu(chat, say, this);
  }

  // What of a chat stands outside of it goes with it.
  clear() {
    this.takeaway.paper?.remove();
    globalThis.speechSynthesis?.cancel();
  }
}
