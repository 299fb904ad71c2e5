// Colours and icons that the launcher and the chat share.
const COLOUR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;
const ICONS = {
  chat: "M4 4h16v12H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  more: "M12 5v1M12 11.5v1M12 18v1",
  send: "M12 19V5M6 11l6-6 6 6",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// Whether black is easier to read on a colour than white (WCAG 2.2, relative luminance).
function bright(colour) {
  const digits = colour.length === 4 ? colour.replace(/[^#]/g, "$&$&") : colour;
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(digits.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18;
}

// The page's accent, and light or dark as the page says or else the reader's setting.
export function dress(frame, { accent = "", theme }) {
  if (COLOUR.test(accent)) {
    frame.style.setProperty("--accent", accent);
    frame.style.setProperty("--on-accent", bright(accent) ? "#000" : "#fff");
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = () => (frame.dataset.theme = theme === "dark" || theme === "light" ? theme : dark.matches ? "dark" : "light");
  dark.addEventListener("change", set);
  set();
}
