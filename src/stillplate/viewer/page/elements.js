// Elements, made from their parts.

/** Make an element: `el("button.main", { onclick }, "Text", child, ...)`. */
export function el(kind, ...parts) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const part of parts.flat()) {
    if (part === null || part === undefined || part === false) continue;
    if (typeof part === "object" && !(part instanceof Node)) {
      for (const [name, value] of Object.entries(part)) {
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else if (name in element && typeof value !== "string") element[name] = value;
        else element.setAttribute(name, value);
      }
    } else element.append(part);
  }
  return element;
}

/** A choice of one of several words; `values` are [value, label, title]. */
export function choice(name, legend, values, chosen, changed) {
  return el("fieldset.choice", el("legend.hidden", legend), values.map(([value, label, title]) =>
    el("label", { title: title ?? "" }, el("input", { type: "radio", name, value, checked: value === chosen, onchange: () => changed(value) }), label)));
}

/** Put new children into an element, and keep the focus where it was, by its `data-key`. */
export function fill(element, ...children) {
  const key = element.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (key) element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

export async function copy(text, said, tell) {
  try {
    await navigator.clipboard.writeText(text);
    tell(said, true);
  } catch {
    tell("The browser does not allow copying here: select the text and copy it.");
  }
}
