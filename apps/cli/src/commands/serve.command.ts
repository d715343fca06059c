import type { CommandSpec } from '../run/command-spec.js';

export const serveCommand: CommandSpec = {
  name: 'serve',
  summary: 'start the API server',
  options: [
    { flags: '--demo', summary: 'a fictitious federation of three states, on this machine only' },
    { flags: '--data <folder>', summary: 'data folder; .rogatory in the working folder for the demo' },
    { flags: '--port <number>', summary: 'port to listen on; 4000 for the demo' },
  ],
  run: async (call) => (await import('../serve/serve.js')).serve(call),
};
