// The one script tag. It draws the launcher, fetches the guide, and is its host on the page: where it stands, what is
// behind it, and what is there if it can't be fetched. `launcher` holds what the server says, by language.
import { dress, icon } from "./look.js";
import { calls, clinic } from "./numbers.js";
import kit from "./kit.js";
import launcher from "./launcher.js";
import style from "./launcher.css";
import { element, fill } from "./text.js";

const SMALL = "(max-width: 30em), (max-height: 32em)"; // where the chat fills the screen, as in chat.css
const LATER = 150; // milliseconds after which what had the focus is hidden: at once, a screen reader says nothing
const PATIENCE = 15000; // milliseconds for which somebody who has opened the guide waits for it without a word
const SELF = /(https?:\/\/\S+?\/)widget\.js/;

// A module, a script inside a shadow root and a bundle have no current script: then the address is the error's.
const tag = document.currentScript || [...document.scripts].find(({ src }) => SELF.test(src));
const base = (SELF.exec(tag?.src || "") || SELF.exec(new Error().stack) || [])[1]?.replace(/\/$/, "");

class Guide extends HTMLElement {
  configure(wanted) {
    this.wanted = wanted;
    const asked = (wanted.lang || "").toLowerCase().split("-")[0];
    this.language = asked in launcher.languages ? asked : "en";
    const { dir, words, script } = launcher.languages[this.language];
    Object.assign(this, { dir_: wanted.dir || dir, words, script, count: 0, isOpen: false });
    this.page = wanted.mode === "page";
    this.toggleAttribute("data-page", this.page);
  }

  connectedCallback() {
    if (!this.shadowRoot) this.build();
    if (this.listening) return;
    this.listening = new AbortController();
    const listen = (target, event, act) => target.addEventListener(event, act, { signal: this.listening.signal });
    this.small = matchMedia(SMALL);
    listen(this.small, "change", () => this.place());
    if (window.visualViewport) for (const event of ["resize", "scroll"]) listen(visualViewport, event, () => this.fit());
    listen(window, "popstate", () => this.isOpen && this.back && !history.state?.rashGuide && this.close(true));
    if (this.wanted.frame) listen(window, "message", ({ source, data }) => source === parent && this.told(data || {}));
    this.fit();
    this.load();
  }

  // Whoever takes the guide off the page gets the page back.
  disconnectedCallback() {
    this.listening.abort();
    this.listening = null;
    this.starting?.stop();
    this.chat = this.starting = this.loading = null;
    this.shadow.replaceChildren();
    this.draw();
    this.isOpen = false;
    this.place();
  }

  build() {
    this.shadow = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    this.shadow.adoptedStyleSheets = [sheet];
    // The page's shortcuts are not for what is typed here, and a dialog of its own must not fetch the focus back.
    for (const event of ["keydown", "keypress", "keyup", "focusin"]) {
      this.shadow.addEventListener(event, (told) => told.stopPropagation());
    }
    this.draw();
  }

  draw() {
    const { wanted, words } = this;
    this.button = element(
      "button",
      { type: "button", class: "launcher", "aria-expanded": "false", onclick: () => this.open() },
      icon("chat"),
      element("span", { class: "launch" }, words.launch),
      (this.badge = element("span", { class: "badge", "aria-hidden": "true", hidden: true })),
    );
    this.frame = element(
      "div",
      { class: `frame ${this.page ? "page" : wanted.position === "left" ? "left" : "right"}`, lang: this.language, dir: this.dir_ },
      !this.page && this.button,
    );
    if (/^\d{1,3}(px)?$/.test(wanted.offset || "")) this.frame.style.setProperty("--offset", `${parseInt(wanted.offset, 10)}px`);
    dress(this.frame, wanted);
    this.shadow.append(this.frame);
    this.unread(this.count);
  }

  // --- the guide itself --------------------------------------------------------------------------

  load() {
    // What hangs, or a frame that the page's policy forbids, never fails by itself.
    clearTimeout(this.patience);
    this.patience = setTimeout(() => (this.isOpen || this.page) && !this.chat && this.fallback(), PATIENCE);
    this.loading ||= this.fetch().catch((error) => {
      console.error(`rash guide: ${error.message}`);
      this.loading = null;
      if (this.isOpen || this.page) this.fallback();
    });
  }

  async fetch() {
    const script = this.wanted.mode === "iframe" ? launcher.frame : this.script;
    const { make } = await import(`${base}/${script}${this.retried || ""}`);
    if (!this.listening || this.starting) return;
    const { shadow: root, frame, wanted, page, words } = this;
    const host = { close: () => this.close(), unread: (count) => this.unread(count) };
    const chat = (this.starting = new (make(kit))({ root, frame, base, wanted, host, page, words, kit }));
    const wasOpen = await chat.start();
    if (this.starting !== chat) return;
    this.chat = chat;
    if (wanted.frame) {
      if (wasOpen) chat.show(true);
      this.up("ready", { open: wasOpen });
    } else if (this.page) this.open(undefined, true);
    else if (this.isOpen) this.shown();
    else if (wasOpen) this.open(undefined, true);
  }

  // Within a frame: to and from the page around it.
  up(what, values) {
    parent.postMessage({ rashGuide: what, ...values }, "*");
  }

  told({ rashGuide, open, question }) {
    if (rashGuide === "show") this.chat?.show(open);
    if (rashGuide === "opened") this.chat?.opened(question);
  }

  // What stands there instead of a guide that could not be fetched.
  fallback() {
    this.fallen?.remove();
    const { words } = this;
    const again = () => {
      this.fallen.remove();
      this.starting?.stop();
      this.starting = this.loading = null;
      this.retried = `?${Date.now()}`;
      this.load();
    };
    this.fallen = element(
      "div",
      { class: "fallback", role: "alert" },
      element("p", {}, words.unloaded),
      element("p", {}, element("strong", {}, words.emergency), " ", ...calls(launcher.emergency, words)),
      element("p", {}, clinic(this.wanted.phone || launcher.clinic, words)),
      element("p", {}, !this.page && element("a", { href: `${base}/`, target: "_blank", rel: "noopener" }, words.ownPage)),
      element("p", {}, element("button", { type: "button", onclick: again }, words.retry)),
      !this.page && element("button", { type: "button", class: "dismiss", "aria-label": words.close, onclick: () => this.close() }, icon("close")),
    );
    this.frame.append(this.fallen);
  }

  // --- open and closed ---------------------------------------------------------------------------

  // question: put where one writes, and not sent; quiet: it was open before, so nobody's focus is taken
  open(question, quiet = false) {
    this.question = question || this.question;
    if (this.isOpen) {
      if (!quiet) this.shown();
      return;
    }
    this.isOpen = true;
    this.quiet = quiet;
    this.opener = this.shadow.activeElement ? this.button : document.activeElement;
    this.button.setAttribute("aria-expanded", "true");
    this.shown();
    if (!this.chat) this.load();
    this.tell("open");
  }

  // The window, as soon as it is there, then the focus, then away with the launcher.
  shown() {
    const { chat, words } = this;
    this.button.querySelector(".launch").textContent = chat ? words.launch : words.loading;
    if (!chat) return;
    this.fallen?.remove();
    if (!this.page && this.showPopover && !this.matches(":popover-open")) {
      this.popover = "manual";
      this.showPopover();
    }
    this.place();
    chat.show(true);
    if (!this.quiet) chat.opened(this.question);
    this.question = "";
    this.quiet = false;
    this.button.classList.add("away");
    setTimeout(() => (this.button.hidden = this.isOpen), LATER);
  }

  close(byBack = false) {
    if (this.page) {
      if (!this.wanted.frame) return;
      this.chat?.show(false);
      this.up("close");
      return;
    }
    if (!this.isOpen) return;
    const within = !!this.shadow.activeElement;
    this.isOpen = false;
    this.fallen?.remove();
    this.button.setAttribute("aria-expanded", "false");
    this.button.hidden = false;
    this.button.classList.remove("away");
    this.button.querySelector(".launch").textContent = this.words.launch;
    this.place();
    if (within) (this.opener?.isConnected && this.opener !== document.body ? this.opener : this.button).focus();
    setTimeout(() => {
      if (this.isOpen) return;
      this.chat?.show(false);
      if (this.popover) this.hidePopover();
    }, LATER);
    if (this.back && !byBack && history.state?.rashGuide) history.back();
    this.back = false;
    this.tell("close");
  }

  // On a small screen the chat is all there is: the page behind it is out of reach, and Back closes it.
  place() {
    const filling = this.isOpen && !this.page && this.small.matches && !!this.chat;
    if (filling || this.filling) document.body.inert = filling;
    this.filling = filling;
    this.frame.classList.toggle("closing", !this.isOpen && !this.page);
    this.chat?.modal(filling);
    if (filling && !this.back) {
      this.back = true;
      if (!history.state?.rashGuide) history.pushState({ ...history.state, rashGuide: true }, "");
    }
  }

  // What a keyboard on the screen, or its bars, leave of the window. Who has zoomed in with two fingers sees a part of it.
  fit() {
    const seen = window.visualViewport;
    if (!seen || Math.abs(seen.scale - 1) > 0.01) return;
    this.frame.style.setProperty("--seen", `${seen.height}px`);
    this.frame.style.setProperty("--from", `${seen.offsetTop}px`);
  }

  unread(count) {
    this.count = count;
    if (this.wanted.frame) this.up("unread", { count });
    this.badge.hidden = !count;
    this.badge.textContent = count || "";
    // Before the words that are seen stands nothing, so that a person can say them to open it.
    this.button.setAttribute("aria-label", `${this.words.launch}. ${fill(this.words[count ? "openUnread" : "open"], { count })}`);
  }

  tell(what) {
    this.dispatchEvent(new CustomEvent(`rash-guide-${what}`, { bubbles: true }));
  }
}

// Beside the body, not in it: a site may swap that, zoom it, move it or make it inert. Again, where a site took all away.
function put(guide) {
  if (!guide.isConnected) document.documentElement.append(guide);
}

function begin() {
  if (!base) return console.error("rash guide: the script cannot tell its own address; name it in a plain script tag");
  const { only } = customElements.get("rash-guide") || {};
  if (only) return only.isConnected ? console.warn("rash guide: a second script tag is not needed and was passed over") : put(only);
  let wanted = { lang: document.documentElement.lang || "en", ...tag?.dataset };
  // Attributes by the address only where a page that WIDGET_ORIGINS allows frames this one: a link alone must not be
  // able to put another telephone number on the guide's own page.
  if (wanted.mode === "page" && parent !== window) wanted = { ...wanted, ...Object.fromEntries(new URLSearchParams(location.search)), mode: "page" };
  customElements.define("rash-guide", Guide);
  const guide = (Guide.only = document.createElement("rash-guide"));
  guide.configure(wanted);
  const open = (question) => (put(guide), guide.open(question));
  window.rashGuide = { open, close: () => guide.close() };
  if (document.body) put(guide);
  else addEventListener("DOMContentLoaded", () => put(guide));
  // Any element of the page with data-rash-guide-open opens the guide; its value is a question to start from.
  document.addEventListener("click", (event) => {
    const opener = event.composedPath().find((each) => each.dataset && "rashGuideOpen" in each.dataset);
    if (!opener) return;
    event.preventDefault();
    open(opener.dataset.rashGuideOpen);
    guide.opener = opener;
  });
}

begin();
