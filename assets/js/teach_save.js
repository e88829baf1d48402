// @ts-check
// A session as an archive, saved where the browser saves what it downloads.

import { rpc } from "./core.js";
import { address, h, toast } from "./dom.js";
import { plural } from "./format.js";
import { attempt } from "./trouble.js";

/** @param {string} session */
export async function save(session) {
  const written = await attempt(() => rpc("teach_export", { session }));
  if (!written) return;
  h("a", { href: address(`download/${encodeURIComponent(written.file)}`), download: written.file }).click();
  toast(`Exported ${plural(written.files.length, "file")} in ${written.file}. ${written.encoder}`);
}
