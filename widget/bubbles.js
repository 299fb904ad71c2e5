// One message as it stands in the list, with what belongs to it: calls, choices, source and review.
import { calls } from "./numbers.js";
import { element, paragraphs } from "./text.js";

// A message as one text to take away or to hear: its words, then what is known of it.
export function facts(message, { say, language }) {
  const date = (day) => new Date(`${day}T12:00`).toLocaleDateString(language, { dateStyle: "long" });
  return [
    message.source && say("source", message),
    message.reviewed && say("reviewed", message),
    message.checked && say("checked", { date: date(message.checked) }),
  ].filter(Boolean);
}

// chat: what the bubble needs of the chat: say, language, settings, words, later(act)
export function bubble(message, chat) {
  const { say, settings } = chat;
  const mine = message.who === "you";
  const body = mine ? [element("p", { dir: "auto" }, message.text)] : paragraphs(message.text, settings.advice);
  // Inside the first line, as reading line by line would pass it over elsewhere; with a direction of its own, as it
  // would else decide the message's.
  body[0]?.prepend(element("span", { class: "hidden", dir: "ltr", lang: chat.language }, `${say(mine ? "you" : "guide")} `));
  const lang = mine ? "" : message.local ? undefined : message.lang || "en";
  const made = element("div", { class: `message ${mine ? "you" : "guide"}`, dir: "auto", lang }, ...body);
  if (message.alert) {
    made.classList.add("alarm");
    const numbers = message.alert === "crisis" ? [settings.crisis, settings.emergency] : [settings.emergency];
    made.append(element("p", { class: "calls", lang: chat.language }, ...numbers.flatMap((each) => calls(each, chat.words))));
  }
  if (message.calls) made.append(element("p", { class: "calls", lang: chat.language }, ...calls(message, chat.words)));
  if (!mine && (message.calendar || message.source || message.takeaway || (message.alert && message.reviewed))) made.append(about(message, chat));
  return made;
}

function about(message, chat) {
  const { say } = chat;
  const button = (name, act) => element("button", { type: "button", class: "small", onclick: () => chat.later(act) }, say(name));
  const time = message.at && new Date(message.at).toLocaleTimeString(chat.language, { timeStyle: "short" });
  return element(
    "details",
    { open: message.takeaway || !!message.calendar, lang: chat.language, dir: "auto" },
    element("summary", {}, say(message.takeaway || message.calendar ? "note" : "about")),
    ...facts(message, chat).map((fact) => element("p", {}, fact)),
    time && element("p", {}, say("told", { time })),
    button("copyOne", (extras) => extras.takeaway.copy(message)),
    button("printOne", (extras) => extras.takeaway.print(message)),
    button("saveOne", (extras) => extras.takeaway.save(message)),
    message.calendar && button("calendar", (extras) => extras.takeaway.calendar(message)),
    "speechSynthesis" in window && button("hear", (extras) => extras.aloud.hear([message])),
  );
}

// The replies to choose from, right behind the message whose question they answer.
export function choices(offered, label, choose) {
  return element(
    "div",
    { class: "choices", role: "group", "aria-label": label },
    ...offered.map((choice) => element("button", { type: "button", onclick: () => choose(choice) }, choice.title)),
  );
}
