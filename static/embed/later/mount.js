// Clusters that a page's script puts somewhere: mount() and a player's fork.

/** Puts an element of ours into another one; its promise is kept with the player. */
export function put(made, into) {
  return new Promise((ready, fail) => {
    made.addEventListener("ready", () => {
      made.player.on("dispose", () => made.remove());
      ready(made.player);
    });
    made.addEventListener("error", (event) => fail(event.detail));
    into.append(made);
  });
}

/** The attribute that an option is: `startAt` is `start-at`. */
const attribute = (name) => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/** Puts a cluster into `element`; `names` are those of attributes. */
export function mount(names, element, { yaml = "", ...options } = {}) {
  const made = document.createElement("pod-scope");
  for (const [name, value] of Object.entries({ loading: "eager", ...options })) {
    if (!names.includes(attribute(name))) throw new TypeError(`there is no option ${name}`);
    if (value !== undefined && value !== false) made.setAttribute(attribute(name), value === true ? "" : value);
  }
  made.textContent = yaml;
  return put(made, element);
}
