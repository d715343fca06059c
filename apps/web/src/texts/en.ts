/** Every text of the pages, in plain words. `{name}` is filled in; `.one` and `.other` go by the number. */
export const en = {
  'page.title': 'Rogatory',
  'page.skip': 'Skip to the content',
  'page.language': 'Language',
  'page.unreviewed': 'This translation has not been reviewed yet. The English text is the one that counts.',
  'page.notAudited': 'Not externally audited.',
  'demo.banner': 'Demonstration. States, people and cases here are invented. Put nothing real in.',
  'first.heading': 'Work on a case together, across borders',
  'first.lead':
    'Prosecutors, judges and liaison officers of different states share a case here: files, messages, tasks. Everything is locked on your device before it leaves. Only the people admitted to a case can open it. The server that carries it cannot.',
  'first.signIn.heading': 'Signing in',
  'first.signIn.text':
    'You cannot sign in on this page yet. Everything can be done with the command line, which also keeps a promise that no web page can: its files are signed and cannot change while you use them.',
  'first.signIn.command': 'Begin with this command:',
  'server.heading': 'This server',
  'server.text':
    'This is what the server says of itself. A device never takes its word: it compares these with what it was given when it was made.',
  'server.asking': 'Asking the server …',
  'server.failed':
    'The server did not answer. Nothing was lost. Look at your connection and try again; if it stays so, tell whoever runs the server.',
  'server.again': 'Try again',
  'server.address': 'Address',
  'server.federation': 'Federation',
  'server.log': 'Record of all acts',
  'server.version': 'Version',
  'server.witnesses': 'Independent witnesses',
  'server.witnesses.one': '{count} watches its record',
  'server.witnesses.other': '{count} watch its record',
  'server.unwitnessed': 'They have not vouched for the newest since {time}.',
  'browser.heading': 'This browser',
  'browser.ready': 'It has everything that is needed.',
  'browser.lacking.one':
    'It lacks {count} thing that is needed. Use a current version of Firefox, Chrome, Edge or Safari.',
  'browser.lacking.other':
    'It lacks {count} things that are needed. Use a current version of Firefox, Chrome, Edge or Safari.',
  'browser.secure': 'A connection that nobody can change on the way',
  'browser.keys': 'A place to keep the keys of this device',
  'browser.tabs': 'Order between several tabs',
  'browser.workers': 'Work beside the page, so that it stays quick',
  'browser.files': 'Room for large files on their way',
  'browser.has': 'there',
  'browser.lacks': 'missing',
  'promise.heading': 'What a web page cannot promise',
  'promise.delivered':
    'Whoever delivers this page could deliver another one. Where lives hang on it, use the command line, whose files several people sign.',
  'promise.device': 'Whoever controls this device while it is open sees what you see.',
  'promise.kept': 'A browser may forget what it keeps. A device that was forgotten has to be admitted anew.',
} as const;
