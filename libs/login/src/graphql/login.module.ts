import { type DynamicModule, Module } from '@nestjs/common';
import { LoginResolver, type LoginUseCases } from './login.resolver.js';

/** Nest's view of the login feature. */
@Module({})
export class LoginModule {}

export function loginModule(use: LoginUseCases): DynamicModule {
  return { module: LoginModule, providers: [{ provide: LoginResolver, useFactory: () => new LoginResolver(use) }] };
}
