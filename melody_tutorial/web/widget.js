/** The player in a notebook, as anywidget calls it. */

import { mountPlayer } from "./player.js";

export default {
  /** @param {{model: {get: (name: string) => any}, el: HTMLElement}} view @returns {() => void} ends it */
  render({ model, el }) {
    const player = mountPlayer(el, { tunes: model.get("tunes") });
    return () => player?.dispose();
  },
};
