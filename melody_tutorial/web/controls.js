/** Buttons, switches and sliders, each with its name for those who see it and for those who hear it. */

import { drawn, element } from "./dom.js";

/**
 * A button.
 * @param {string} label
 * @param {() => void} onclick
 * @param {{icon?: string, name?: string}} [more] path of a picture on it; a name where the label says too little
 * @returns {HTMLButtonElement}
 */
export function button(label, onclick, { icon, name } = {}) {
  const path = icon && drawn("path", { d: icon });
  const picture = path ? [drawn("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, path)] : [];
  const properties = { type: "button", onclick, "aria-label": name ?? null };
  return element("button", properties, ...picture, element("span", {}, label));
}

/**
 * A button that stays pressed until it is pressed again.
 * @param {string} label @param {(pressed: boolean) => void} onChange
 */
export function toggle(label, onChange) {
  const made = button(label, () => {
    const pressed = made.getAttribute("aria-pressed") !== "true";
    made.setAttribute("aria-pressed", `${pressed}`);
    onChange(pressed);
  });
  made.setAttribute("aria-pressed", "false");
  return made;
}

/**
 * A slider with its value in words beside it.
 * @param {string} name
 * @param {[number, number, number]} numbers least, most, first
 * @param {() => void} onInput
 * @returns {{input: HTMLInputElement, label: HTMLLabelElement, say: (text: string) => void}}
 */
export function slider(name, [min, max, value], onInput) {
  const input = element("input", { type: "range", min, max, value, oninput: onInput });
  const output = element("span", { className: "mt-value", "aria-hidden": "true" });
  const label = element("label", { className: "mt-slider" }, `${name} `, input, output);
  const say = (/** @type {string} */ text) => {
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  return { input, label, say };
}
