import { Access } from '@rogatory/access/nest';
import type { Clock } from '@rogatory/kernel';
import { BytesScalar, IdScalar, SafeIntScalar } from '@rogatory/platform-graphql';
import { currentSuite } from '@rogatory/protocol';
import { type DynamicModule, Module } from '@nestjs/common';
import { Field, Int, ObjectType, Query, Resolver } from '@nestjs/graphql';

@ObjectType({ description: 'What a client checks against its pins before it trusts this server with anything.' })
export class ServerInfo {
  @Field(() => IdScalar, { description: 'Hash of the first root file of the federation.' })
  readonly federationHash!: string;

  @Field(() => BytesScalar, { description: 'The first root file.' })
  readonly federationRoot!: Uint8Array;

  @Field({ description: 'Origin of the audit log that takes new records.' })
  readonly auditOrigin!: string;

  @Field({ description: 'Origin of the directory log.' })
  readonly directoryOrigin!: string;

  @Field(() => [String], { description: 'Verifier keys of both logs, in the form of signed notes.' })
  readonly logKeys!: readonly string[];

  @Field(() => BytesScalar, { description: 'Ed25519 key that signs promises of records.' })
  readonly promiseKey!: Uint8Array;

  @Field(() => SafeIntScalar, { description: 'The clock of the server.' })
  readonly timeMs!: number;

  @Field({ description: 'Whether this is the fictitious federation for trying things out.' })
  readonly demo!: boolean;

  @Field(() => Int, { description: 'The cryptographic suite; clients have a floor of their own.' })
  readonly suite!: number;

  @Field({ description: 'Version of the server program.' })
  readonly version!: string;

  @Field(() => Int, { description: 'How many witnesses are asked to vouch for both logs; none vouches where it is 0.' })
  readonly witnesses!: number;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'Since when no quorum of the witnesses vouches for what is newest in a log; null while it does.',
  })
  readonly unwitnessedSinceMs!: number | null;
}

/** How the witnesses stand to the logs of a server at the moment. */
export type WitnessStanding = Pick<ServerInfo, 'witnesses' | 'unwitnessedSinceMs'>;

/** The facts of a server that do not change while it runs. */
export type ServerFacts = Omit<ServerInfo, 'timeMs' | 'suite' | keyof WitnessStanding>;

@Resolver()
export class ServerInfoResolver {
  readonly #facts: ServerFacts;
  readonly #standing: () => WitnessStanding;
  readonly #clock: Clock;

  constructor(facts: ServerFacts, standing: () => WitnessStanding, clock: Clock) {
    this.#facts = facts;
    this.#standing = standing;
    this.#clock = clock;
  }

  @Query(() => ServerInfo, { description: 'Names and keys of the service; the same for everybody.' })
  @Access('query.server')
  server(): ServerInfo {
    return { ...this.#facts, ...this.#standing(), timeMs: this.#clock.nowMs(), suite: currentSuite };
  }
}

/** Nest's view of the server's own facts. */
@Module({})
export class ServerInfoModule {}

export function serverInfoModule(facts: ServerFacts, standing: () => WitnessStanding, clock: Clock): DynamicModule {
  const useFactory = () => new ServerInfoResolver(facts, standing, clock);
  return { module: ServerInfoModule, providers: [{ provide: ServerInfoResolver, useFactory }] };
}
