import { expect, it } from '@jest/globals';
import { errorsContract } from './contract/errors.contract.js';
import { principalsContract } from './contract/principals.contract.js';
import { scopesContract } from './contract/scopes.contract.js';
import { commitContract, isolationContract, lastContract } from './contract/transactions.contract.js';
import { valuesContract } from './contract/values.contract.js';
import type { TestEngine } from './testing.js';

export { contractMigrations } from './contract/schema.contract.js';

/** What every driver of the port MUST do. Each test uses note ids of its own. */
export function databaseContract(at: TestEngine): void {
  valuesContract(at);
  commitContract(at);
  isolationContract(at);
  lastContract(at);
  scopesContract(at);
  errorsContract(at);
  principalsContract(at);

  it('does its housekeeping', async () => {
    await expect(at.database().maintain()).resolves.toBeUndefined();
    expect(at.database().load()).toMatchObject({ busy: 0, waiting: 0 });
  });
}
