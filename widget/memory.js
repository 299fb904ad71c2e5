// What the browser remembers of a chat: this tab only, until it is closed or idle for too long. Works without storage.
export class Memory {
  constructor(key, idle) {
    this.key = `rash-guide ${key}`;
    this.idle = idle;
    this.clear(false);
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key));
      if (kept && Date.now() - kept.at < idle) this.chat = { ...this.chat, ...kept };
      else sessionStorage.removeItem(this.key);
    } catch {
      // blocked or damaged: the chat lives in memory alone
    }
  }

  clear(stored = true) {
    this.chat = { at: Date.now(), session: "", messages: [], draft: "", failed: null, open: false, unread: 0 };
    if (stored) {
      try {
        sessionStorage.removeItem(this.key);
      } catch {
        // blocked: nothing is stored
      }
    }
  }

  // Keeps changes; only what a person does counts as activity.
  keep(changes, active = false) {
    Object.assign(this.chat, changes, active ? { at: Date.now() } : {});
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.chat));
    } catch {
      // blocked or full: the chat lives in memory alone
    }
  }

  get left() {
    return this.chat.at + this.idle - Date.now();
  }
}
