// What a person takes away: a message, or the whole chat, copied, printed or saved. Works from any text.
import { element, paragraphs } from "./text.js";

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = element("textarea", { readonly: true, "aria-hidden": "true" });
    field.value = text;
    field.style.cssText = "position:fixed;top:0;opacity:0";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

export function save(text, title, kind = "plain", suffix = "txt") {
  const url = URL.createObjectURL(new Blob([text], { type: `text/${kind};charset=utf-8` }));
  const name = `${title.toLowerCase().replace(/\W+/g, "-")}-${new Date().toISOString().slice(0, 10)}.${suffix}`;
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// Prints in a frame of its own, so that the page around the widget stays off the paper.
export function print(title, text, { lang, dir }) {
  const frame = element("iframe", { title, "aria-hidden": "true", tabindex: "-1" });
  frame.style.cssText = "position:fixed;width:0;height:0;border:0;visibility:hidden";
  document.body.append(frame);
  const page = frame.contentDocument;
  page.title = title;
  page.documentElement.lang = lang;
  page.documentElement.dir = dir;
  page.body.style.cssText = "font:12pt/1.5 sans-serif;max-width:40em;margin:2em auto";
  page.body.append(page.adoptNode(element("h1", {}, title)), ...paragraphs(text).map((each) => page.adoptNode(each)));
  frame.contentWindow.addEventListener("afterprint", () => frame.remove());
  setTimeout(() => frame.remove(), 60000);
  frame.contentWindow.print();
}
