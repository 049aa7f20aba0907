/** Elements of HTML and SVG, made in one call each. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element; keys with a dash are attributes, all others properties; null leaves one out.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role" || name.includes("-")) {
      if (value !== null) made.setAttribute(name, value);
    } else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
}

/**
 * An SVG element with its attributes.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
