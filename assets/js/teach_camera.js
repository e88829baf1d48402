// @ts-check
// The camera panel is Gradio's; a hidden field tells it which session its frames belong to.

let session = "";

/** The session that the camera looks for, "" while it is off. */
export const aimed = () => session;

/**
 * Point the camera at a session's belt; "" turns it off.
 * @param {string} name
 */
export function aim(name) {
  if (name === session) return;
  /** @type {HTMLInputElement | null} */
  const field = document.querySelector("#camera-session :is(textarea, input)");
  if (!field) return;
  session = name;
  field.value = name;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  document.body.toggleAttribute("data-camera", name !== "");
}
