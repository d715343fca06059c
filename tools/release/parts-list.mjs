/** @typedef {{ version?: string, integrity?: string, license?: string, link?: boolean, dev?: boolean, optional?: boolean, devOptional?: boolean }} Locked */

/**
 * The parts of a release as CycloneDX 1.6: each package that is installed with it, with its version, licence and hash from the
 * lock file. Without a date and without a random number, so that the same lock file gives the same bytes.
 * @param {{ name: string, version: string }} product @param {{ packages: Record<string, Locked> }} lock
 */
export function partsList({ name, version }, lock) {
  const packages = Object.entries(lock.packages).filter(
    ([path, { link, dev }]) => path.includes('node_modules/') && link !== true && dev !== true,
  );
  const components = packages.map(([path, locked]) => componentOf(path.split('node_modules/').at(-1) ?? path, locked));
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name, version, 'bom-ref': `${name}@${version}` } },
    components: unique(components).sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

/** @param {string} name @param {Locked} locked */
function componentOf(name, { version = '', integrity, license, optional }) {
  const [group, plain] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group === undefined ? {} : { group }),
    name: plain,
    version,
    purl,
    scope: optional === true ? 'optional' : 'required',
    ...(license === undefined ? {} : { licenses: [{ license: { name: license } }] }),
    hashes: hashesOf(integrity),
  };
}

/** @param {string | undefined} integrity as in a lock file: algorithm and base64 */
function hashesOf(integrity = '') {
  return integrity
    .split(' ')
    .filter((part) => part.startsWith('sha512-'))
    .map((part) => ({ alg: 'SHA-512', content: Buffer.from(part.slice(7), 'base64').toString('hex') }));
}

/** A package may be installed in several places. @template {{ 'bom-ref': string }} T @param {readonly T[]} components @returns {T[]} */
function unique(components) {
  return [...new Map(components.map((component) => [component['bom-ref'], component])).values()];
}
