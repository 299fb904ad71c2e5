// The chat: a window on somebody's page, in a frame, or a page of its own.
import { bubble, choices } from "./bubbles.js";
import { Client, draw } from "./client.js";
import { icon } from "./look.js";
import { Memory } from "./memory.js";
import { calls, clinic } from "./numbers.js";
import settings from "./settings.js";
import strings from "./strings.js";
import style from "./chat.css";
import { element, fill, paragraphs } from "./text.js";
import { View } from "./view.js";
import { Voice } from "./voice.js";

const TYPING_TOLD = 2000; // milliseconds until a wait is told to a screen reader
const WARNING = 120000; // milliseconds before an idle chat is cleared
const SHORTEST = 120000; // milliseconds that a page may set at least for an idle chat (data-idle)
const RENEWED = 300000; // milliseconds after which somebody who types has the session kept
const DELETED_AGAIN = 20000; // milliseconds after which a failed deletion is tried again
const TOLD_FOR = 8000; // milliseconds for which a short word of the chat's own stays
const WEB = /^https?:\/\//i;
const touch = () => matchMedia("(pointer: coarse)").matches;

export class Chat {
  // root: the shadow root, base: the address of the widget's files, wanted: the page's attributes,
  // host: {close, unread(count)}, page: whether it is a page of its own, words: the launcher's, kit: for the extras
  constructor({ root, frame, base, wanted, host, page, words, kit }) {
    Object.assign(this, { root, frame, base, wanted, host, page, words, kit });
    const minutes = parseInt(wanted.idle, 10);
    this.idle = minutes ? Math.min(settings.idle, Math.max(SHORTEST, minutes * 60000)) : settings.idle;
    this.warning = Math.min(WARNING, this.idle / 2);
    this.client = new Client(base, settings.timeout);
    this.memory = new Memory(base, this.idle, minutes > 0);
    this.voice = new Voice();
    this.language = strings.language;
    this.settings = settings;
    this.phone = wanted.phone || settings.clinic;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    this.build();
    this.listening = new AbortController();
    const listen = (target, event, act) => target.addEventListener(event, act, { signal: this.listening.signal });
    this.timers = [setInterval(() => this.watch(), 5000), setInterval(() => this.deleteDoomed(), DELETED_AGAIN)];
    listen(document, "visibilitychange", () => this.watch());
    listen(window, "pagehide", () => this.leave());
    listen(window, "pageshow", (event) => event.persisted && this.comeBack());
    listen(window, "online", () => this.deleteDoomed());
  }

  // Shows what was kept. Returns whether the chat was open.
  async start() {
    const ended = await this.memory.load();
    this.restore(ended);
    return this.memory.chat.open;
  }

  stop() {
    this.listening.abort();
    this.timers.forEach(clearInterval);
    this.memory.channel?.close();
    globalThis.speechSynthesis?.cancel();
  }

  say = (name, values = {}) => fill(strings[name], { kept: this.kept, ...values });

  get kept() {
    return fill(strings[settings.days ? "keptDays" : "keptOn"], settings);
  }

  // --- what is on the screen ---------------------------------------------------------------------

  build() {
    const { say, page, words } = this;
    this.title = this.wanted.title || words.title;
    this.more = element(
      "button",
      {
        type: "button", class: "plain", "aria-label": say("options"), "aria-expanded": "false", "aria-controls": "options",
        onclick: () => this.later((extras) => extras.menu.toggle()),
      },
      icon("more"),
    );
    const closer = element("button", { type: "button", class: "plain", "aria-label": words.close, onclick: () => this.host.close() }, icon("close"));
    this.view = new View(say("history"), say("below"));
    this.dots = element("div", { class: "dots", hidden: true, "aria-hidden": "true" }, ...[1, 2, 3].map(() => element("i")));
    this.view.box.append(this.dots);
    this.status = element("div", { class: "status", "aria-hidden": "true", hidden: true });
    this.view.stage.append(this.status);
    this.input = element("textarea", {
      id: "input", rows: "1", dir: "auto", placeholder: say("placeholder"), autocomplete: "off", "aria-describedby": "counter advice",
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
    });
    this.counter = element("p", { class: "counter", id: "counter", hidden: true });
    this.sender = element("button", { type: "submit", class: "send", "aria-label": say("send") }, icon("send"));
    const form = element(
      "form",
      { onsubmit: (event) => (event.preventDefault(), this.submit()) },
      element("label", { for: "input", class: "hidden" }, say("input")),
      this.input,
      this.sender,
    );
    const link = (name, act) => element("button", { type: "button", onclick: act }, say(name));
    this.line = element(
      "p",
      { class: "emergency" },
      element("strong", {}, words.emergency),
      " ",
      ...calls(settings.emergency, words),
      clinic(this.phone, words),
    );
    this.panel = element(
      page ? "main" : "section",
      { class: "panel", id: "panel", "aria-labelledby": "title", role: page ? undefined : "dialog", hidden: true },
      element(
        "div",
        { class: "head" },
        element("div", { class: "name" }, element(page ? "h1" : "h2", { id: "title" }, this.title), element("p", {}, say("subtitle"))),
        this.more,
        (!page || this.wanted.frame) && closer,
      ),
      this.line,
      this.view.stage,
      element(
        "div",
        { class: "foot" },
        form,
        this.counter,
        element("p", { class: "advice", id: "advice", lang: "en" }, settings.advice),
        element("div", { class: "links" }, link("topics", () => this.later((extras) => extras.topics.show())),
          link("forget", () => this.later((extras) => extras.endings.askForget())),
          this.policy()),
      ),
    );
    this.panel.addEventListener("keydown", ({ key }) => key === "Escape" && this.host.close());
    this.frame.append(this.panel, ...this.voice.regions);
  }

  show(open) {
    this.panel.hidden = !open;
    this.voice.hush();
    this.memory.keep(open ? { open, unread: 0 } : { open });
    this.host.unread(this.memory.chat.unread);
    if (open) {
      this.extras().catch(() => {}); // so that it is there when the server is not
      this.fit();
      this.view.place();
    } else this.extra?.menu.close();
  }

  // The page's own statement on privacy, where it names one.
  policy() {
    const { privacy = "" } = this.wanted;
    return WEB.test(privacy) && element("a", { href: privacy, target: "_blank", rel: "noopener" }, this.say("privacy"));
  }

  // Where to write, but on a touch screen, where that would bring up the keyboard: there the messages.
  focus() {
    (touch() ? this.view.box : this.input).focus({ preventScroll: true });
  }

  get focused() {
    return !!this.root.activeElement || !document.activeElement || document.activeElement === document.body;
  }

  opened(question) {
    this.focus();
    if (question && !this.input.value) {
      this.input.value = question;
      this.typed();
    }
    if (!this.memory.chat.messages.length && !this.greeted) this.voice.say(this.greeting);
    this.greeted = true;
  }

  modal(on) {
    if (on) this.panel.setAttribute("aria-modal", "true");
    else this.panel.removeAttribute("aria-modal");
  }

  dress() {
    const { size, wide } = this.memory.look;
    this.frame.style.setProperty("--size", size);
    this.frame.classList.toggle("wide", wide);
    this.fit();
    this.view.place();
  }

  key(event) {
    // Safari ends a composed word with an Enter of its own, after the composition.
    if (event.isComposing || event.keyCode === 229) return event.stopPropagation();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    }
  }

  // A short word of the chat's own, over the messages so that nothing moves; it is also spoken.
  inform(text) {
    this.status.textContent = text;
    this.status.hidden = !text;
    this.voice.say(text);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => (this.status.hidden = true), TOLD_FOR);
  }

  // --- the list of messages ----------------------------------------------------------------------

  get greeting() {
    return settings.off || fill(strings.welcome.join("\n"), { kept: this.kept, minutes: this.idle / 60000 });
  }

  add(...nodes) {
    this.dots.before(...nodes);
  }

  // Messages into the list, each with its own choices where they can still be chosen.
  put(message, offered = []) {
    const made = bubble(message, this);
    this.add(made);
    if (offered.length) this.add(choices(offered, this.say("choices"), (choice) => this.choose(choice)));
    return made;
  }

  restore(ended) {
    const { chat } = this.memory;
    this.view.box.replaceChildren(this.dots);
    this.view.turn = null;
    this.put({ who: "guide", text: this.greeting, local: true });
    if (ended) this.view.reveal(this.local(this.say("ended")));
    else this.view.reveal(null);
    const last = chat.messages.findLastIndex(({ who }) => who === "you");
    let first = null;
    chat.messages.forEach((message, place) => {
      const made = this.put(message, place > last ? message.buttons : []);
      if (message.state) this.mark(message, made);
      if (place === last || place === last + 1) first = made;
    });
    if (!chat.messages.length) this.suggest();
    if (first) this.view.reveal(first);
    this.input.value = chat.draft;
    this.typed(false);
    this.stand();
    this.dress();
    this.host.unread(chat.unread);
    const asked = chat.messages.find(({ state }) => state === "waiting");
    if (asked) this.send(asked); // a known message is not answered twice
    this.deleteDoomed();
  }

  async suggest() {
    const wanted = (this.wanted.topics || "").split(/[\s,]+/).filter(Boolean);
    const all = wanted.length ? (await this.extras()).topics.all : [];
    const known = wanted.flatMap((each) => all.filter(({ choice }) => choice === each));
    if (this.memory.chat.messages.length) return;
    const offered = known.length ? known : settings.suggestions;
    this.add(choices(offered, this.say("suggested"), (choice) => this.choose(choice)));
    this.view.place();
  }

  // A word of the chat's own among the messages; it is not kept.
  local(text) {
    return this.put({ who: "guide", text, local: true });
  }

  // Whether the last turn holds an alarm: then the emergency line stands out, and stays in view, until that is settled.
  stand() {
    const { messages } = this.memory.chat;
    const since = messages.findLastIndex(({ who }) => who === "you");
    const alert = messages.slice(since).find((message) => message.alert)?.alert;
    this.line.classList.toggle("standing", !!alert);
    this.line.querySelectorAll(".crisis").forEach((each) => each.remove());
    if (alert === "crisis") {
      const links = calls(settings.crisis, this.words);
      links.forEach((each) => each.classList.add("crisis"));
      this.line.querySelector("strong").after(" ", ...links);
    }
    return alert;
  }

  // How a message of the person's own fared, and what can be done about it, beside it.
  mark(message, made) {
    made.classList.toggle("failed", message.state === "failed");
    made.nextElementSibling?.matches(".failure") && made.nextElementSibling.remove();
    if (message.state !== "failed") return;
    const told = [this.say(message.why), this.say("help", settings.emergency), settings.advice].join("\n");
    made.after(
      element(
        "div",
        { class: "failure" },
        element("p", {}, element("strong", {}, this.say("failed"))),
        ...paragraphs(told, settings.advice),
        element(
          "div",
          { class: "choices" },
          element("button", { type: "button", onclick: () => this.again(message) }, this.words.retry),
          clinic(this.phone, this.words),
        ),
      ),
    );
  }

  made(message) {
    const mine = this.memory.chat.messages.filter(({ who }) => who === "you");
    return this.view.box.querySelectorAll(".you")[mine.indexOf(message)];
  }

  // --- the conversation --------------------------------------------------------------------------

  typed(active = true) {
    this.fit();
    const count = [...this.input.value.trim()].length;
    const left = settings.limit - count;
    this.counter.hidden = left > settings.limit / 10;
    this.counter.textContent = this.counter.hidden ? "" : left < 0 ? this.say("over", { count: -left }) : this.say("left", { count: left });
    this.input.setAttribute("aria-invalid", String(left < 0));
    // A screen reader hears of it a few times only.
    const step = left < 0 ? -1 : Math.floor(left / 50);
    if (active && !this.counter.hidden && step !== this.step) this.voice.say(this.counter.textContent);
    this.step = step;
    if (!active) return;
    this.memory.keep({ draft: this.input.value }, true);
    this.extra?.endings.unwarn();
    if (Date.now() - (this.renewed || this.memory.chat.at) > RENEWED) this.later((extras) => extras.endings.keep(false));
  }

  // As high as its text, with the border; a hidden one has no height to tell.
  fit() {
    const { input } = this;
    input.style.height = "auto";
    if (input.offsetHeight) input.style.height = `${Math.min(input.scrollHeight + input.offsetHeight - input.clientHeight, 140)}px`;
  }

  submit() {
    const text = this.input.value.trim();
    if (!text || [...text].length > settings.limit) return;
    if (this.waiting) {
      this.inform(this.say("wait"));
      return;
    }
    this.input.value = "";
    this.typed(false);
    this.memory.keep({ draft: "" });
    this.begin({ text });
  }

  // A pressed button: {title} with the payload of a reply, or the choice of a subject.
  choose({ title, payload, choice }) {
    if (this.waiting) {
      this.inform(this.say("wait"));
      return;
    }
    this.focus();
    this.voice.say(this.say("chose", { text: title }));
    this.begin({ text: title, payload, choice });
  }

  begin(said) {
    const message = { who: "you", id: draw(), at: Date.now(), state: "waiting", ...said };
    this.memory.chat.messages.push(message);
    // A screen reader that has just moved its focus off a button must not find it gone in the same moment.
    const old = [...this.view.box.querySelectorAll(":scope > .choices, .topics")];
    for (const each of old) each.inert = true;
    setTimeout(() => {
      for (const each of old) each.remove();
      this.view.place();
    }, 150);
    this.view.reveal(this.put(message));
    this.send(message);
  }

  // Again, where the conversation stands now: what failed is said after all that was said since.
  again(message) {
    if (this.waiting) {
      this.inform(this.say("wait"));
      return;
    }
    const { messages } = this.memory.chat;
    const made = this.made(message);
    message.state = "waiting";
    this.mark(message, made);
    messages.push(...messages.splice(messages.indexOf(message), 1));
    this.add(made);
    this.focus();
    this.view.reveal(made);
    this.send(message);
  }

  async send(message) {
    const { chat } = this.memory;
    const { id, choice, payload, text } = message;
    this.wait(true);
    this.extra?.endings.unwarn();
    this.memory.keep({}, true);
    this.sending = (async () => {
      try {
        let reply;
        try {
          reply = await this.client.say(chat.session, choice ? { id, choice } : { id, message: payload || text });
        } catch (failure) {
          if (failure.kind !== "ended") throw failure;
          // A button is signed for the chat that it came from, so its words go instead.
          if (chat === this.memory.chat) this.begunAnew();
          reply = await this.client.say(chat.session, choice ? { id, choice } : { id, message: text });
        }
        if (chat === this.memory.chat) this.answered(message, reply);
      } catch (failure) {
        if (chat === this.memory.chat) this.fail(message, failure.kind || "error");
      } finally {
        if (chat === this.memory.chat) this.wait(false);
      }
    })();
    await this.sending;
  }

  // The server no longer knows the chat, which can still be forgotten there.
  begunAnew() {
    const { session, past } = this.memory.chat;
    this.memory.keep({ session: draw(), past: [...past, `${session.split(".")[0]}.`] });
    this.local(this.say("lost"));
    this.voice.say(this.say("lost"));
  }

  answered(message, { session, messages }) {
    const { chat } = this.memory;
    message.state = "";
    this.mark(message, this.made(message));
    this.renewed = Date.now();
    const told = messages.map((each) => ({ who: "guide", at: Date.now(), ...each }));
    const made = told.map((each) => this.put(each, each.buttons));
    chat.messages.push(...told);
    const unread = this.panel.hidden ? chat.unread + told.length : 0;
    this.memory.keep({ session, unread });
    this.wait(false);
    const alert = this.stand();
    this.view.reveal(made[0]);
    this.tell(told, alert);
    this.host.unread(unread);
    if (!this.panel.hidden && this.focused && !this.root.activeElement) this.focus();
    if (this.memory.look.aloud) this.later((extras) => extras.aloud.hear(told));
  }

  // A turn is one thing to hear: its messages in order, then what there is to choose from.
  tell(told, alert) {
    if (this.panel.hidden) {
      this.voice.say(fill(this.words.answered, { count: this.memory.chat.unread }), { urgent: !!alert });
      if (!alert) return;
    }
    const names = told.flatMap(({ buttons = [] }) => buttons.map(({ title }) => title));
    const texts = told.map(({ text }) => text);
    const offered = names.length ? [this.say("offered", { count: names.length, names: names.join(", ") })] : [];
    const { lang } = told.find((each) => each.lang) || {};
    this.voice.say([this.say("guide"), ...texts, ...offered].join(" "), { urgent: !!alert, lang });
  }

  fail(message, kind) {
    Object.assign(message, { state: "failed", why: strings[kind] ? kind : "error", since: Date.now() });
    const made = this.made(message);
    this.mark(message, made);
    this.memory.keep();
    this.wait(false);
    this.view.reveal(made.nextElementSibling);
    this.voice.say(`${this.say("failed")} ${this.say(message.why)} ${this.say("help", settings.emergency)} ${settings.advice}`, { urgent: true });
  }

  wait(on) {
    this.waiting = on;
    this.dots.hidden = !on;
    this.sender.setAttribute("aria-disabled", String(on));
    clearTimeout(this.slow);
    if (on) this.slow = setTimeout(() => this.inform(this.say("typing")), TYPING_TOLD);
    else this.status.hidden = true;
    this.view.hint();
  }

  // --- endings -----------------------------------------------------------------------------------

  // Empties the page. What was said can still be named to the server, and is, once somebody wants it forgotten.
  clear(ended) {
    const open = this.page || !this.panel.hidden;
    this.memory.end();
    this.memory.keep({ open });
    this.renewed = 0;
    this.wait(false);
    this.voice.hush();
    this.extra?.clear();
    this.restore(ended);
  }

  watch() {
    const { chat, left } = this.memory;
    if (!chat.messages.length && !chat.draft) return;
    if (left <= 0) {
      this.clear(true);
      this.voice.say(this.say("ended"));
    } else if (left <= this.warning) this.extras().then((extras) => extras.endings.warn(), () => {});
  }

  // A page in the browser's cache shows nothing at first when somebody goes back to it.
  leave() {
    this.memory.keep({ left: Date.now() });
    this.frame.style.visibility = "hidden";
  }

  async comeBack() {
    const ended = await this.memory.load();
    this.restore(ended);
    this.frame.style.visibility = "";
  }

  // --- what is seldom needed, fetched when it is ---------------------------------------------------

  async extras() {
    const { make } = await import(`${this.base}/${settings.extras}`);
    this.extra ||= new (make(this.kit))(this);
    return this.extra;
  }

  async later(act) {
    try {
      await act(await this.extras());
    } catch {
      this.inform(this.say("error"));
    }
  }

  deleteDoomed() {
    if (this.memory.chat.doomed.length) this.later((extras) => extras.endings.deleteDoomed());
  }
}
