// How a chat ends, or goes on: started again, forgotten on the server, kept.
export class Endings {
  constructor(chat, say) {
    Object.assign(this, { chat, say });
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
    const { chat } = this;
    chat.ask(this.say(asked), [this.say("keepIt"), null], [this.say(yes), act]);
    chat.answerable = () => chat.answer();
    chat.notice.querySelector("button").focus();
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
      if (this.undeleted) chat.ask("");
      this.undeleted = false;
      chat.inform(this.say("forgotten"));
    } catch {
      this.undeleted ||= asked;
      if (asked) chat.ask(this.say("forgetFailed"), [chat.words.retry, () => this.deleteDoomed(true)]);
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
    this.chat.unwarn();
    if (!chat.session.includes(".")) return;
    try {
      const session = await client.keep(chat.session);
      if (chat !== memory.chat) return;
      memory.keep({ session });
      if (asked) this.chat.inform(this.say("kept"));
    } catch (failure) {
      if (asked && chat === memory.chat) {
        this.chat.ask(this.say(failure.kind === "ended" ? "lostKeep" : "keepFailed"), [this.chat.words.retry, () => this.keep()]);
      }
    }
  }
}
