/** Brings the players of a page to life: each element of class "melody-player" holds its data as JSON. */

import { mountPlayer } from "./player.js";

for (const host of document.querySelectorAll(".melody-player")) {
  mountPlayer(/** @type {HTMLElement} */ (host), JSON.parse(host.querySelector("script").textContent));
}
