import { openDatabase } from '../../open-database.js';
import { CreateAcknowledged1763856000002 } from './acknowledged.js';

/** Writes rows one by one, and names each on the standard output once its commit is acknowledged. For the kill test. */
const [folder = '', first = '0'] = process.argv.slice(2);
const database = await openDatabase({ kind: 'embedded', folder, migrations: [CreateAcknowledged1763856000002] });
for (let number = Number(first); ; number++) {
  await database.writeUnaudited(
    { kind: 'job', job: 'kill-test' },
    (writer) =>
      writer.execute('INSERT INTO acknowledged (number, filler) VALUES ($1, $2)', [number, new Uint8Array(500)]),
    { reason: 'testing/fixture' },
  );
  process.stdout.write(`${number}\n`);
}
