/** Labels: what a network says of the next event, and which event that is, as in `labels.py`. */

import { LOOKBACKS, SPECIAL_EVENTS } from "./heard.js";

const NO_EVENT_ID = 0;

/** log(eᵃ + eᵇ) @param {number} a @param {number} b */
function logAddExp(a, b) {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** How many labels a model chooses from. @param {import("./checkpoint.js").Model} model */
export function numLabels({ labels, classes, has_end }) {
  return labels === "events" ? classes + Number(has_end) : classes + LOOKBACKS.length;
}

/**
 * Logits of events from those of labels: the probability of an event is the sum over all labels that mean it.
 *
 * "As one bar ago" and "as two bars ago" are the last labels; of what was not there, they mean no-event.
 * @param {import("./checkpoint.js").Model} model
 * @param {import("./heard.js").Heard} heard
 * @param {Float32Array} logits of the labels
 * @param {Float32Array} result of the events
 */
export function eventLogits({ labels, classes }, heard, logits, result) {
  const first = labels === "key" ? SPECIAL_EVENTS : 0; // the event that the first label means
  for (let label = 0; label < classes; label++) result[(label + first) % classes] = logits[label];
  LOOKBACKS.forEach((steps, number) => {
    const event = heard.ago(steps);
    const meant = event === classes ? NO_EVENT_ID : event;
    result[meant] = logAddExp(result[meant], logits[classes + number]);
  });
}
