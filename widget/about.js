// What is known of an answer, and what can be done with it alone.
import { element } from "./text.js";

export class About {
  constructor(chat, say) {
    Object.assign(this, { chat, say });
  }

  // What a message rests on, a text a line.
  facts(message) {
    const { say, chat } = this;
    const date = (day) => new Date(`${day}T12:00`).toLocaleDateString(chat.language, { dateStyle: "long" });
    return [
      message.source && say("source", message),
      message.reviewed && say("reviewed", message),
      message.checked && say("checked", { date: date(message.checked) }),
    ].filter(Boolean);
  }

  // Into the details of its bubble, once.
  fill(details, message) {
    if (details.children.length > 1) return;
    const { chat, say } = this;
    const { takeaway, aloud } = chat.extra;
    const time = message.at && new Date(message.at).toLocaleTimeString(chat.language, { timeStyle: "short" });
    const button = (name, act) => element("button", { type: "button", class: "small", onclick: act }, say(name));
    const made = [
      ...this.facts(message).map((fact) => element("p", {}, fact)),
      time && element("p", {}, say("told", { time })),
      button("copyOne", () => takeaway.copy(message)),
      button("printOne", () => takeaway.print(message)),
      button("saveOne", () => takeaway.save(message)),
      message.calendar && button("calendar", () => takeaway.calendar(message)),
      "speechSynthesis" in window && button("hear", () => aloud.hear([message])),
    ];
    details.append(...made.filter(Boolean));
    chat.view.place();
  }
}
