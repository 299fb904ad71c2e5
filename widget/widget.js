// The one script tag. Reads its attributes, then adds the guide to the page, or a frame that holds it (data-mode="iframe").
(() => {
  const tag = document.currentScript;
  const base = new URL(".", tag.src).href.replace(/\/$/, "");
  const wanted = { ...tag.dataset };
  wanted.lang ||= document.documentElement.lang || "en";

  // Any element of the page with data-rash-guide-open opens the guide.
  const onOpen = (open) =>
    document.addEventListener("click", (event) => {
      if (event.target.closest?.("[data-rash-guide-open]")) open();
    });

  async function direct() {
    const { RashGuide } = await import(`${base}/guide.js`);
    if (!customElements.get("rash-guide")) customElements.define("rash-guide", RashGuide);
    const guide = document.createElement("rash-guide");
    guide.configure(base, wanted);
    document.body.append(guide);
    onOpen(() => guide.toggle(true));
  }

  function framed() {
    const frame = document.createElement("iframe");
    const { mode, ...rest } = wanted;
    frame.src = `${base}/?${new URLSearchParams({ ...rest, mode: "launcher" })}`;
    frame.title = wanted.title || "Dupixent rash guide";
    frame.allow = "clipboard-write";
    const side = wanted.position === "left" ? "left" : "right";
    const place = (open) => {
      const small = innerWidth <= 480;
      const [width, height] = open ? (small ? ["100%", "100%"] : ["440px", "min(760px, 100%)"]) : ["240px", "96px"];
      const rules = { position: "fixed", bottom: "0", border: "0", width, height, "z-index": "2147483000" };
      rules["color-scheme"] = "light dark"; // as the frame's own, else it would not be see-through
      for (const [rule, value] of Object.entries({ ...rules, [side]: "0" })) {
        frame.style.setProperty(rule, value, "important");
      }
    };
    place(false);
    addEventListener("message", (event) => {
      if (event.source === frame.contentWindow && event.origin === new URL(base).origin) {
        if (event.data?.rashGuide) place(event.data.rashGuide === "open");
      }
    });
    document.body.append(frame);
    onOpen(() => frame.contentWindow.postMessage({ rashGuide: "open" }, new URL(base).origin));
  }

  const start = () => (wanted.mode === "iframe" ? framed() : direct());
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
