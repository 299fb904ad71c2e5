// <rash-guide>: the launcher and the chat.
import settings from "./settings.js";
import { Client } from "./client.js";
import { Memory } from "./memory.js";
import { copy, print, save } from "./takeaway.js";
import { element, paragraphs } from "./text.js";

const TYPING_TOLD = 2000; // milliseconds until a wait is told to a screen reader
const WARNING = 120000; // milliseconds before an idle chat is cleared
const COLOUR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;
const ICONS = {
  chat: "M4 4h16v12H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M12 19V5M6 11l6-6 6 6",
};

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true", class: `icon-${name}` })) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

// Whether black is easier to read on a colour than white (WCAG 2.2, relative luminance).
function bright(colour) {
  const digits = colour.length === 4 ? colour.replace(/[^#]/g, "$&$&") : colour;
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(digits.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18;
}

export class RashGuide extends HTMLElement {
  // base: the address of the widget's files; wanted: lang, position, title, accent, phone, theme, mode
  configure(base, wanted) {
    this.base = base;
    this.wanted = wanted;
    this.client = new Client(base, settings.timeout);
    this.memory = new Memory(base, settings.idle);
  }

  async connectedCallback() {
    if (this.shadowRoot) return;
    const { wanted } = this;
    const asked = (wanted.lang || "").toLowerCase().split("-")[0];
    this.language = settings.languages.includes(asked) ? asked : "en";
    const [strings, style] = await Promise.all([
      import(`./strings/${this.language}.js`),
      fetch(`${this.base}/widget.css`, { credentials: "omit" }).then((reply) => reply.text()),
    ]);
    this.strings = strings.default;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.page = wanted.mode === "page";
    this.build(root);
    this.theme();
    this.restore();
    setInterval(() => this.watch(), 5000);
    document.addEventListener("visibilitychange", () => this.watch());
    addEventListener("offline", () => this.tell(this.strings.offline));
    addEventListener("online", () => this.memory.chat.failed || this.tell(""));
  }

  say(name, values = {}) {
    return fill(this.strings[name], values);
  }

  // --- what is on the screen ---------------------------------------------------------------------

  build(root) {
    const say = (name, values) => this.say(name, values);
    const title = this.wanted.title || say("title");
    this.title = title;

    this.launcher = element(
      "button",
      { type: "button", class: "launcher", "aria-expanded": "false", onclick: () => this.toggle(true) },
      icon("chat"),
      element("span", { class: "launch" }, say("launch")),
      (this.badge = element("span", { class: "badge", "aria-hidden": "true", hidden: true })),
    );
    const action = (name, act) =>
      element("button", { type: "button", onclick: () => (this.menu(false), act()) }, say(name));
    this.options = element(
      "div",
      { class: "options", id: "options", hidden: true },
      action("copy", () => this.copyText(this.transcript())),
      action("print", () => print(title, this.transcript(), this.reading)),
      action("save", () => this.saveText(this.transcript())),
      action("restart", () => this.restart(say("restarted"))),
      action("forget", () => this.askForget()),
    );
    this.more = element(
      "button",
      {
        type: "button",
        class: "plain",
        "aria-label": say("options"),
        "aria-expanded": "false",
        "aria-controls": "options",
        onclick: () => this.menu(this.options.hidden),
      },
      icon("more"),
    );
    const closer = element(
      "button",
      { type: "button", class: "plain", "aria-label": say("close"), onclick: () => this.toggle(false) },
      icon("close"),
    );
    this.log = element("div", { class: "log", role: "log", "aria-live": "off", "aria-label": say("history"), tabindex: "0" });
    this.spoken = element("div", { class: "hidden", "aria-live": "polite" });
    this.status = element("div", { class: "status", role: "status" });
    this.dots = element("div", { class: "dots", hidden: true, "aria-hidden": "true" }, ...[1, 2, 3].map(() => element("i")));
    this.alert = element("div", { class: "alert", role: "alert" });
    this.alertActions = element("div", { class: "choices" });
    this.choices = element("div", { class: "choices", role: "group", "aria-label": say("choices") });
    this.input = element("textarea", {
      id: "input",
      rows: "1",
      placeholder: say("placeholder"),
      autocomplete: "off",
      "aria-describedby": "advice",
      oninput: () => this.typed(),
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          this.submit();
        }
      },
    });
    this.counter = element("span", { class: "counter", hidden: true });
    this.sender = element("button", { type: "submit", class: "send", "aria-label": say("send") }, icon("send"));
    const form = element(
      "form",
      { onsubmit: (event) => (event.preventDefault(), this.submit()) },
      element("label", { for: "input", class: "hidden" }, say("input")),
      this.input,
      this.sender,
    );
    const phone = this.wanted.phone || settings.clinic;
    this.panel = element(
      this.page ? "main" : "section",
      { class: "panel", id: "panel", "aria-labelledby": "title", hidden: true },
      element(
        "div",
        { class: "head" },
        element("div", { class: "name" }, element(this.page ? "h1" : "h2", { id: "title" }, title), element("p", {}, say("subtitle"))),
        this.more,
        !this.page && closer,
        this.options,
      ),
      element("p", { class: "emergency" }, element("strong", {}, say("emergency")), " ", ...this.calls(settings.emergency),
        phone && element("a", { class: "clinic", href: `tel:${phone.replace(/[^+\d]/g, "")}` }, say("clinic"))),
      this.log,
      this.spoken,
      element("div", { class: "foot" }, this.dots, this.status, this.alert, this.alertActions, this.choices, form, this.counter,
        element("p", { class: "advice", id: "advice", lang: "en" }, settings.advice)),
    );
    if (!this.page) this.panel.setAttribute("role", "dialog");
    this.frame = element(
      "div",
      { class: "frame", lang: this.language, dir: this.wanted.dir || this.strings.dir },
      !this.page && this.launcher,
      this.panel,
    );
    this.frame.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (!this.options.hidden) this.menu(false, true);
      else if (!this.page) this.toggle(false);
    });
    this.frame.classList.add(this.page ? "page" : this.wanted.position === "left" ? "left" : "right");
    const { accent = "" } = this.wanted;
    if (COLOUR.test(accent)) {
      this.frame.style.setProperty("--accent", accent);
      this.frame.style.setProperty("--on-accent", bright(accent) ? "#000" : "#fff");
    }
    root.append(this.frame);
  }

  get reading() {
    return { lang: this.language, dir: this.frame.dir };
  }

  calls({ said, calls }) {
    if (!calls.length) return [element("span", {}, this.say("callSaid", { said }))];
    return calls.map(({ label, href }) => element("a", { href, class: "call" }, this.say("call", { number: label })));
  }

  theme() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const set = () => {
      const { theme } = this.wanted;
      this.frame.dataset.theme = theme === "dark" || theme === "light" ? theme : dark.matches ? "dark" : "light";
    };
    dark.addEventListener("change", set);
    set();
  }

  toggle(open, focus = true) {
    if (!this.panel || open === !this.panel.hidden) return;
    this.panel.hidden = !open;
    this.launcher.hidden = open;
    this.launcher.setAttribute("aria-expanded", String(open));
    this.memory.keep(open ? { open, unread: 0 } : { open });
    this.unread();
    this.modal(open && !this.page && matchMedia("(max-width: 30em)").matches);
    this.dispatchEvent(new CustomEvent("toggle", { detail: open ? "open" : "closed" }));
    if (open) {
      if (focus) this.input.focus();
      this.log.scrollTop = this.memory.chat.messages.length ? this.log.scrollHeight : 0;
    } else {
      this.menu(false);
      this.launcher.focus();
    }
  }

  // On a phone the chat fills the screen; the page behind it is out of reach until it is closed.
  modal(on) {
    this.panel.toggleAttribute("aria-modal", on);
    if (on) this.panel.setAttribute("aria-modal", "true");
    for (const each of this.behind || []) each.inert = false;
    this.behind = on ? [...document.body.children].filter((each) => each !== this && !each.inert) : [];
    for (const each of this.behind) each.inert = true;
  }

  menu(open, back = false) {
    this.options.hidden = !open;
    this.more.setAttribute("aria-expanded", String(open));
    if (open) this.options.firstChild.focus();
    else if (back) this.more.focus();
  }

  unread() {
    const { unread: count } = this.memory.chat;
    this.badge.hidden = !count;
    this.badge.textContent = count || "";
    // Before the words that are seen stands nothing, so that a person can say them to open it.
    this.launcher.setAttribute("aria-label", `${this.say("launch")}. ${this.say(count ? "openUnread" : "open", { count })}`);
  }

  // One message into the history; a reply is also spoken unless it is only restored.
  show(message, spoken = true) {
    const mine = message.who === "you";
    const speaker = this.say(mine ? "you" : "guide");
    const body = mine ? [element("p", {}, message.text)] : paragraphs(message.text);
    const bubble = element(
      "div",
      { class: `message ${mine ? "you" : "guide"}`, dir: "auto", lang: message.local ? undefined : "en" },
      element("span", { class: "hidden" }, `${speaker} `),
      ...body,
    );
    if (message.alert) {
      bubble.classList.add("alarm");
      const numbers = message.alert === "crisis" ? [settings.crisis, settings.emergency] : [settings.emergency];
      bubble.append(element("p", { class: "calls" }, ...numbers.flatMap((each) => this.calls(each))));
    }
    if (message.calls) bubble.append(element("p", { class: "calls" }, ...this.calls(message)));
    if (!mine && !message.local) bubble.append(this.about(message));
    this.log.append(bubble);
    this.log.scrollTop = mine ? this.log.scrollHeight : Math.max(0, bubble.offsetTop - 40);
    if (!mine && spoken) {
      this.spoken.append(element("p", {}, `${speaker} ${message.text}`));
      clearTimeout(this.silence);
      this.silence = setTimeout(() => this.spoken.replaceChildren(), 15000);
    }
    return bubble;
  }

  about(message) {
    const facts = [];
    if (message.source) facts.push(this.say("source", message));
    if (message.reviewed) facts.push(this.say("reviewed", message));
    if (message.checked) {
      const date = new Date(`${message.checked}T12:00`).toLocaleDateString(this.language, { dateStyle: "long" });
      facts.push(this.say("checked", { date }));
    }
    const act = (name, run) => element("button", { type: "button", class: "small", onclick: run }, this.say(name));
    return element(
      "details",
      { open: message.takeaway || !!message.calendar, ontoggle: (event) => event.target.open && event.target.lastChild.scrollIntoView({ block: "nearest" }) },
      element("summary", {}, this.say(message.takeaway || message.calendar ? "note" : facts.length ? "about" : "aboutPlain")),
      ...facts.map((fact) => element("p", {}, fact)),
      act("copyOne", () => this.copyText(message.text)),
      act("printOne", () => print(this.title, [message.text, ...facts].join("\n"), this.reading)),
      act("saveOne", () => this.saveText(message.text)),
      message.calendar && act("calendar", () => save(message.calendar, this.say("calendarTitle"), "calendar", "ics")),
    );
  }

  offer(choices) {
    this.choices.replaceChildren(
      ...choices.map((choice) =>
        element("button", { type: "button", onclick: () => this.send({ ...choice, text: choice.title }) }, choice.title),
      ),
    );
    this.choices.hidden = !choices.length;
  }

  // A problem or a question of the page's own, with buttons; "" takes it away.
  tell(text, ...actions) {
    this.alert.replaceChildren(...(text ? paragraphs(text) : []));
    this.alertActions.replaceChildren(
      ...actions.map(([name, act]) => element("button", { type: "button", onclick: act }, this.say(name))),
    );
  }

  inform(text) {
    this.status.textContent = text;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => (this.status.textContent = ""), 8000);
  }

  // --- the conversation --------------------------------------------------------------------------

  welcome() {
    const kept = this.say(settings.days ? "keptDays" : "keptOn", settings);
    this.show({ who: "guide", text: settings.off || fill(this.strings.welcome.join("\n"), { kept }), local: true }, false);
    this.log.scrollTop = 0;
  }

  restore() {
    const { chat } = this.memory;
    this.welcome();
    for (const message of chat.messages) this.show(message, false);
    this.offer(chat.messages.length ? chat.messages.at(-1).choices || [] : settings.suggestions);
    this.input.value = chat.draft;
    this.typed(false);
    this.unread();
    if (chat.failed) this.fail(chat.failed, "error");
    if (this.page || chat.open) this.toggle(true, false);
  }

  typed(active = true) {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 140)}px`;
    const left = settings.limit - [...this.input.value.trim()].length;
    this.counter.hidden = left > settings.limit / 10;
    this.counter.textContent = left < 0 ? this.say("over", { count: -left }) : this.say("left", { count: left });
    this.input.setAttribute("aria-invalid", String(left < 0));
    // Told at a few points only, so that typing is not talked over.
    const told = left < 0 ? "over" : left <= 20 ? 20 : left <= 100 ? 100 : "";
    if (told !== this.told && told) this.inform(this.counter.textContent);
    this.told = told;
    if (active) this.memory.keep({ draft: this.input.value }, true);
    return left;
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return this.input.focus();
    if (this.typed() < 0) return this.inform(this.counter.textContent);
    if (this.waiting) return undefined;
    this.input.value = "";
    this.typed();
    return this.send({ text });
  }

  // said: {text} that was typed, or with it the payload of a button or the choice of a suggested question
  async send(said) {
    if (this.waiting) return;
    this.bubble = this.show({ who: "you", text: said.text });
    this.memory.chat.messages.push({ who: "you", text: said.text });
    this.offer([]);
    this.memory.keep({}, true);
    await this.ask(said);
  }

  async ask(said) {
    const { chat } = this.memory;
    this.tell("");
    this.wait(true);
    this.memory.keep({ failed: said }, true); // until it is answered: a page that is left midway can try again
    const body = said.choice ? { choice: said.choice } : { message: said.payload || said.text };
    try {
      let reply;
      try {
        reply = await this.client.say(chat.session, body);
      } catch (failure) {
        if (failure.kind !== "ended") throw failure;
        // A button is signed for the chat that it came from, so its words go instead.
        reply = await this.client.say("", said.choice ? body : { message: said.text });
        if (chat === this.memory.chat) this.local(this.say("lost"));
      }
      if (chat === this.memory.chat) this.answered(reply);
    } catch (failure) {
      if (chat === this.memory.chat) this.fail(said, failure.kind || "error");
    } finally {
      if (chat === this.memory.chat) this.wait(false);
    }
  }

  answered({ session, messages }) {
    const { chat } = this.memory;
    this.bubble?.classList.remove("failed");
    for (const { buttons, ...message } of messages) {
      const told = { who: "guide", ...message, choices: buttons };
      chat.messages.push(told);
      this.show(told);
    }
    const choices = messages.flatMap((message) => message.buttons || []);
    chat.messages.at(-1).choices = choices;
    const unread = this.panel.hidden ? chat.unread + messages.length : 0;
    this.memory.keep({ session, failed: null, unread });
    this.offer(choices);
    this.unread();
    if (!this.panel.hidden && this.shadowRoot.activeElement === null) this.input.focus();
  }

  local(text) {
    this.show({ who: "guide", text, local: true });
    this.memory.chat.messages.push({ who: "guide", text, local: true });
  }

  fail(said, kind) {
    this.bubble ||= [...this.log.querySelectorAll(".you")].at(-1);
    this.bubble?.classList.add("failed");
    this.memory.keep({ failed: said });
    const help = this.say("help", { said: settings.emergency.said });
    this.tell(`${this.say(this.strings[kind] ? kind : "error")}\n${help} ${settings.advice}`, ["retry", () => {
      this.bubble?.classList.remove("failed");
      this.input.focus();
      this.ask(said);
    }]);
  }

  wait(on) {
    this.waiting = on;
    this.dots.hidden = !on;
    this.sender.setAttribute("aria-disabled", String(on));
    clearTimeout(this.slow);
    if (on) this.slow = setTimeout(() => this.inform(this.say("typing")), TYPING_TOLD);
    else this.inform("");
  }

  // --- endings -----------------------------------------------------------------------------------

  restart(text) {
    const open = this.page || !this.panel.hidden;
    this.memory.clear();
    this.memory.keep({ open });
    this.log.replaceChildren();
    this.spoken.replaceChildren();
    this.bubble = null;
    this.warned = false;
    this.wait(false);
    this.tell("");
    this.welcome();
    this.offer(settings.suggestions);
    this.input.value = "";
    this.typed(false);
    this.unread();
    this.inform(text);
    if (open) this.input.focus();
  }

  askForget() {
    const keep = () => (this.tell(""), this.input.focus());
    this.tell(this.say("forgetAsk"), ["forgetNo", keep], ["forgetYes", () => this.forget()]);
    this.alertActions.firstChild.focus();
  }

  async forget() {
    try {
      const { session } = this.memory.chat;
      if (session) await this.client.forget(session);
      this.restart(this.say("forgotten"));
    } catch (failure) {
      // An ended session can't be named to the server any more, and then its operator has to delete it.
      this.tell(this.say("forgetFailed"), ["retry", () => this.forget()], ["forgetNo", () => this.tell("")]);
    }
  }

  watch() {
    if (!this.memory.chat.messages.length && !this.memory.chat.draft) return;
    if (this.memory.left <= 0) {
      this.restart("");
      this.tell(this.say("ended"));
    } else if (this.memory.left <= WARNING && !this.warned) {
      this.warned = true;
      this.tell(this.say("ending"), ["keep", () => {
        this.warned = false;
        this.memory.keep({}, true);
        this.tell("");
        this.input.focus();
      }]);
    } else if (this.memory.left > WARNING && this.warned) {
      this.warned = false;
      this.tell("");
    }
  }

  transcript() {
    const lines = this.memory.chat.messages.map(({ who, text }) => `${this.say(who)} ${text}`);
    return [this.title, new Date().toLocaleString(this.language), ...lines, settings.advice].join("\n\n");
  }

  saveText(text) {
    save(text, this.title);
    this.inform(this.say("saved"));
  }

  async copyText(text) {
    this.inform(this.say((await copy(text)) ? "copied" : "copyFailed"));
  }
}
