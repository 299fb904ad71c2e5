// What the browser remembers of a chat: this tab only, until it is closed or idle for too long. Works without storage.
import { draw } from "./client.js";

const LEFT_FOR = 60000; // milliseconds for which a shared device's page may be left: after that someone else goes Back
const CLOCK = 60000; // milliseconds by which a clock may be set back without anybody having meant it
const BROKEN_OFF = 1000; // milliseconds between a failure and the end of the page that caused it
const ASKED = 120; // milliseconds in which another tab says that this one is its copy

// at: the last thing that a person did; session: the server's, or a seed of our own; past: what "Forget" still has to
// name on the server; doomed: what was to be forgotten and is not yet; left: when the page was left.
const blank = () => ({
  at: Date.now(), session: draw(), messages: [], draft: "", open: false, unread: 0, left: 0, tab: draw(), past: [], doomed: [],
});

export class Memory {
  // shared: whether the page says, by data-idle, that other people come after this one
  constructor(key, idle, shared) {
    this.key = `rash-guide ${key}`;
    this.idle = idle;
    this.away = shared ? LEFT_FOR : Infinity;
    this.chat = blank();
    this.look = { size: 1, wide: false, aloud: false };
  }

  // Finds what was kept. Returns whether a chat was there that is over.
  async load() {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(this.key));
    } catch {
      // blocked or damaged: the chat lives in memory alone
    }
    const ended = this.take(kept);
    await this.claim(kept);
    return ended;
  }

  take(kept) {
    this.chat = { ...blank(), ...kept, left: 0 };
    Object.assign(this.look, kept?.look);
    // What failed as the page was being left was broken off by that: it is still to be answered.
    for (const message of this.chat.messages) {
      if (message.state === "failed" && kept.left && kept.left - message.since < BROKEN_OFF) message.state = "waiting";
    }
    const ended = !!kept && (this.left <= 0 || (kept.left && Date.now() - kept.left > this.away));
    if (ended) this.end();
    return ended && !!(kept.messages?.length || kept.draft);
  }

  // A duplicated tab, or a window that the page opened, has a copy of the storage, which the first tab keeps for itself.
  async claim(kept) {
    if (!("BroadcastChannel" in window)) return;
    this.channel?.close();
    const channel = (this.channel = new BroadcastChannel(this.key));
    let copied = false;
    channel.onmessage = ({ data }) => {
      if (data.asks === this.chat.tab && data.from !== channel.id) channel.postMessage({ owned: data.asks, to: data.from });
      if (data.owned && data.to === channel.id) copied = true;
    };
    channel.id = draw();
    if (!kept) return;
    channel.postMessage({ asks: this.chat.tab, from: channel.id });
    await new Promise((done) => setTimeout(done, ASKED));
    if (copied) {
      this.chat = blank();
      this.keep();
    }
  }

  // Nothing of the chat stays here; its name does, so that it can still be forgotten on the server.
  end() {
    const { session, messages, past, doomed } = this.chat;
    const named = session.includes(".") ? `${session.split(".")[0]}.` : session;
    this.chat = { ...blank(), past: messages.length ? [...past, named].slice(-99) : past, doomed };
    this.keep();
  }

  // All that the chat, and those before it, are called on the server is to be forgotten.
  doom() {
    this.end();
    const { past, doomed } = this.chat;
    this.keep({ past: [], doomed: [...doomed, ...past].slice(-99) });
  }

  // Keeps changes; only what a person does counts as activity.
  keep(changes = {}, active = false) {
    Object.assign(this.chat, changes, active ? { at: Date.now() } : {});
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ ...this.chat, look: this.look }));
    } catch {
      // blocked or full: the chat lives in memory alone
    }
  }

  // Milliseconds until the chat ends; a clock that was set back ends it.
  get left() {
    const since = Date.now() - this.chat.at;
    return since < -CLOCK ? 0 : this.idle - since;
  }
}
