import { type DynamicModule, Module } from '@nestjs/common';
import { MessageResolver, type MessageUses } from './message.resolver.js';

/** Nest's view of the messages feature. */
@Module({})
export class MessageModule {}

export function messagesModule(use: MessageUses): DynamicModule {
  return {
    module: MessageModule,
    providers: [{ provide: MessageResolver, useFactory: () => new MessageResolver(use) }],
  };
}
