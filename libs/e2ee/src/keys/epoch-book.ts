import { type ChainState, type EpochInfo } from '@rogatory/chain';
import type { EpochBook, EpochRecord } from './epoch-keyring.js';

/** The epochs of a verified chain, as keys are bound to them. */
export function epochBook(state: ChainState): EpochBook {
  return {
    newestEpoch: state.epoch,
    epoch: (number) => {
      const info = state.epochs.at(number - 1);
      return info === undefined ? undefined : recordOf(state, info);
    },
  };
}

/** The epoch in force. */
export function newestEpochRecord(state: ChainState): EpochRecord {
  return recordOf(state, state.epochs.at(state.epoch - 1) as EpochInfo);
}

function recordOf({ caseId, compartmentId }: ChainState, info: EpochInfo): EpochRecord {
  const { suite, epoch, context: contextHash, keyCommit, readCommit, baseEpoch, isBarrier, archive } = info;
  return { suite, caseId, compartmentId, epoch, contextHash, keyCommit, readCommit, baseEpoch, isBarrier, archive };
}
