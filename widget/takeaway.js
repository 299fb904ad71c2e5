// What a person takes away: a message, or the whole chat, copied, printed or saved.
import { element, paragraphs } from "./text.js";

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = element("textarea", { readonly: true, "aria-hidden": "true" });
    field.value = text;
    field.style.cssText = "position:fixed;top:0;opacity:0";
    document.documentElement.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

// The reader's own day, as in 2026-03-04.
function today() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

function saved(text, title, kind = "plain", suffix = "txt") {
  const url = URL.createObjectURL(new Blob([text], { type: `text/${kind};charset=utf-8` }));
  element("a", { href: url, download: `${title.toLowerCase().replace(/\W+/g, "-")}-${today()}.${suffix}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export class Takeaway {
  constructor(chat, say, about) {
    Object.assign(this, { chat, say, about });
  }

  // A message with what it rests on; a note with the day that it was made on.
  one(message) {
    const made = this.say("made", { date: this.date(message.at) });
    const [first, ...rest] = message.text.split("\n");
    return message.takeaway ? [first, made, ...rest].join("\n") : [message.text, ...this.about.facts(message)].join("\n");
  }

  date(at = Date.now(), style = { dateStyle: "long" }) {
    return new Date(at).toLocaleString(this.chat.language, style);
  }

  // The advice stands in each answer and is not told once more, the number is.
  get transcript() {
    const { chat } = this;
    const lines = chat.memory.chat.messages.map((message) => {
      const time = this.date(message.at, { timeStyle: "short" });
      return `${time} ${chat.say(message.who)} ${message.who === "you" ? message.text : this.one(message)}`;
    });
    const help = chat.say("help", chat.settings.emergency);
    return [this.date(Date.now(), { dateStyle: "long", timeStyle: "short" }), help, ...lines].join("\n\n");
  }

  name(message) {
    return message?.takeaway ? message.text.split("\n")[0].replace(/[*:]/g, "").trim() : this.chat.title;
  }

  async copy(message) {
    const back = this.chat.root.activeElement;
    const done = await copied(message ? this.one(message) : `${this.chat.title}\n\n${this.transcript}`);
    back?.focus({ preventScroll: true });
    this.chat.inform(this.say(done ? "copied" : "copyFailed"));
  }

  save(message) {
    saved(message ? this.one(message) : `${this.chat.title}\n\n${this.transcript}`, this.name(message));
    this.chat.inform(this.say("saved"));
  }

  calendar(message) {
    saved(message.calendar, this.say("calendarTitle"), "calendar", "ics");
    this.chat.inform(this.say("saved"));
  }

  // Prints in a frame of its own, so that the page around the chat stays off the paper.
  print(message) {
    this.paper?.remove();
    const { chat } = this;
    const title = this.name(message);
    const back = chat.root.activeElement;
    const frame = (this.paper = element("iframe", { title, "aria-hidden": "true", tabindex: "-1" }));
    frame.style.cssText = "position:fixed;width:0;height:0;border:0;visibility:hidden";
    document.documentElement.append(frame);
    const page = frame.contentDocument;
    page.title = title;
    page.documentElement.lang = chat.language;
    page.documentElement.dir = chat.frame.dir;
    page.body.style.cssText = "font:12pt/1.5 sans-serif;max-width:40em;margin:2em auto";
    const text = message ? this.one(message).split("\n").slice(message.takeaway ? 1 : 0).join("\n") : this.transcript;
    page.body.append(page.adoptNode(element("h1", {}, title)), ...paragraphs(text).map((each) => page.adoptNode(each)));
    frame.contentWindow.addEventListener("afterprint", () => frame.remove());
    frame.contentWindow.print();
    back?.focus({ preventScroll: true });
  }
}
