import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RefusedError } from '@rogatory/kernel';
import { Controller, Get, Module, Req, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokenStrategy, accessTokenStrategy } from './access-token.strategy.js';

const seen: string[] = [];
const gate = {
  verify: async (token: string) => {
    seen.push(token);
    if (token !== 'good.to.ken') throw new RefusedError('login/session', 'no');
    return { deviceId: 'd' } as never;
  },
};

@Controller()
class Door {
  @Get()
  @UseGuards(AuthGuard(accessTokenStrategy))
  open(@Req() request: { readonly user: unknown }): unknown {
    return request.user;
  }
}

@Module({
  controllers: [Door],
  providers: [{ provide: AccessTokenStrategy, useFactory: () => new AccessTokenStrategy(gate) }],
})
class DoorModule {}

describe('access token strategy on Fastify', () => {
  let app: NestFastifyApplication;
  let origin: string;

  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(DoorModule, new FastifyAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    origin = await app.getUrl();
  });
  afterAll(async () => app.close());

  const ask = async (headers: Record<string, string>, url = '/') => {
    const response = await fetch(origin + url, { headers });
    return { isAdmitted: response.status === 200, body: await response.text() };
  };

  it('hands the principal of a good token to the handler', async () => {
    expect(await ask({ authorization: 'Bearer good.to.ken' })).toEqual({ isAdmitted: true, body: '{"deviceId":"d"}' });
  });

  it.each([
    ['no header', {}, '/'],
    ['another token', { authorization: 'Bearer other' }, '/'],
    ['another scheme', { authorization: 'Basic good.to.ken' }, '/'],
    ['two tokens', { authorization: 'Bearer good.to.ken, Bearer x' }, '/'],
    ['a token in the query', {}, '/?access_token=good.to.ken'],
    ['a token in a cookie', { cookie: 'access_token=good.to.ken' }, '/'],
  ])('admits nobody with %s, after one look at the gate', async (_, headers, url) => {
    seen.length = 0;
    expect((await ask(headers, url)).isAdmitted).toBe(false);
    expect(seen).toHaveLength(1);
    expect(seen).not.toContain('good.to.ken');
  });
});
