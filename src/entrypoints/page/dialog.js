/** Dialogs over the page: what has to be asked, or filled in, before something is done. */

import { useId, useLayoutEffect, useRef } from "./vendor/hooks.mjs";
import { html } from "./html.js";
import { FormProblem, useForm } from "./forms.js";
import { BusyButton } from "./ui.js";

/**
 * A dialog with a form. Escape means no; afterwards the keyboard is where it was before.
 *
 * @param {(form: HTMLFormElement) => Promise<void>} work What to do; the dialog stays open when it fails.
 * @param {string[]} shown The fields that show their problems themselves.
 * @param {(problems: object) => any} children The fields, given what is wrong with each.
 */
export function Dialog({ title, action, danger, disabled, work, shown = [], onDone, onClose, children }) {
  const dialog = useRef(null);
  const id = useId();
  const { ref, send, busy, error, left, problems } = useForm(work);
  // Before the next paint, so that a quick Escape finds it open.
  useLayoutEffect(() => dialog.current.showModal(), []);

  async function submit(event) {
    event.preventDefault();
    if (!(await send())) return;
    dialog.current?.close();
    onDone();
  }
  return html`
    <dialog ref=${dialog} aria-labelledby=${id} onClose=${onClose}>
      <form ref=${ref} onSubmit=${submit}>
        <h2 id=${id}>${title}</h2>
        ${children(problems)}
        <${FormProblem} error=${error} shown=${shown} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick=${() => dialog.current.close()}>Cancel</button>
          <${BusyButton}
            type="submit"
            class=${danger ? "button-danger" : "button-primary"}
            busy=${busy}
            busyText="Working …"
            disabled=${disabled || left > 0}
          >
            ${action}
          <//>
        </div>
      </form>
    </dialog>
  `;
}
