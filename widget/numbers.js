// Telephone links. A number that a page gives is dialled only where it is plainly one.
import { element, fill } from "./text.js";

const NUMBER = /^\s*(\+?\d[\d\s().\/-]*\d)\s*(?:(?:ext\.?|x|#)\s*(\d{1,6}))?\s*(?:\(\D.*\))?\s*$/i;

// The guide's own numbers, {said, calls: [{label, href}]}, as links; as words where there is no number.
export function calls({ said, calls: numbers }, words) {
  if (!numbers.length) return [element("span", {}, fill(words.callSaid, { said }))];
  return numbers.map(({ label, href }) => element("a", { href, class: "call" }, fill(words.call, { number: label })));
}

// The clinic's number as a page gives it; null where there is none.
export function clinic(phone, words) {
  if (!phone) return null;
  const found = NUMBER.exec(phone);
  const digits = found && found[1].replace(/[^+\d]/g, "");
  if (!digits || digits.length > 16) return element("span", { class: "clinic" }, `${words.clinic}: ${phone}`);
  const extension = found[2] ? `, ${fill(words.extension, { number: found[2] })}` : "";
  return element("a", { class: "clinic", href: `tel:${digits}` }, words.clinic + extension);
}
