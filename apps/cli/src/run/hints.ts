import type { ErrorFamily } from '@rogatory/kernel';

/** What a person can do next, by the code of what went wrong. Codes of other parts are named where a hint helps. */
const hints: Readonly<Record<string, string>> = {
  'cli/arguments': 'add --help to see what the command takes',
  'cli/no-profile': 'name the folder with --profile, or make a device first with "rogatory enrol request"',
  'cli/no-passphrase': 'put the passphrase on the first line of a private file and name it with --passphrase-file',
  'cli/no-terminal':
    'without a terminal, name a file with --passphrase-file, and confirm with --expect where words are compared',
  'cli/no-server': 'name it once with "rogatory login --server https://…"',
  'cli/configuration': 'docs/deployment.md lists every setting; "rogatory serve --demo" needs none',
  'cli/operator':
    'the reason is a code of docs/errors.md; is the server stopped (files/folder-in-use), and are its settings those of its start?',
  'config/invalid': 'docs/deployment.md lists every setting; "rogatory serve --demo" needs none',
  'cli/not-accepted': 'the person runs "rogatory case accept" first; "rogatory case invitations CASE" shows who did',
  'cli/not-auditor': 'take the profile of an auditor; the proofs of your own acts come by "rogatory audit receipts"',
  'cli/exists': 'name another file, or move the old one away; nothing was written',
  'cli/not-confirmed':
    'ask for all ten words again by another way; if they stay different, somebody stands in between: do not go on',
  'cli/wrong-holder': '"rogatory paper show" lists whose signatures count',
  'cli/signatures-missing': 'let a further holder run "rogatory paper sign"',
  'cli/demo-identities': 'make a federation of your own: docs/deployment.md',
  'directory/demo-identities': 'make a federation of your own, on a fresh database: docs/deployment.md',
  'cli/passphrase-mismatch': 'a new passphrase has at least 10 characters and is typed twice alike',
  'cli/tampered': 'do not sign it; ask its maker for another copy and compare the fingerprint words',
  'cli/other-federation': 'compare the fingerprint of the root with "rogatory federation show"',
  'cli/audit-failed': 'keep the folder as it is: it is evidence',
  'cli/file-access': 'check the path and its rights',
  'cli/file-format': 'it may be another kind of file, or cut short',
  'cli/not-found': 'it may have ended for you; list what there is and try again',
  'cli/witness-start': 'look whether another "rogatory serve --demo" uses this data folder; else start anew',
  'cli/server-start':
    'is it running already, or another program on its port? "--port" and "--data" choose others; the lines above are the server\'s own',
  'cli/stopped': 'run the same command again; an upload or download goes on where it stopped',
  'directory/key-reused': 'every holder has a key of their own: "rogatory keys new"',
  'crypto/open': 'the passphrase is wrong, or the file was changed',
  'crypto/passphrase-cost': 'the cost stands in the file; one outside the compiled bounds is never tried',
  'client/file-exists': 'name another place with --out; nothing was written',
  'client/draft':
    'look at the file ".NAME.rogatory-part" beside the one that you asked for; remove it and fetch again, or name another folder with --out',
  'client/input': 'a text, name or number is too long, empty or out of range; libs/kernel/src/limits.ts has the bounds',
  'client/unwitnessed':
    'wait a moment and try again; if it lasts, ask the oversight bodies whether their witnesses run',
  'client/storage': 'check the path, its rights, and the free space of the disk',
  'client/not-found': 'list what there is and try again',
  'client/no-oversight': 'the registrars must admit an oversight body first: docs/deployment.md',
  'client/source-changed':
    '"rogatory document uploads --abandon UPLOAD" gives the old upload up; then add the file again',
  'client/network': 'is the server running, and is its address right? "rogatory doctor" looks',
  'client/profile-busy': 'another command uses this profile; wait for it, or use another profile',
  'client/not-a-member': '"rogatory case list" shows what this device is a member of',
  'client/server-changed': 'do not go on: somebody may stand in between; ask the operator by another way',
  'client/log-names': 'do not go on: no honest server names its logs so; ask the operator by another way',
  'client/device-state': 'revoke this device and enrol a new one: "rogatory enrol request"',
  'client/unanchored': 'wait until another member was online, or compare heads: "rogatory case heads"',
  'client/interrupted': 'run the same command again; it goes on where it stopped',
  'client/contended': 'try again',
  'client/clock': 'set the clock of this machine',
  'e2ee/contact': 'compare fingerprints first: "rogatory directory contact PERSON"',
  'chain/rotate-first': 'somebody left or was revoked; a lead or member runs "rogatory case rotate"',
  'chain/last-lead': 'make another member a lead first: "rogatory member role"',
  'e2ee/write': 'your role may not write here, or your membership has ended: "rogatory case show" tells',
  'cases/invitation-used': 'it was used, revoked or ran out; ask the lead for another one',
  'cases/frozen': 'somebody is being removed at this moment; try again',
  'codec/id': 'an id is written out whole, in the digits 0-9 and a-f, as the lists show it',
  'codec/magic': 'this is another kind of file',
  'blob/no-space': 'the server has no room left; tell its operator',
  'chain/closed': 'a lead can reopen it: "rogatory case reopen"',
  'access/refused':
    'it does not exist, it is not for you, or its case is closed: "rogatory access explain" tells the rule',
  'files/folder-in-use': 'a server runs on this data folder: stop it first, or name another folder with "--data"',
  'audit/log-set-back':
    'the database is a backup of before: "rogatory audit recover --help" puts the log back, docs/deployment.md explains it',
  'client/unknown-log': 'name one of these logs with --shard, or leave it out for the one that takes records',
  'audit/unknown-log': 'name one of these logs with --shard, or leave it out for the one that takes records',
  'audit/copy-short': 'this copy is older than the log that was signed: take a later one, or a mirror of it',
  'retention/same-person': 'somebody else of the oversight body approves it',
  'task/stale':
    'somebody was faster, and nothing was overwritten; "version" above is the one in force: look at it with "rogatory task show", then decide anew',
  'task/transition': 'it cannot follow on the state above; "rogatory task show" says what you can do now',
  'task/side':
    'the assignee accepts, declines and does the work; the owning state verifies, edits, assigns and cancels; "rogatory task show" says what you can do now',
  'task/doer': 'somebody else of the owning state verifies it',
  'task/open-dependency': 'what comes first is not done yet: "rogatory task show" lists it',
  'task/cycle': 'these tasks would wait for each other: leave one of them out of --after',
  'task/dependency': 'only a task of the same compartment can come first: "rogatory task list"',
  'task/limit': 'begin another compartment; a long discussion goes on as messages',
  'client/task-state':
    'the server lists a task otherwise than its signed changes make it: keep this profile, it is evidence; "rogatory task show" goes by the changes alone',
  'login/refused': 'is the device enrolled and not revoked? "rogatory directory show" tells',
};

/** Where no code has a hint of its own, its family tells what can be done at all. */
const familyHints: Readonly<Record<ErrorFamily, string>> = {
  usage: 'add --help to see what the command takes; docs/errors.md explains the code',
  refused: 'docs/errors.md explains the code; trying again will not help unless something changes',
  verification: 'do not go on, and keep what you have: it may be evidence; docs/errors.md explains the code',
  codec:
    'the bytes have not the form they must have: another kind of file, or cut short; docs/errors.md explains the code',
  unavailable: 'try again in a moment; "rogatory doctor" checks the usual causes',
  internal: 'run "rogatory doctor"; if it finds nothing, this is a fault of the program, see SECURITY.md',
};

/** Every failure has one: of its reason where that is a code with a hint, else of its code, else of its family. */
export function hintFor(code: string, family: ErrorFamily, reason?: unknown): string {
  return (typeof reason === 'string' ? known(reason) : undefined) ?? known(code) ?? familyHints[family];
}

function known(code: string): string | undefined {
  return Object.hasOwn(hints, code) ? hints[code] : undefined;
}
