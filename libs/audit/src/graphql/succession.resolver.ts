import { Access } from '@rogatory/access/nest';
import { limits, UsageError } from '@rogatory/kernel';
import { SafeIntScalar } from '@rogatory/platform-graphql';
import { Args, Query, Resolver } from '@nestjs/graphql';
import type { LogWord as StoredLogWord, ReadSuccession } from '../application/read-succession.js';
import { LogSuccession, type LogWord } from './succession.types.js';

export interface SuccessionUses {
  readonly readSuccession: Pick<ReadSuccession, 'run'>;
}

/** How the audit logs of the server follow one another. */
@Resolver()
export class SuccessionResolver {
  readonly #use: SuccessionUses;

  constructor(use: SuccessionUses) {
    this.#use = use;
  }

  @Query(() => LogSuccession, {
    nullable: true,
    description: 'How the log after this one follows it; null for the one that takes records.',
  })
  @Access('query.logSuccession')
  async logSuccession(
    @Args('origin', { description: 'Origin of the log that the asker knows.' }) origin: string,
    @Args('knownSize', {
      type: () => SafeIntScalar,
      nullable: true,
      description: 'Size of the newest head of it that the asker verified.',
    })
    knownSize: number | null,
  ): Promise<LogSuccession | null> {
    if (origin.length > limits.maxOriginBytes) throw new UsageError('request/invalid', 'not the origin of a log');
    const found = await this.#use.readSuccession.run(origin, knownSize ?? 0);
    if (found === undefined) return null;
    const { reason, key, checkpoint, consistency, closing, abandonment, genesis } = found;
    return {
      ...{ reason, key, checkpoint: textOf(checkpoint), consistency },
      closing: closing === undefined ? null : wordOf(closing),
      abandonment: abandonment === undefined ? null : textOf(abandonment),
      genesis: wordOf(genesis),
    };
  }
}

function wordOf({ leaf, opening, bytes, proof }: StoredLogWord): LogWord {
  return { leaf, opening, bytes, proof: textOf(proof) };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
