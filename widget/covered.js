// Escape closes the window also from a part of the page that it covers, where the focus would not be seen.
export function closeFromBelow(panel, host, signal) {
  const pressed = (event) => {
    const active = document.activeElement;
    if (event.key !== "Escape" || event.defaultPrevented || !active || active === document.body || active.contains(panel.getRootNode().host)) return;
    const seen = panel.getBoundingClientRect();
    const { left, right, top, bottom } = active.getBoundingClientRect();
    if (left < seen.right && right > seen.left && top < seen.bottom && bottom > seen.top) host.close();
  };
  document.addEventListener("keydown", pressed, { signal });
}
