// One message as it stands in the list, with what belongs to it: calls, choices, the place of source and review.
import { calls } from "./numbers.js";
import { element, paragraphs } from "./text.js";

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

// What an answer rests on and what can be done with it, filled in when it is unfolded, as a note is at once.
function about(message, chat) {
  const own = message.takeaway || !!message.calendar;
  return element(
    "details",
    {
      open: own, lang: chat.language, dir: "auto",
      ontoggle: ({ target }) => chat.later((extras) => extras.about.fill(target, message)),
    },
    element("summary", {}, chat.say(own ? "note" : "about")),
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
