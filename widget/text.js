// Turns a message's text into nodes: paragraphs, lists, bold, links. Nothing is ever parsed as HTML.
const INLINE = /\*\*([^*\n]+)\*\*|\[([^\]\n]+)\]\(([^()\s]+)\)|(https:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:!?])/g;
const SAFE = /^(https:\/\/|tel:[+\d]|mailto:[^?]+$)/i;

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false && value !== null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

function link(text, href) {
  if (!SAFE.test(href)) return text;
  const outside = /^https:/i.test(href);
  return element("a", { href, rel: "noopener noreferrer", target: outside && "_blank" }, text);
}

function inline(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    parts.push(text.slice(end, found.index));
    const [whole, bold, label, href, url] = found;
    parts.push(bold ? element("strong", {}, bold) : url ? link(url, url) : link(label, href));
    end = found.index + whole.length;
  }
  return [...parts, text.slice(end)].filter((part) => part !== "");
}

// advice: a line that is English whatever the text's language is.
export function paragraphs(text, advice) {
  const blocks = [];
  for (const line of String(text).split("\n").filter((each) => each.trim())) {
    const item = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/.exec(line);
    if (!item) {
      blocks.push(element("p", { dir: "auto", lang: line.trim() === advice && "en" }, ...inline(line.trim())));
      continue;
    }
    const kind = item[1] ? "OL" : "UL";
    if (blocks.at(-1)?.tagName !== kind) blocks.push(element(kind.toLowerCase(), item[1] ? { start: item[1] } : {}));
    blocks.at(-1).append(element("li", { dir: "auto" }, ...inline(item[2])));
  }
  return blocks;
}
