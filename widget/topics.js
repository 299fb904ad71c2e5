// All that can be asked, to choose from.
import { choices } from "./bubbles.js";
import questions from "./questions.js";
import { element } from "./text.js";

export class Topics {
  constructor(chat, say) {
    Object.assign(this, { chat, say, all: questions });
  }

  show() {
    const { chat } = this;
    chat.view.box.querySelectorAll(".topics").forEach((each) => each.remove());
    const said = chat.local(this.say("topicsSaid"));
    const list = choices(this.all, chat.say("suggested"), (choice) => chat.choose(choice));
    const box = element("div", { class: "topics" }, said, list);
    chat.add(box);
    chat.view.reveal(box);
    list.firstChild.focus({ preventScroll: true });
  }
}
