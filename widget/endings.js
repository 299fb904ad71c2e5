// How a chat ends, or goes on: started again, forgotten on the server, kept.
import { element, paragraphs } from "./text.js";

export class Endings {
  constructor(chat, say) {
    Object.assign(this, { chat, say });
    this.notice = element("div", { class: "notice", role: "group", "aria-labelledby": "noticed", hidden: true });
    chat.panel.append(this.notice);
  }

  // A question or a warning of the chat's own, over all that could be mistaken for its answer; "" takes it away.
  ask(text, ...actions) {
    this.asking = this.warned = false;
    this.notice.hidden = !text;
    const button = ([label, act]) => element("button", { type: "button", onclick: () => this.answer(act) }, label);
    this.notice.replaceChildren(
      element("div", { id: "noticed" }, ...paragraphs(text)),
      element("div", { class: "choices" }, ...actions.map(button)),
    );
    if (text) this.chat.voice.say(text, { urgent: true });
  }

  answer(act) {
    const focus = this.notice.contains(this.chat.root.activeElement);
    this.ask("");
    if (focus) this.chat.focus();
    act?.();
  }

  // Escape is the safe answer to a question; whether there was one.
  decline() {
    const { asking } = this;
    if (asking) this.answer();
    return asking;
  }

  // Once, before an idle chat is cleared; not over a question.
  warn() {
    const { chat } = this;
    if (this.warned || this.asking) return;
    this.ask(this.say("ending", { seconds: chat.warning / 1000 }), [this.say("keep"), () => this.keep()]);
    this.warned = true;
  }

  unwarn() {
    if (this.warned) this.ask("");
  }

  askRestart() {
    this.question("restartAsk", "restartYes", () => {
      this.chat.clear();
      this.chat.inform(this.say("restarted"));
    });
  }

  askForget() {
    this.question("forgetAsk", "forgetYes", () => this.forget());
  }

  // Asked before anything goes; the safe answer comes first and is Escape's, too.
  question(asked, yes, act) {
    this.ask(this.say(asked), [this.say("keepIt"), null], [this.say(yes), act]);
    this.asking = true;
    this.notice.querySelector("button").focus();
  }

  // The page at once; the server when an answer that is under way has arrived, as it would be kept behind the deletion.
  async forget() {
    const { chat } = this;
    const { messages, past, doomed } = chat.memory.chat;
    const { sending } = chat;
    this.deleting = true;
    chat.memory.doom();
    chat.clear();
    if (!messages.length && !past.length && !doomed.length) {
      this.deleting = false;
      chat.memory.keep({ doomed: [] });
      chat.inform(this.say("forgottenHere"));
      return;
    }
    chat.inform(this.say("forgetting"));
    await sending;
    await this.deleteDoomed(true);
  }

  // Tells the server to forget what is to be forgotten, until it has.
  async deleteDoomed(asked = false) {
    const { chat } = this;
    const { doomed } = chat.memory.chat;
    if (!doomed.length || (this.deleting && !asked)) return;
    this.deleting = true;
    try {
      await chat.client.forget(doomed);
      chat.memory.keep({ doomed: chat.memory.chat.doomed.filter((each) => !doomed.includes(each)) });
      if (this.undeleted) this.ask("");
      this.undeleted = false;
      chat.inform(this.say("forgotten"));
    } catch {
      this.undeleted ||= asked;
      if (asked) this.ask(this.say("forgetFailed"), [chat.words.retry, () => this.deleteDoomed(true)]);
    } finally {
      this.deleting = false;
    }
  }

  // The server's session too, as it is what ends first. asked: by the person, who is then told.
  async keep(asked = true) {
    const { memory, client } = this.chat;
    const { chat } = memory;
    this.chat.renewed = Date.now();
    memory.keep({}, true);
    this.unwarn();
    if (!chat.session.includes(".")) return;
    try {
      const session = await client.keep(chat.session);
      if (chat !== memory.chat) return;
      memory.keep({ session });
      if (asked) this.chat.inform(this.say("kept"));
    } catch (failure) {
      if (asked && chat === memory.chat) {
        this.ask(this.say(failure.kind === "ended" ? "lostKeep" : "keepFailed"), [this.chat.words.retry, () => this.keep()]);
      }
    }
  }
}
