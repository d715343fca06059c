/**
 * What may import what (docs/ARCHITECTURE.md, "Layers"). Paths are sources relative to the root. Every rule has a seeded
 * violation in `checks/imports.spec.ts`; a rule without one fails that test.
 */

/** @typedef {import('dependency-cruiser').IRegularForbiddenRuleType | import('dependency-cruiser').IReachabilityForbiddenRuleType} Rule */

const features = 'audit|cases|directory|documents|login|messages|operations|tasks';
const feature = `^libs/(${features})/src/`;
const serverLibs = `^(apps/(api|witness)|libs/(access|${features})|libs/platform/[^/]+)/src/`;
const testFiles = '\\.(spec|contract|e2e|bench)\\.tsx?$|^test/|/testing(\\.ts$|/)';
const framework = '(^|node_modules/)(@nestjs|@apollo|@as-integrations|fastify|graphql|graphql-subscriptions)(/|$)';
const storageEngines = '(^|node_modules/)(typeorm|pg|@electric-sql)(/|$)';
const ownKind = '^(apps|libs)/';

/**
 * @param {string} name @param {string} comment @param {Rule['from']} from @param {Rule['to']} to @returns {Rule}
 */
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** The pure libraries and, for each, the parts of ours that it may use. */
const pureLayers = {
  kernel: [],
  protocol: ['kernel'],
  tlog: ['kernel', 'protocol', 'crypto'],
  findings: ['kernel', 'protocol', 'crypto'],
  coordination: ['kernel', 'protocol', 'crypto'],
  deadlines: ['kernel', 'protocol', 'coordination'],
  pki: ['kernel', 'protocol', 'crypto', 'tlog'],
  chain: ['kernel', 'protocol', 'crypto', 'tlog', 'pki'],
  e2ee: ['kernel', 'protocol', 'crypto', 'tlog', 'pki', 'chain'],
  evidence: ['kernel', 'protocol', 'crypto', 'tlog', 'pki'],
};

/** @type {Rule[]} */
const pureRules = Object.entries(pureLayers).flatMap(([lib, allowed]) => [
  never(
    `${lib}-layer`,
    `libs/${lib} builds on ${allowed.length === 0 ? 'nothing of ours' : allowed.join(', ')} only`,
    { path: `^libs/${lib}/src/`, pathNot: testFiles },
    { path: ownKind, pathNot: `^libs/(${[lib, ...allowed].join('|')})/src/` },
  ),
  never(
    `${lib}-is-pure`,
    `libs/${lib} runs anywhere: no built-in of Node, no package, no network, storage or clock`,
    { path: `^libs/${lib}/src/`, pathNot: testFiles },
    { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
  ),
]);

/** @type {Rule[]} */
const cryptoRules = [
  never(
    'crypto-layer',
    'libs/crypto builds on kernel and protocol only',
    { path: '^libs/crypto/src/', pathNot: testFiles },
    { path: ownKind, pathNot: '^libs/(crypto|kernel|protocol)/src/' },
  ),
  never(
    'crypto-packages',
    'libs/crypto uses libsodium and node:crypto, ML-DSA alone from elsewhere; node:module loads the one addon',
    { path: '^libs/crypto/src/', pathNot: testFiles },
    {
      dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
      pathNot:
        '(^|node_modules/)(libsodium-wrappers(-sumo)?(/|$)|@noble/post-quantum/ml-dsa)|^(node:)?(crypto|module)$',
    },
  ),
  never(
    'addon-in-one-place',
    'machine code is loaded in one place, which tries it before it is used; else only the snapshot asks where a package is',
    {
      path: '^(apps|libs)/',
      pathNot: `${testFiles}|^libs/(crypto/src/runtime/ed25519\\.node|platform/database/src/embedded/base-snapshot)\\.ts$`,
    },
    { path: '^(node:)?module$' },
  ),
  never(
    'libsodium-only-in-crypto',
    'one facade, one strict verifier: nobody else imports libsodium, tests included',
    { pathNot: '^libs/crypto/' },
    { path: '(^|node_modules/)(libsodium|sodium-native)' },
  ),
  never(
    'server-reaches-no-content',
    'the server must be unable to read content: no way to the sealing code, directly or through any chain',
    { path: serverLibs, pathNot: testFiles },
    { path: '^libs/(crypto/src/(seal|passphrase)(\\.ts$|/)|e2ee/|client/)', reachable: true },
  ),
];

/** @type {Rule[]} */
const featureRules = [
  never(
    'domain-is-pure',
    'a domain knows kernel, protocol, the rules that clients compute again, and itself',
    { path: `${feature}domain/`, pathNot: testFiles },
    { path: ownKind, pathNot: `^libs/(kernel|protocol|coordination)/src/|^libs/$1/src/domain/` },
  ),
  never(
    'domain-uses-no-package',
    'a domain uses no package and no built-in of Node',
    { path: `${feature}domain/`, pathNot: testFiles },
    { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
  ),
  never(
    'application-below-transport',
    'a use case knows neither storage nor GraphQL',
    { path: `${feature}application/`, pathNot: testFiles },
    { path: '^libs/[^/]+/src/(storage|graphql)/' },
  ),
  never(
    'application-uses-no-engine',
    'a use case knows no transport and no storage engine; of Nest only what injects it (checked by name)',
    { path: `${feature}application/`, pathNot: testFiles },
    {
      path: `${framework}|${storageEngines}|(^|node_modules/)(ws|graphql-ws)(/|$)`,
      pathNot: '(^|node_modules/)@nestjs/common(/|$)',
    },
  ),
  never(
    'application-sees-ports-only',
    'a use case sees a platform part as a type; the composition root hands the driver in',
    { path: `${feature}application/`, pathNot: testFiles },
    { path: '^libs/platform/', dependencyTypesNot: ['type-only'] },
  ),
  never(
    'storage-layer',
    'storage knows its own domain and port, kernel, protocol and the database or blob port',
    { path: `${feature}storage/`, pathNot: testFiles },
    {
      path: ownKind,
      pathNot:
        '^libs/(kernel|protocol|findings|coordination)/src/|^libs/platform/(database|blobs|files)/src/|^libs/$1/src/(domain|application|storage)/',
    },
  ),
  never(
    'storage-below-transport',
    'storage knows no GraphQL',
    { path: `${feature}storage/`, pathNot: testFiles },
    { path: '(^|node_modules/)(graphql|graphql-subscriptions|@nestjs/graphql|@nestjs/apollo|@apollo)(/|$)' },
  ),
  never(
    'graphql-layer',
    'a resolver parses, calls and maps: own domain and application, kernel, protocol, access, faces of other features',
    { path: `${feature}graphql/`, pathNot: testFiles },
    {
      path: ownKind,
      pathNot: `^libs/(kernel|protocol|coordination|access|platform/graphql)/src/|^libs/$1/src/(domain|application|graphql)/|^libs/(${features})/src/index\\.ts$`,
    },
  ),
  never(
    'graphql-above-storage',
    'no storage engine under a resolver',
    { path: `${feature}graphql/`, pathNot: testFiles },
    { path: storageEngines },
  ),
  never(
    'feature-by-its-face',
    'a feature is used through its index only',
    { path: '^(?:apps|libs)/([^/]+)/src/' },
    { path: feature, pathNot: `^libs/$1/src/|^libs/(${features})/src/(index|testing)\\.ts$` },
  ),
  never(
    'features-below-apps',
    'a feature knows no app and no client part',
    { path: `^libs/(access|${features})/src/`, pathNot: testFiles },
    { path: '^apps/|^libs/(e2ee|client|testing)/' },
  ),
  never(
    'access-layer',
    'the policy builds on kernel and protocol only',
    { path: '^libs/access/src/', pathNot: testFiles },
    { path: ownKind, pathNot: '^libs/(access|kernel|protocol)/src/' },
  ),
  never(
    'policy-knows-no-framework',
    'only the entry for Nest meets the framework; the policy is pure',
    { path: '^libs/access/src/', pathNot: `${testFiles}|^libs/access/src/nest(\\.ts$|/)` },
    { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
  ),
  never(
    'platform-layer',
    'a platform part knows kernel and other platform parts, never the product',
    { path: '^libs/platform/', pathNot: `${testFiles}|^libs/platform/graphql/` },
    { path: ownKind, pathNot: '^libs/kernel/src/|^libs/platform/' },
  ),
  never(
    'platform-graphql-layer',
    'the edge that all resolvers share knows kernel and the policy, no feature',
    { path: '^libs/platform/graphql/', pathNot: testFiles },
    { path: ownKind, pathNot: '^libs/(kernel|access)/src/|^libs/platform/(graphql|telemetry|config)/' },
  ),
];

/** @type {Rule[]} */
const clientRules = [
  never(
    'client-layer',
    'the SDK builds on the pure libraries; it knows no feature, no platform part and no app',
    { path: '^libs/client/src/', pathNot: testFiles },
    {
      path: ownKind,
      pathNot:
        '^libs/(client|kernel|protocol|crypto|tlog|pki|chain|e2ee|evidence|findings|coordination|deadlines)/src/',
    },
  ),
  never(
    'client-without-server-packages',
    'the SDK carries neither the server framework nor a storage engine',
    { path: '^(libs/(client|e2ee)|apps/web)/src/', pathNot: testFiles },
    { path: `(^|node_modules/)(@nestjs|@apollo|@as-integrations|fastify)(/|$)|${storageEngines}` },
  ),
  never(
    'web-layer',
    'the web application builds on the SDK',
    { path: '^apps/web/src/', pathNot: testFiles },
    {
      path: ownKind,
      pathNot:
        '^apps/web/src/|^libs/(client|kernel|protocol|crypto|tlog|pki|chain|e2ee|evidence|coordination|deadlines)/src/',
    },
  ),
  never(
    'cli-layer',
    'the command line builds on the SDK; it reads settings and explains the policy',
    { path: '^apps/cli/src/', pathNot: testFiles },
    {
      path: ownKind,
      pathNot:
        '^apps/(cli|api|witness)/src/|^libs/(client|kernel|protocol|crypto|tlog|pki|chain|e2ee|evidence|findings|coordination|deadlines|platform/config)/src/|^libs/access/src/(?!nest)',
    },
  ),
  never(
    'cli-meets-server-in-serve',
    'only `rogatory serve` composes a server and witnesses; every other command is a client',
    { path: '^apps/cli/src/', pathNot: `${testFiles}|/serve[^/]*(\\.ts$|/)` },
    { path: '^apps/(api|witness)/' },
  ),
  never(
    'witness-layer',
    'a witness must be small enough to be read whole: the log, the rules of the directory, keys and files, no feature',
    { path: '^apps/witness/src/', pathNot: testFiles },
    {
      path: ownKind,
      pathNot: '^apps/witness/src/|^libs/(kernel|protocol|crypto|tlog|pki|platform/(files|telemetry))/src/',
    },
  ),
  never(
    'verify-layer',
    'the verifier is the pure code and what reads files: whoever trusts it should have little to read',
    { path: '^apps/verify/src/', pathNot: testFiles },
    { path: ownKind, pathNot: '^apps/verify/src/|^libs/(kernel|protocol|crypto|tlog|pki|evidence|findings)/src/' },
  ),
  never(
    'verify-without-network',
    'the verifier opens no socket: of the built-ins it has files, paths, arguments and hashes, of packages none',
    { path: '^apps/verify/src/', pathNot: testFiles },
    {
      dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
      pathNot: '^(node:)?(fs|fs/promises|path|util)$',
    },
  ),
  never(
    'demo-plays-outsiders',
    'the demo uses client processes, and a database only to play the thief; it composes no server',
    { path: '^apps/demo/src/', pathNot: testFiles },
    { path: `^apps/api/|^libs/(access|${features}|testing)/` },
  ),
];

/** @type {Rule[]} */
const generalRules = [
  never('no-circles', 'a circle of modules has no order', {}, { circular: true }),
  never('resolvable', 'an import must lead somewhere, through an export map', {}, { couldNotResolve: true }),
  never(
    'tests-only',
    'test parts never reach the product',
    { path: '^(apps|libs)/', pathNot: testFiles },
    { path: testFiles, pathNot: 'node_modules' },
  ),
  never(
    'no-development-package',
    'the product runs without development dependencies',
    { path: '^(apps|libs)/', pathNot: testFiles },
    { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  ),
  never('apps-on-top', 'no library imports an app', { path: '^libs/' }, { path: '^apps/' }),
];

export const importRules = [...pureRules, ...cryptoRules, ...featureRules, ...clientRules, ...generalRules];
