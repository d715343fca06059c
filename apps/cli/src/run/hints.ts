/** What a person can do next, by the code of what went wrong. Codes of other parts are named where a hint helps. */
const hints: Readonly<Record<string, string>> = {
  'cli/arguments': 'add --help to see what the command takes',
  'cli/no-profile': 'name the folder with --profile, or make a device first with "rogatory enrol request"',
  'cli/no-passphrase': 'put the passphrase on the first line of a private file and name it with --passphrase-file',
  'cli/no-terminal':
    'without a terminal, name a file with --passphrase-file, and confirm with --expect where words are compared',
  'cli/no-server': 'name it once with "rogatory login --server https://…"',
  'cli/configuration': 'docs/deployment.md lists every setting; "rogatory serve --demo" needs none',
  'config/invalid': 'docs/deployment.md lists every setting; "rogatory serve --demo" needs none',
  'cli/exists': 'name another file, or move the old one away; nothing was written',
  'cli/not-confirmed': 'compare all ten words by another way than this file came; --expect takes them',
  'cli/wrong-holder': '"rogatory paper show" lists whose signatures count',
  'cli/signatures-missing': 'let a further holder run "rogatory paper sign"',
  'cli/demo-identities': 'make a federation of your own: docs/deployment.md',
  'cli/passphrase-mismatch': 'a new passphrase has at least 10 characters and is typed twice alike',
  'cli/tampered': 'do not sign it; ask its maker for another copy and compare the fingerprint words',
  'cli/other-federation': 'compare the fingerprint of the root with "rogatory federation show"',
  'cli/audit-failed': 'keep the folder as it is: it is evidence',
  'cli/file-access': 'check the path and its rights',
  'cli/file-format': 'it may be another kind of file, or cut short',
  'cli/not-found': 'it may have ended for you; list what there is and try again',
  'cli/server-start': 'the lines above are the server\'s own; "rogatory doctor" checks the usual causes',
  'crypto/open': 'the passphrase is wrong, or the file was changed',
  'crypto/passphrase-cost': 'the cost stands in the file; one outside the compiled bounds is never tried',
  'client/network': 'is the server running, and is its address right? "rogatory doctor" looks',
  'client/profile-busy': 'another command uses this profile; wait for it, or use another profile',
  'client/not-a-member': '"rogatory case list" shows what this device is a member of',
  'client/server-changed': 'do not go on: somebody may stand in between; ask the operator by another way',
  'client/device-state': 'revoke this device and enrol a new one: "rogatory enrol request"',
  'client/unanchored': 'wait until another member was online, or compare heads: "rogatory case heads"',
  'client/interrupted': 'run the same command again; it goes on where it stopped',
  'client/contended': 'try again',
  'client/clock': 'set the clock of this machine',
  'e2ee/contact': 'compare fingerprints first: "rogatory directory contact PERSON"',
  'chain/rotate-first': 'somebody left or was revoked; a lead or member runs "rogatory case rotate"',
  'chain/closed': 'a lead can reopen it: "rogatory case reopen"',
  'access/refused': 'it does not exist, or it is not for you: "rogatory access explain" tells the rule',
  'login/refused': 'is the device enrolled and not revoked? "rogatory directory show" tells',
};

export function hintFor(code: string): string | undefined {
  return Object.hasOwn(hints, code) ? hints[code] : undefined;
}
