import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The web application as the build makes it, made anew where something changed; its modules have to be built. */
export function builtWeb(): { readonly folder: string } {
  const { status } = spawnSync(process.execPath, [join(root, 'tools/build-web.mjs')], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the web application was not built');
  return { folder: join(root, 'apps/web/dist/site') };
}
