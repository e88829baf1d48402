// A session as an archive, saved where the browser saves what it downloads.

import { rpc } from "./core.js";
import { address, attempt, h, plural, toast } from "./dom.js";

export async function save(session) {
  const written = await attempt(() => rpc("teach_export", { session }));
  if (!written) return;
  h("a", { href: address(`download/${encodeURIComponent(written.file)}`), download: written.file }).click();
  toast(`Exported ${plural(written.files.length, "file")} in ${written.file}. ${written.encoder}`);
}
